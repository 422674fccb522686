/** The machine's time. Alarms are saved as deadlines in the states of those who set them; what they call is wired at construction. */
import { type Instant, instant } from './units.ts';

export interface Clock {
  readonly now: Instant;
  /** Not set yet. */
  alarm(fire: () => void): Alarm;
}

export interface Alarm {
  /** Fires once at that moment, or at once if that has passed; instead of when it was to fire before. */
  at(when: Instant): void;
  cancel(): void;
}

interface Waiting {
  readonly when: Instant;
  /** Of two at the same moment the one that was set first fires first. */
  readonly order: number;
}

/** Time that whoever has the machine moves on. */
export class Timeline implements Clock {
  #now: Instant;
  #order = 0;
  readonly #waiting = new Map<() => void, Waiting>();
  #next: Instant | undefined;

  constructor(now: Instant = instant(0n)) {
    this.#now = now;
  }

  get now(): Instant {
    return this.#now;
  }

  /** When the next alarm fires. */
  get next(): Instant | undefined {
    return this.#next;
  }

  alarm(fire: () => void): Alarm {
    // Every alarm is one of its own, also where two call the same.
    const own = (): void => fire();
    return {
      at: (when) => {
        this.#waiting.set(own, { when, order: this.#order++ });
        this.#find();
      },
      cancel: () => {
        if (this.#waiting.delete(own)) this.#find();
      },
    };
  }

  /** Time goes on to a moment, and what is due on the way fires, each at its own moment. Time that has passed stays passed. */
  advance(to: Instant): void {
    while (this.#next !== undefined && this.#next <= to) {
      const [fire, { when }] = this.#first() ?? this.#lost();
      this.#waiting.delete(fire);
      this.#find();
      if (when > this.#now) this.#now = when;
      fire();
    }
    if (to > this.#now) this.#now = to;
  }

  /** A machine that was saved at another moment goes on from there; who waits sets his alarm anew. */
  set(now: Instant): void {
    this.#waiting.clear();
    this.#next = undefined;
    this.#now = now;
  }

  /** A handful wait at any time, so none is kept in order. */
  #first(): readonly [() => void, Waiting] | undefined {
    let first: readonly [() => void, Waiting] | undefined;
    for (const entry of this.#waiting) {
      const [mine, best] = [entry[1], first?.[1]];
      if (best === undefined || mine.when < best.when || (mine.when === best.when && mine.order < best.order)) first = entry;
    }
    return first;
  }

  #find(): void {
    this.#next = this.#first()?.[1].when;
  }

  #lost(): never {
    throw new Error('an alarm was lost');
  }
}
