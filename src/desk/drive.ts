/** Keeps a computer going in this thread: slice by slice, asleep while it idles, and open to what comes in between. */
import type { Pause, Pc } from '../board/index.ts';
import type { Instant } from '../machine/index.ts';
import type { EvenTime } from './even-time.ts';
import type { Timers } from './timers.ts';

/** Instructions until others have their turn: some ten milliseconds, and no longer where they are slow. */
const slice = 2_000_000;
/** Timers come no more exactly than that. */
const shortestMs = 1;
/** Nor wait longer than that: setTimeout(3). */
const longestMs = 2 ** 31 - 1;

/** What goes on around a computer between two slices. */
export interface Between {
  /** Gives it what it has room for of what came in. Returns whether that was anything. */
  feed(): boolean;
  /** Sees what it has done, and why it gave control back. */
  look(pause: Pause): void;
  /** It runs for as long as it may at once: it doesn't rest. */
  worked?(): void;
}

/** A computer, or what stands before it. */
export type Driven = Pick<Pc, 'run' | 'clock'>;
/** What doesn't go on by itself. */
export type End = Exclude<Pause, { why: 'slice' | 'idle' | 'stop' }>;

export class Drive {
  readonly #pc: Driven;
  readonly #timers: Timers;
  readonly #time: Pick<EvenTime, 'rest'> | undefined;
  #wake: (() => void) | undefined;
  #isStopped = false;

  /** `time` is told when the computer rests. */
  constructor(pc: Driven, timers: Timers, time?: Pick<EvenTime, 'rest'>) {
    this.#pc = pc;
    this.#timers = timers;
    this.#time = time;
  }

  /** Until it ends; undefined: it was stopped. */
  async run({ feed, look, worked }: Between): Promise<End | undefined> {
    for (;;) {
      feed();
      if (this.#isStopped) return undefined;
      const pause = this.#pc.run(slice);
      look(pause);
      if (pause.why === 'slice') worked?.();
      if (pause.why === 'slice' || pause.why === 'stop') await this.#timers.turn();
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

  async #sleep(until: Instant | undefined): Promise<void> {
    this.#time?.rest();
    const { promise, resolve } = Promise.withResolvers<void>();
    const leftMs = until === undefined ? longestMs : Number(until - this.#pc.clock.now) / 1e6;
    const cancel = this.#timers.after(timerMs(leftMs), resolve);
    this.#wake = resolve;
    await promise;
    cancel();
    this.#wake = undefined;
    this.#time?.rest();
  }
}

/**
 * What a timer is set to, in whole milliseconds: it forgets what is beyond them, and counts from the last whole one. One that comes before anything is due has the
 * computer wake for nothing, and once more for what it woke for: so it may rather come late, by a fiftieth of what is left and no more than a millisecond.
 */
const timerMs = (leftMs: number): number => {
  const slackMs = Math.min(leftMs / 50, 1);
  return Math.min(Math.max(Math.ceil(leftMs + slackMs), shortestMs), longestMs);
};
