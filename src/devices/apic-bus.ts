/** What interrupts reach processors by that come from no wire of theirs: SDM Vol. 3A, 12.11; 82093AA data sheet, 3.2.4. */

export interface ApicMessage {
  readonly vector: number;
  /** 0 fixed, 1 lowest priority, 2 SMI, 4 NMI, 5 INIT, 7 from an 8259A. */
  readonly delivery: number;
  readonly isLevel: boolean;
  readonly isLogical: boolean;
  readonly destination: number;
}

export interface ApicMessages {
  deliver(message: ApicMessage): void;
}
