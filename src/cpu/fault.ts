/** An exception found outside the interpreter. */
import { State } from '../isa/index.ts';

export const Vector = { de: 0, db: 1, nmi: 2, ud: 6, nm: 7, df: 8, ts: 10, np: 11, ss: 12, gp: 13, pf: 14, ac: 17, xm: 19 } as const;

/** No `Error`: programs fault all the time, and an error takes note of who called whom. */
export class Fault {
  readonly vector: number;
  readonly code: number;
  /** Linear address, of a page fault. */
  readonly address: bigint | undefined;

  constructor(vector: number, code = 0, address?: bigint) {
    this.vector = vector;
    this.code = code;
    this.address = address;
  }
}

/** One that is found when a task was switched to: it belongs to the new task. SDM Vol. 3A, 8.3. */
export class LateFault extends Fault {}

/** What this processor can't do yet; nothing of the instruction is done. */
export class Unsupported extends Error {}

/** Leaves it where handlers and the processor look. */
export const noteFault = (state: DataView, { vector, code, address }: Fault): void => {
  state.setUint32(State.fault, vector + 1, true);
  state.setUint32(State.error, code, true);
  if (address !== undefined) state.setBigUint64(State.cr2, address, true);
};
