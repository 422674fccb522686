/** Vectors of 128 or 256 bits as one or two halves. */
import type { Val } from '../../../stage/index.ts';
import type { Operand } from '../../op.ts';

export const halvesOf = (operand: Operand): readonly Val[] => operand.halves?.get() ?? [operand.get()];

export const setHalves = (destination: Operand, values: readonly Val[]): void => {
  const [low, high] = values;
  if (low === undefined) throw new Error('a vector has a lower half');
  if (high === undefined) destination.set(low);
  else if (destination.halves === undefined) throw new Error('the destination has one half');
  else destination.halves.set(low, high);
};

/** The same of each half. The last source, which may be in memory, is read first. */
export const alike = (destination: Operand, sources: readonly Operand[], make: (...halves: readonly Val[]) => Val): void => {
  const read = sources.toReversed().map(halvesOf).reverse();
  const count = Math.max(...read.map(({ length }) => length));
  setHalves(
    destination,
    Array.from({ length: count }, (_, at) => make(...read.flatMap((halves) => halves[at] ?? halves[0] ?? []))),
  );
};
