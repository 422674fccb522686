/** Which of a side's times are believed: a guest's clock, and how it counts processor time, need not be as the host's. */
import { median, type Quantity } from '../../../measure/index.ts';
import { type Clocks, isAbsent, type Slice, type Worker } from './worker.ts';

export interface Judgement {
  /** `outside`: its clock runs differently from the host's, so the host times the orders. */
  readonly clock: 'inside' | 'outside';
  /**
   * `inside`: as fine as the host's. `charged`: counted in ticks or by another clock, so what the host charges to the environment tells; `none`:
   * and that isn't known, so the clock tells.
   */
  readonly processor: 'inside' | 'charged' | 'none';
  /** What an order costs that does nothing, there and back: by the host's clock, and in what the host charges. */
  readonly emptyMs: number;
  readonly emptyChargedMs: number;
}

/** The bare host's. */
export const ownClock: Judgement = { clock: 'inside', processor: 'inside', emptyMs: 0, emptyChargedMs: 0 };

const tries = 5;
const sliceMs = 100;
/** How far the two clocks may differ over a second or more, as a part: each reading has a way there and back in it. */
const tolerance = 0.05;
/** Processor time that comes in whole milliseconds comes in ticks; now and then a tick is shared out between two slices. */
const tickMs = 1;

export const judge = async (worker: Worker): Promise<Judgement> => {
  worker.charges = worker.canCharge;
  const before = await worker.readClocks();
  const empty = await several(worker, 1);
  const loops = await worker.loopsFor('cpu', sliceMs, 0);
  if (typeof loops !== 'number') throw new Error(`the processor can't be measured: ${loops.absent}`);
  const isFine = comesInNoTicks(await several(worker, loops));
  const clock = agree(before, await worker.readClocks()) ? 'inside' : 'outside';
  const processor = clock === 'inside' && isFine ? 'inside' : worker.canCharge ? 'charged' : 'none';
  worker.charges = processor === 'charged';
  return {
    ...{ clock, processor },
    emptyMs: median(empty.map(({ roundTripMs }) => roundTripMs)),
    emptyChargedMs: median(empty.map(({ chargedMs }) => chargedMs ?? 0)),
  };
};

const several = async (worker: Worker, loops: number): Promise<readonly Slice[]> => {
  const slices: Slice[] = [];
  for (let at = 0; at < tries; at++) {
    const answer = await worker.perform('cpu', loops, 0);
    if (!isAbsent(answer)) slices.push(answer);
  }
  return slices;
};

export const agree = (before: Clocks, after: Clocks): boolean =>
  Math.abs((after.insideMs - before.insideMs) / (after.outsideMs - before.outsideMs) - 1) <= tolerance;

export const comesInNoTicks = (slices: readonly Slice[]): boolean => slices.filter(({ cpuMs }) => cpuMs % tickMs === 0).length <= 1;

/** Of an order: an eighth of its loops goes before what is timed. */
const allLoops = ({ loops }: Slice): number => loops + Math.floor(loops / 8) + 1;

/** One operation by the host's clock. */
const outsideMs = (slice: Slice, emptyMs: number): number => Math.max(0, slice.roundTripMs - emptyMs) / allLoops(slice);

/** One operation, in ms, by the time that is believed. */
export const operationMs = (slice: Slice, quantity: Quantity, { clock, processor, emptyMs, emptyChargedMs }: Judgement): number => {
  if (quantity === 'processor time' && processor === 'inside') return slice.cpuMs / slice.loops;
  if (quantity === 'processor time' && processor === 'charged')
    return Math.max(0, (slice.chargedMs ?? 0) - emptyChargedMs) / allLoops(slice);
  return clock === 'outside' ? outsideMs(slice, emptyMs) : slice.wallMs / slice.loops;
};

/** What a comparison with a side that is measured so is of. */
export const quantityFor = (quantity: Quantity, { processor }: Judgement): Quantity => (processor === 'none' ? 'wall time' : quantity);

/** How many times as long slices must be for what is measured from outside: the way there and back is in it. */
export const lengthFor = (quantity: Quantity, { clock, processor }: Judgement): number => {
  if (quantity === 'processor time' && processor !== 'none') return processor === 'charged' ? 3 : 1;
  return clock === 'outside' ? 5 : 1;
};
