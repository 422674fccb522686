/** Keeps a computer going in this process: slice by slice, asleep while it idles, and open to what comes in between. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Pause, Pc } from '../../board/index.ts';
import { type Instant, instant } from '../../machine/index.ts';

/** Instructions until others have their turn: some ten milliseconds. */
const slice = 2_000_000;
/** Timers come no more exactly than that. */
const shortestMs = 1;
/** Nor wait longer than that: setTimeout(3). */
const longestMs = 2 ** 31 - 1;

/** Nanoseconds since it was asked for. */
export const hostTime = (): (() => Instant) => {
  const begin = process.hrtime.bigint();
  return () => instant(process.hrtime.bigint() - begin);
};

/** What goes on around a computer between two slices. */
export interface Between {
  /** Gives it what it has room for of what came in. Returns whether that was anything. */
  feed(): boolean;
  /** Sees what it has done. */
  look(): void;
}

/** A computer, or what stands before it. */
export type Driven = Pick<Pc, 'run' | 'clock'>;

export class Drive {
  readonly #pc: Driven;
  #wake: (() => void) | undefined;
  #isStopped = false;

  constructor(pc: Driven) {
    this.#pc = pc;
  }

  /** Until it ends; undefined: it was stopped. */
  async run({ feed, look }: Between): Promise<Exclude<Pause, { why: 'slice' | 'idle' | 'stop' }> | undefined> {
    for (;;) {
      feed();
      if (this.#isStopped) return undefined;
      const pause = this.#pc.run(slice);
      look();
      if (pause.why === 'slice' || pause.why === 'stop') await turn();
      else if (pause.why !== 'idle') return pause;
      else if (!feed()) await this.#sleep(pause.until);
    }
  }

  /** Something came in. */
  wake(): void {
    this.#wake?.();
  }

  stop(): void {
    this.#isStopped = true;
    this.wake();
  }

  #sleep(until: Instant | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const leftMs = until === undefined ? longestMs : Number(until - this.#pc.clock.now) / 1e6;
    const timer = setTimeout(resolve, Math.min(Math.max(leftMs, shortestMs), longestMs));
    this.#wake = resolve;
    return promise.finally(() => {
      clearTimeout(timer);
      this.#wake = undefined;
    });
  }
}
