/** An exception while another is delivered: SDM Vol. 3A, tables 7-4 and 7-5. */
import { Vector } from '../fault.ts';

const contributory: readonly number[] = [Vector.de, Vector.ts, Vector.np, Vector.ss, Vector.gp];

/** What comes of two: the second by itself, a double fault, or of a third one the end. */
export const together = (first: number, second: number): 'second' | 'double' | 'shutdown' => {
  const isGrave = contributory.includes(second) || second === Vector.pf;
  if (first === Vector.df) return isGrave ? 'shutdown' : 'second';
  if (first === Vector.pf) return isGrave ? 'double' : 'second';
  return contributory.includes(first) && contributory.includes(second) ? 'double' : 'second';
};
