/**
 * A computer at a moment, as values: its time, its processors, and each device, which another one of the same plan goes on from. Memory is beside it, for it is large.
 * What hangs on the rest is made anew: levels of lines, alarms, where regions lie, what was found out about code.
 */
import { type Cpu, cpuState, decode, encode, type Instant, instant, moment, part, type Stateful, UnfitState } from '../machine/index.ts';
import type { MachineClock } from './clock.ts';
import type { BoardProcessor } from './processor.ts';

export interface SavedPart {
  readonly name: string;
  /** What its bytes mean: fields and their kinds, in words. It is another one where that changes. */
  readonly shape: string;
  readonly bytes: Uint8Array;
}

export interface Saved {
  /** When its time goes on. */
  readonly at: Instant;
  readonly parts: readonly SavedPart[];
}

export interface SavedMachine {
  readonly processor: BoardProcessor;
  readonly clock: MachineClock;
  readonly devices: ReadonlyMap<string, Stateful>;
  /** What its random numbers are drawn from; undefined: what they were drawn from where it was saved. */
  readonly seed: bigint | undefined;
}

/** When it was saved, as devices see it: the processor may have told a later moment already, where its time is reckoned. */
const clockSchema = { now: moment };

/**
 * Between two runs. Devices settle as they do where they are restored, with what is due by now behind them: so both go on alike, whatever it is that
 * they settle.
 */
export const savedOf = (machine: SavedMachine): Saved => {
  const { processor, clock, devices } = machine;
  using _ = clock.still();
  clock.catchUp();
  for (const device of devices.values()) device.load(device.save());
  const ticks = processor.now;
  const states = processorsOf(processor).map(([name, one]) => {
    const state = one.save();
    return [name, encode(cpuState, { ...state, time: { ...state.time, ticks } })] as const;
  });
  const bytes = new Map([
    ['clock', encode(clockSchema, { now: clock.now })],
    ...states,
    ...[...devices].map(([name, device]) => [name, device.save()] as const),
  ]);
  const parts = [...shapesOf(machine)].map(([name, shape]) => ({ name, shape, bytes: bytes.get(name) ?? new Uint8Array() }));
  return { at: instant(ticks), parts };
};

/** What the bytes of each part mean, in their order. */
export const shapesOf = ({ processor, devices }: Pick<SavedMachine, 'processor' | 'devices'>): ReadonlyMap<string, string> =>
  new Map([
    ['clock', part(clockSchema).kind],
    ...processorsOf(processor).map(
      ([name]) => [name, `${part(cpuState).kind} of ${[...processor.features].toSorted().join(' ')}`] as const,
    ),
    ...[...devices].map(([name, { schema }]) => [name, part(schema).kind] as const),
  ]);

/** Throws a RangeError that names the first part that doesn't fit. */
export const restoreTo = (machine: SavedMachine, { parts }: Saved): void => {
  const { processor, clock, devices, seed } = machine;
  const [first, ...others] = matched(machine, parts);
  const now = within(first, () => decode(clockSchema, first.bytes).now);
  const processors = new Map(processorsOf(processor));
  const states = others.flatMap((one) => {
    const whose = processors.get(one.name);
    return whose === undefined ? [] : [{ one, whose, state: within(one, () => decode(cpuState, one.bytes)) }];
  });
  using _ = clock.stillAt(now);
  // The first time lines change, and who hears them takes note of that; the second time all that changes is what was noted.
  for (let time = 0; time < 2; time++) for (const one of others) within(one, () => devices.get(one.name)?.load(one.bytes));
  for (const [index, { one, whose, state }] of states.entries())
    within(one, () => whose.load(seed === undefined ? state : { ...state, time: { ...state.time, seed: seed + BigInt(index) } }));
  processor.forget();
};

/** By the names of their parts. */
const processorsOf = (processor: BoardProcessor): readonly (readonly [string, Pick<Cpu, 'save' | 'load'>])[] => [
  ['processor', processor],
  ...(processor.others ?? []).map((one, index) => [`processor ${index + 2}`, one] as const),
];

/** All in their order: time, processor, devices. */
const matched = (machine: SavedMachine, parts: readonly SavedPart[]): readonly [SavedPart, ...SavedPart[]] => {
  const [clockPart, ...others] = parts;
  const wanted = [...shapesOf(machine)];
  for (const [index, [name, shape]] of wanted.entries()) {
    const saved = parts[index];
    if (saved?.name !== name) throw new RangeError(`it has ${saved?.name ?? 'nothing'} where this computer has ${name}`);
    if (saved.shape !== shape) throw new RangeError(`its ${name} is another one`);
  }
  const more = parts[wanted.length];
  if (more !== undefined || clockPart === undefined) throw new RangeError(`it has ${more?.name}, which this computer hasn’t`);
  return [clockPart, ...others];
};

const within = <T>({ name }: SavedPart, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError || error instanceof UnfitState)
      throw new RangeError(`its ${name} is none that can be: ${error.message}`, { cause: error });
    throw error;
  }
};
