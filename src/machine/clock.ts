/** The machine's time. Alarms are saved as deadlines in the states of those who set them; what they call is wired at construction. */
import { type Instant, instant } from './units.ts';

export interface Clock {
  readonly now: Instant;
  /** Not set yet. `isHeard` says whether anybody would notice now that it fired: one that isn't heard may fire late, at its own moment all the same. */
  alarm(fire: () => void, isHeard?: () => boolean): Alarm;
}

export interface Alarm {
  /** Fires once at that moment, or at once if that has passed; instead of when it was to fire before. */
  at(when: Instant): void;
  cancel(): void;
}

/** An alarm of a timeline's. */
class Waiting implements Alarm {
  readonly fire: () => void;
  readonly isHeard: (() => boolean) | undefined;
  readonly #line: { set(alarm: Waiting): void; drop(alarm: Waiting): void };
  /** When it fires; while it waits for nothing, when it would have. */
  when: Instant = instant(0n);
  /** Of two at the same moment the one that was set first fires first. */
  order = 0;
  isSet = false;

  constructor(fire: () => void, isHeard: (() => boolean) | undefined, line: { set(alarm: Waiting): void; drop(alarm: Waiting): void }) {
    this.fire = fire;
    this.isHeard = isHeard;
    this.#line = line;
  }

  at(when: Instant): void {
    this.when = when;
    this.#line.set(this);
  }

  cancel(): void {
    if (this.isSet) this.#line.drop(this);
  }

  isBefore(other: Waiting): boolean {
    return this.when < other.when || (this.when === other.when && this.order < other.order);
  }
}

/** Time that whoever has the machine moves on. */
export class Timeline implements Clock {
  #now: Instant;
  #order = 0;
  /** A handful wait at any time, so none is kept in order. */
  readonly #waiting: Waiting[] = [];
  #first: Waiting | undefined;

  constructor(now: Instant = instant(0n)) {
    this.#now = now;
  }

  get now(): Instant {
    return this.#now;
  }

  /** When the next alarm fires. */
  get next(): Instant | undefined {
    return this.#first?.when;
  }

  /** When the next alarm fires that is heard. */
  get heard(): Instant | undefined {
    let first: Waiting | undefined;
    for (const alarm of this.#waiting) if (alarm.isHeard?.() !== false && (first === undefined || alarm.isBefore(first))) first = alarm;
    return first?.when;
  }

  alarm(fire: () => void, isHeard?: () => boolean): Alarm {
    return new Waiting(fire, isHeard, {
      set: (alarm) => {
        alarm.order = this.#order++;
        if (!alarm.isSet) this.#waiting.push(alarm);
        alarm.isSet = true;
        this.#find();
      },
      drop: (alarm) => this.#drop(alarm),
    });
  }

  /** Time goes on to a moment, and what is due on the way fires, each at its own moment. Time that has passed stays passed. */
  advance(to: Instant): void {
    for (let first = this.#first; first !== undefined && first.when <= to; first = this.#first) {
      this.#drop(first);
      if (first.when > this.#now) this.#now = first.when;
      first.fire();
    }
    if (to > this.#now) this.#now = to;
  }

  /** A machine that was saved at another moment goes on from there; who waits sets his alarm anew. */
  set(now: Instant): void {
    for (const alarm of this.#waiting) alarm.isSet = false;
    this.#waiting.length = 0;
    this.#first = undefined;
    this.#now = now;
  }

  #drop(alarm: Waiting): void {
    const last = this.#waiting.pop();
    if (last !== undefined && last !== alarm) this.#waiting[this.#waiting.indexOf(alarm)] = last;
    alarm.isSet = false;
    this.#find();
  }

  #find(): void {
    this.#first = undefined;
    for (const alarm of this.#waiting) if (this.#first === undefined || alarm.isBefore(this.#first)) this.#first = alarm;
  }
}
