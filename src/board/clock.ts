/** The machine's clock: alarms wait on a timeline, and what time it is now, somebody else knows. */
import { type Alarm, type Clock, type Instant, Timeline } from '../machine/index.ts';

export class MachineClock implements Clock {
  readonly #line = new Timeline();
  readonly #source: () => Instant;
  readonly #sooner: () => void;
  readonly #overdue: () => void;
  #still: Instant | undefined;

  /** `sooner` is called when something is due before what was due first; `overdue` when somebody is told a time by which something should have fired that hasn't. */
  constructor(source: () => Instant, sooner: () => void = () => {}, overdue: () => void = () => {}) {
    this.#source = source;
    this.#sooner = sooner;
    this.#overdue = overdue;
  }

  /** Also while a processor is in the middle of something. */
  get now(): Instant {
    if (this.#still !== undefined) return this.#still;
    const now = this.#source();
    const { next } = this.#line;
    if (next !== undefined && next <= now) this.#overdue();
    return now;
  }

  /** Stands still until that is disposed of. */
  still(): Disposable {
    this.#still = this.#source();
    return {
      [Symbol.dispose]: () => {
        this.#still = undefined;
      },
    };
  }

  /** Likewise, at another moment: that of a machine that is put together as it was then. Who waits sets his alarm anew. */
  stillAt(moment: Instant): Disposable {
    const still = this.still();
    this.#still = moment;
    this.#line.set(moment);
    return still;
  }

  /** When the next alarm fires. */
  get next(): Instant | undefined {
    return this.#line.next;
  }

  /** When the next one fires that anybody hears. */
  get heard(): Instant | undefined {
    return this.#line.heard;
  }

  alarm(fire: () => void, isHeard?: () => boolean): Alarm {
    const alarm = this.#line.alarm(fire, isHeard);
    return {
      at: (when) => {
        const before = this.#line.next;
        alarm.at(when);
        const { next } = this.#line;
        if (next !== undefined && (before === undefined || next < before)) this.#sooner();
      },
      cancel: () => alarm.cancel(),
    };
  }

  /** Fires what is due. */
  catchUp(): void {
    this.#line.advance(this.now);
  }
}
