/** The clock that waits on words in memory end by: CLOCK_MONOTONIC, in nanoseconds. */
import { hrtime } from 'node:process';

/** Of some tries the one between whose two looks the least time passed. */
const began = Math.max(
  ...Array.from({ length: 8 }, () => {
    const [seconds, nanoseconds] = hrtime();
    return seconds * 1e9 + nanoseconds - performance.now() * 1e6;
  }),
);

export const monotonic = (): number => began + performance.now() * 1e6;

/** As struct timespec. */
export const putTime = (view: DataView, at: number, ns: number): void => {
  const whole = Math.floor(ns / 1e9);
  view.setUint32(at, whole, true);
  view.setUint32(at + 8, Math.floor(ns - whole * 1e9), true);
};
