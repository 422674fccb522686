/** What local APICs are told over the bus: SDM Vol. 3A, 12.6 and 12.11. */

/** How it is delivered, as the interrupt command register has it. */
export const Delivery = { fixed: 0, lowest: 1, smi: 2, nmi: 4, init: 5, startUp: 6, external: 7 } as const;

export interface ApicMessage {
  readonly vector: number;
  /** One of `Delivery`. */
  readonly delivery: number;
  readonly isLevel: boolean;
}
