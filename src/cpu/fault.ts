/** An exception found outside the interpreter. */
import { State } from '../isa/index.ts';

export const Vector = { ud: 6, df: 8, np: 11, ss: 12, gp: 13, pf: 14 } as const;

export class Fault extends Error {
  readonly vector: number;
  readonly code: number;
  /** Linear address, of a page fault. */
  readonly address: bigint | undefined;

  constructor(vector: number, code = 0, address?: bigint) {
    super(`exception ${vector}, ${code}`);
    this.vector = vector;
    this.code = code;
    this.address = address;
  }
}

/** What this processor can't do yet; nothing of the instruction is done. */
export class Unsupported extends Error {}

/** Leaves it where handlers and the processor look. */
export const noteFault = (state: DataView, { vector, code, address }: Fault): void => {
  state.setUint32(State.fault, vector + 1, true);
  state.setUint32(State.error, code, true);
  if (address !== undefined) state.setBigUint64(State.cr2, address, true);
};
