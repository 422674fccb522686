/** The host's time and timers. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Timers } from '../desk/index.ts';
import { type Instant, instant } from '../machine/index.ts';

/** Nanoseconds since it was asked for. */
export const hostTime = (): (() => Instant) => {
  const begin = process.hrtime.bigint();
  return () => instant(process.hrtime.bigint() - begin);
};

export const hostTimers: Timers = {
  after: (ms, what) => {
    const timer = setTimeout(what, ms);
    return () => clearTimeout(timer);
  },
  turn: () => turn(),
};
