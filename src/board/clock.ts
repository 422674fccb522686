/** The machine's clock: alarms wait on a timeline, and what time it is now, somebody else knows. */
import { type Alarm, type Clock, type Instant, Timeline } from '../machine/index.ts';

export class MachineClock implements Clock {
  readonly #line = new Timeline();
  readonly #source: () => Instant;

  constructor(source: () => Instant) {
    this.#source = source;
  }

  /** Also while a processor is in the middle of something. */
  get now(): Instant {
    return this.#source();
  }

  /** When the next alarm fires. */
  get next(): Instant | undefined {
    return this.#line.next;
  }

  alarm(fire: () => void): Alarm {
    return this.#line.alarm(fire);
  }

  /** Fires what is due. */
  catchUp(): void {
    this.#line.advance(this.#source());
  }
}
