/** One counter of the 8254, in ticks of its clock: Intel 8254 data sheet, September 1993. */
import { below, flag, maybe, type StateOf, u8, u16, u64 } from '../../machine/index.ts';
import { countOf, highTicks, left, nextChange, outputAt, ticksOf } from './counting.ts';

export const counterSchema = {
  mode: below(6),
  access: below(4),
  isBcd: flag,
  /** The count register, and what is counted from. */
  written: u16,
  loaded: u16,
  /** A count was written since the mode was set, and loaded. */
  isWritten: flag,
  isLoaded: flag,
  isCounting: flag,
  /** When the count was loaded, modulo 2^64; where it doesn't count, how many ticks it had counted. */
  since: u64,
  /** When the count register takes over from the count before it. */
  takeover: maybe(u64),
  gate: flag,
  /** The second byte of two is next. */
  isReadHigh: flag,
  isWriteHigh: flag,
  low: u8,
  latchedCount: maybe(u16),
  latchedStatus: maybe(u8),
};

export type Counter = StateOf<typeof counterSchema>;

const Access = { low: 1, high: 2, both: 3 } as const;
const Status = { output: 0x80, null: 0x40 } as const;

export const freshCounter = (gate: boolean): Counter => ({
  ...{ mode: 3, access: Access.both, isBcd: false, written: 0, loaded: 0, isWritten: false, isLoaded: false, isCounting: false },
  ...{ since: 0n, takeover: undefined, gate, isReadHigh: false, isWriteHigh: false, low: 0 },
  ...{ latchedCount: undefined, latchedStatus: undefined },
});

/** A control word; its access bits are not 0. */
export const setMode = (counter: Counter, word: number): void => {
  const mode = (word >> 1) & 7;
  Object.assign(counter, freshCounter(counter.gate));
  counter.access = (word >> 4) & 3;
  // The highest bit of modes 2 and 3 means nothing: figure 7.
  counter.mode = mode > 5 ? mode - 4 : mode;
  counter.isBcd = (word & 1) !== 0;
};

export const latchCount = (counter: Counter, now: bigint): void => {
  counter.latchedCount ??= count(counter, now);
};

export const latchStatus = (counter: Counter, now: bigint): void => {
  const isNull = !counter.isLoaded || counter.takeover !== undefined;
  counter.latchedStatus ??=
    (output(counter, now) ? Status.output : 0) |
    (isNull ? Status.null : 0) |
    (counter.access << 4) |
    (counter.mode << 1) |
    (counter.isBcd ? 1 : 0);
};

export const readCounter = (counter: Counter, now: bigint): number => {
  if (counter.latchedStatus !== undefined) {
    const status = counter.latchedStatus;
    counter.latchedStatus = undefined;
    return status;
  }
  const value = counter.latchedCount ?? count(counter, now);
  const isBoth = counter.access === Access.both;
  const isHigh = isBoth ? counter.isReadHigh : counter.access === Access.high;
  counter.isReadHigh = isBoth && !isHigh;
  if (!counter.isReadHigh) counter.latchedCount = undefined;
  return isHigh ? value >> 8 : value & 0xff;
};

export const writeCounter = (counter: Counter, value: number, now: bigint): void => {
  if (counter.access === Access.low) setCount(counter, value, now);
  else if (counter.access === Access.high) setCount(counter, value << 8, now);
  else if (counter.isWriteHigh) {
    counter.isWriteHigh = false;
    setCount(counter, counter.low | (value << 8), now);
  } else {
    counter.isWriteHigh = true;
    counter.low = value;
    // The first byte of two stops mode 0 at once: page 8.
    if (counter.mode === 0) Object.assign(counter, { isLoaded: false, isCounting: false, since: 0n });
  }
};

export const setGate = (counter: Counter, gate: boolean, now: bigint): void => {
  if (counter.gate === gate) return;
  const ticks = passed(counter, now);
  counter.gate = gate;
  // In modes 1 and 5 a rising edge begins, and a falling one ends nothing.
  if (counter.mode === 1 || counter.mode === 5) {
    if (gate && counter.isWritten) load(counter, now);
  } else if (!gate) {
    counter.isCounting = false;
    counter.since = BigInt(ticks);
    counter.takeover = undefined;
  } else if (counter.isLoaded) {
    if (counter.mode === 2 || counter.mode === 3) load(counter, now);
    else {
      counter.isCounting = true;
      counter.since = BigInt.asUintN(64, now - BigInt(ticks));
    }
  }
};

export const output = (counter: Counter, now: bigint): boolean => {
  const { mode } = counter;
  if (!counter.isLoaded) return mode !== 0;
  if ((mode === 2 || mode === 3) && !counter.gate) return true;
  return outputAt(mode, ticksOf(counter.loaded, counter.isBcd), passed(counter, now));
};

/** The tick at which the output changes next, later than now; undefined where it doesn't. */
export const changeOf = (counter: Counter, now: bigint): bigint | undefined => {
  if (!counter.isCounting) return undefined;
  const after = nextChange(counter.mode, ticksOf(counter.loaded, counter.isBcd), passed(counter, now));
  if (after === undefined) return undefined;
  const next = BigInt.asUintN(64, counter.since + BigInt(after));
  // A saved state may have been counting for longer than numbers are exact.
  return next > now ? next : now + 1n;
};

/** Has a new count take over when the time has come; to be called before anything else is asked. */
export const roll = (counter: Counter, now: bigint): void => {
  const { takeover } = counter;
  if (takeover === undefined || now < takeover) return;
  const old = ticksOf(counter.loaded, counter.isBcd);
  const isHalf = counter.mode === 3 && passed(counter, takeover) % old !== 0;
  load(counter, takeover);
  const ahead = isHalf ? highTicks(ticksOf(counter.loaded, counter.isBcd)) : 0;
  counter.since = BigInt.asUintN(64, takeover - BigInt(ahead));
};

const count = (counter: Counter, now: bigint): number => {
  const { mode, isBcd } = counter;
  if (!counter.isLoaded) return counter.written;
  return countOf(left(mode, ticksOf(counter.loaded, isBcd), passed(counter, now), isBcd), isBcd);
};

const setCount = (counter: Counter, value: number, now: bigint): void => {
  const { mode } = counter;
  counter.written = value;
  counter.isWritten = true;
  if (mode === 1 || mode === 5) return;
  if ((mode !== 2 && mode !== 3) || !counter.isLoaded) load(counter, now);
  // A period ends as it began, a square wave's half too: pages 10 and 11. Where nothing ever changes, at once.
  else if (counter.isCounting && counter.takeover === undefined) {
    const ticks = ticksOf(counter.loaded, counter.isBcd);
    const at = passed(counter, now);
    const end = mode === 2 ? at - (at % ticks) + ticks : nextChange(mode, ticks, at);
    if (end === undefined) load(counter, now);
    else counter.takeover = BigInt.asUintN(64, counter.since + BigInt(end));
  }
};

/** At the tick after this one. */
const load = (counter: Counter, now: bigint): void => {
  counter.loaded = counter.written;
  counter.isLoaded = true;
  counter.isCounting = counter.gate || counter.mode === 1 || counter.mode === 5;
  counter.since = counter.isCounting ? now + 1n : 0n;
  counter.takeover = undefined;
};

/** Ticks since the count was loaded. */
const passed = (counter: Counter, now: bigint): number => {
  if (!counter.isCounting) return Number(counter.since);
  return Math.max(0, Number(BigInt.asIntN(64, now - counter.since)));
};
