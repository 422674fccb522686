/** Which of a side's times are believed: a guest's clock, or the way it counts processor time, need not be the host's. */
import { median, type Quantity } from '../../../measure/index.ts';
import { isAbsent, type Slice, type Worker } from './worker.ts';

/**
 * `processor`: both clock and processor time are as fine as the host's. `wall`: processor time is counted in ticks, so the clock alone
 * tells. `outside`: the clock runs differently from the host's, so the host's tells.
 */
export type Manner = 'processor' | 'wall' | 'outside';

const tries = 5;
const sliceMs = 100;
/** How far the two clocks may differ, as a part: whatever else the host does delays the answer, too. */
const tolerance = 0.05;
/** Processor time that comes in whole milliseconds comes in ticks. */
const tickMs = 1;

export interface Judgement {
  readonly manner: Manner;
  /** What an order costs that does nothing, on the way there and back. */
  readonly emptyMs: number;
}

export const judge = async (worker: Worker): Promise<Judgement> => {
  const empty = await several(worker, 1);
  const emptyMs = median(empty.map(({ roundTripMs }) => roundTripMs));
  const loops = await worker.loopsFor('cpu', sliceMs, 0);
  if (typeof loops !== 'number') throw new Error(`the processor can't be measured: ${loops.absent}`);
  return { manner: mannerOf(await several(worker, loops), emptyMs), emptyMs };
};

const several = async (worker: Worker, loops: number): Promise<readonly Slice[]> => {
  const slices: Slice[] = [];
  for (let at = 0; at < tries; at++) {
    const answer = await worker.perform('cpu', loops, 0);
    if (!isAbsent(answer)) slices.push(answer);
  }
  return slices;
};

export const mannerOf = (slices: readonly Slice[], emptyMs: number): Manner => {
  const differences = slices.map((slice) => Math.abs(slice.wallMs / slice.loops / outsideMs(slice, emptyMs) - 1));
  if (Math.min(...differences) > tolerance) return 'outside';
  return slices.every(({ cpuMs }) => cpuMs % tickMs === 0) ? 'wall' : 'processor';
};

/** One operation by the host's clock. */
const outsideMs = ({ roundTripMs, loops }: Slice, emptyMs: number): number =>
  Math.max(0, roundTripMs - emptyMs) / (loops + Math.floor(loops / 8) + 1);

/** One operation, in ms, by the time that is believed. */
export const operationMs = (slice: Slice, quantity: Quantity, { manner, emptyMs }: Judgement): number => {
  if (manner === 'outside') return outsideMs(slice, emptyMs);
  return (quantity === 'processor time' && manner === 'processor' ? slice.cpuMs : slice.wallMs) / slice.loops;
};

/** What a comparison with a side that is measured in this manner is of. */
export const quantityFor = (quantity: Quantity, manner: Manner): Quantity => (manner === 'processor' ? quantity : 'wall time');
