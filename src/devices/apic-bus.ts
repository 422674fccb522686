/** What interrupts reach processors by that come from no wire of theirs: SDM Vol. 3A, 12.11; 82093AA data sheet, 3.2.4. */
import type { ApicMessage } from '../machine/index.ts';

export interface AddressedMessage extends ApicMessage {
  readonly isLogical: boolean;
  readonly destination: number;
}

export interface ApicMessages {
  deliver(message: AddressedMessage): void;
}
