/** What interrupts a program: SDM Vol. 3A, 7.1 to 7.4. */
import { Vector } from '../fault.ts';

export interface Event {
  readonly vector: number;
  /** Only exceptions make double faults, whatever vectors others have. */
  readonly isException: boolean;
  /** Of exceptions that have one. */
  readonly code: number | undefined;
  /** 1 where the program did not ask for it: then error codes of what fails meanwhile say so. */
  readonly external: 0 | 1;
  /** Whether a gate's privilege is looked at: of INT n, INT3 and INTO. */
  readonly isAsked: boolean;
  /** Whether what was interrupted is done once more: of faults. Then no breakpoint stops it again. */
  readonly isFault: boolean;
}

/** SDM Vol. 3A, table 7-1. */
const withCode: readonly number[] = [Vector.df, Vector.ts, Vector.np, Vector.ss, Vector.gp, Vector.pf, Vector.ac];

export const exceptionOf = (vector: number, code: number): Event => ({
  vector,
  isException: true,
  code: withCode.includes(vector) ? code : undefined,
  external: 1,
  isAsked: false,
  isFault: vector !== Vector.db && vector !== Vector.df,
});

const interrupt = { isException: false, code: undefined, isFault: false } as const;
export const arriving = (vector: number): Event => ({ ...interrupt, vector, external: 1, isAsked: false });
export const asked = (vector: number): Event => ({ ...interrupt, vector, external: 0, isAsked: true });
