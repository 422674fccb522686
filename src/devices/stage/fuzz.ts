/** A guest that does anything: whatever it reads and writes, a device neither throws nor hangs, and its state is one. */
import { type Device, decode, encode, later, type Schema, span, type Timeline, type Width, type Window } from '../../machine/index.ts';
import type { Random } from './random.ts';

export interface Subject {
  readonly device: Device<Schema>;
  /** With how many bytes each has. */
  readonly windows: readonly (readonly [Window, number])[];
  /** Values that mean something to it. */
  readonly words?: readonly number[];
  /** Time that goes on meanwhile. */
  readonly time?: Timeline;
  /** What else happens to it: input, transfers. */
  readonly also?: (random: Random) => void;
}

const widths = [1, 1, 1, 2, 4] as const;
/** Values that mean something more often than others do. */
const values = [0, 0xff, 1, 0x80, 0xffff, 0xffff_ffff];
/** At most so long at a time; the longest span is as long as the sum of many. */
const longestNs = 50_000_000;

/** So many accesses of a guest. Throws where something is wrong. */
export const fuzz = (make: () => Subject, random: Random, steps: number): void => run(make(), random, steps);

/** Bytes that nobody vouches for: a state that is spoilt is refused with a RangeError, or the device goes on with it whatever the guest does. */
export const spoil = (make: () => Subject, random: Random, rounds: number): void => {
  const subject = make();
  for (let round = 0; round < rounds; round++) {
    loadSpoilt(subject.device, random);
    run(subject, random, 60);
  }
};

/** More at the beginning, where what isn't data is. */
const loadSpoilt = (device: Device<Schema>, random: Random): void => {
  const bytes = device.save();
  for (let count = 1 + random.below(12); count > 0; count--)
    bytes[random.below(random.below(4) === 0 ? bytes.length : Math.min(bytes.length, 512))] = random.below(3) === 0 ? 0 : random.word();
  try {
    device.load(bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
};

const run = (subject: Subject, random: Random, steps: number): void => {
  for (let step = 0; step < steps; step++) {
    access(subject, random);
    const other = random.below(16);
    if (other === 0) subject.also?.(random);
    if (other === 1) pass(subject.time, random);
    if (other === 2 && step % 7 === 0) reload(subject.device);
  }
  reload(subject.device);
};

const access = ({ windows, words = values }: Subject, random: Random): void => {
  const [window, bytes] = windows[random.below(windows.length)] ?? never('there is no window');
  const wanted: Width = widths[random.below(widths.length)] ?? 1;
  const offset = random.below(bytes);
  // What goes beyond the end is divided by the bus.
  const width = offset + wanted <= bytes ? wanted : 1;
  if (random.below(3) === 0) {
    const value = window.read(offset, width);
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** (8 * width)) never(`byte ${offset} reads as ${value}`);
  } else {
    const meant = random.below(2) === 0 ? words : values;
    const value = random.below(words === values ? 4 : 2) === 0 ? (meant[random.below(meant.length)] ?? 0) : random.word();
    window.write(offset, value % 2 ** (8 * width), width);
  }
};

const pass = (time: Timeline | undefined, random: Random): void => {
  time?.advance(later(time.now, span(BigInt(random.below(random.below(8) === 0 ? longestNs : 100_000)))));
};

/** What is saved is what it was, and can be loaded. */
const reload = (device: Device<Schema>): void => {
  const before = device['state'];
  const again = decode(device.schema, encode(device.schema, before));
  const [was, is] = [text(before), text(again)];
  if (was !== is) {
    const at = Math.max(0, [...was].findIndex((letter, index) => letter !== is[index]) - 80);
    never(`…${was.slice(at, at + 160)}… became …${is.slice(at, at + 160)}…`);
  }
  device.load(device.save());
};

/** Fields in the order of their names. */
const text = (value: unknown): string =>
  JSON.stringify(value, (_, one) => {
    if (typeof one === 'bigint') return `${one}n`;
    if (one instanceof Uint8Array) return `${one}`;
    return typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : one;
  });

const never = (what: string): never => {
  throw new Error(what);
};
