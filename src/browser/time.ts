/** A browser's time and timers. */
import type { Timers } from '../desk/index.ts';
import { type Instant, instant } from '../machine/index.ts';

/** Nanoseconds since it was asked for. */
export const browserTime = (): (() => Instant) => {
  const begin = performance.now();
  return () => instant(BigInt(Math.max(0, Math.round((performance.now() - begin) * 1e6))));
};

/** A timer of 0 ms takes 4 ms when they follow each other (HTML, "Timers"): a message takes none. */
const channel = new MessageChannel();
const turns: (() => void)[] = [];
channel.port1.onmessage = () => turns.shift()?.();

export const browserTimers: Timers = {
  after: (ms, what) => {
    const timer = setTimeout(what, ms);
    return () => clearTimeout(timer);
  },
  turn: () =>
    new Promise((resolve) => {
      turns.push(resolve);
      channel.port2.postMessage(undefined);
    }),
};
