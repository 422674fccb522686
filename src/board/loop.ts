/** Keeps a processor and what stands around it going: instructions, alarms, interrupts of the 8259, and rest. */
import { type Exit, type Instant, instant, type Line, later, millis } from '../machine/index.ts';
import type { MachineClock } from './clock.ts';
import type { Pause } from './pause.ts';
import type { BoardProcessor } from './processor.ts';

/** Instructions between two looks at the clock: at the most, where that is counted in instructions and where it isn't, and where something is due at once. */
const [glance, longGlance, shortGlance] = [100_000, 2 ** 18, 1000];
/** No look comes later than this, however long the guest's instructions take. */
const glanceNs = 1e6;
/** What nobody hears, as a timer whose interrupt is masked, wakes no processor; no more of it is to be caught up with at once than this. */
const longestUnheard = millis(1000);
/** Nor does a run take longer. */
const runNs = 10_000_000n;

export interface LoopParts {
  readonly processor: BoardProcessor;
  readonly clock: MachineClock;
  /** The vector of the interrupt that the 8259 asks for. */
  acknowledge(): number;
  /** Whether time is counted in instructions: then what is due comes behind exactly as many, and while it idles somebody has to let time pass. */
  readonly isCounted: boolean;
  /** By which vector a monitor has the processor interrupted at once, without its local APIC; undefined: it hasn't. */
  called?(): number | undefined;
}

export class Loop {
  readonly #parts: LoopParts;
  #processor: BoardProcessor;
  #isAsked = false;
  #isRunning = false;
  #end: Pause | undefined;
  /** Instructions a nanosecond, as it went last; as slow as can be where that is not known yet. */
  #pace = 0;
  #later: (() => void) | undefined;

  constructor(parts: LoopParts) {
    this.#parts = parts;
    this.#processor = parts.processor;
  }

  /** Another one goes on, between two runs. */
  exchange(processor: BoardProcessor): void {
    this.#processor = processor;
    this.#pace = 0;
    this.listen();
  }

  /** Of the 8259. */
  readonly intr: Line = {
    set: (isHigh) => {
      this.#isAsked = isHigh;
      this.listen();
      // In the midst of a block: what the guest has just done asks for it.
      if (isHigh) this.#interrupt();
    },
  };

  /** Whether the processor gives control back for the 8259. */
  listen(): void {
    const processor = this.#processor;
    processor.isAwaited = this.#isAskedOutside || this.#parts.called?.() !== undefined;
  }

  /** A monitor has something to tell the processor. */
  call(): void {
    this.listen();
    this.#interrupt();
  }

  /** An alarm was set, which comes before all others: behind the present instruction it is known how many may run until then. */
  sooner(): void {
    if (this.#parts.isCounted) this.#interrupt();
  }

  /**
   * The guest was told a time by which something was to happen that hasn't: it does before the next instruction. Else who asks a device again and again how late it is, each of which takes as long as a
   * thousand other instructions, sees a second pass before one look at the clock.
   */
  overdue(): void {
    if (!this.#parts.isCounted) this.#interrupt();
  }

  /** Has something done as soon as no instruction is under way. */
  later(what: () => void): void {
    this.#later = what;
    this.#interrupt();
  }

  /** Ends the run as soon as no instruction is under way. */
  end(pause: Pause): void {
    this.#end ??= pause;
    this.#interrupt();
  }

  /** At most so many instructions, and no longer than some ten milliseconds where time isn't counted in them. */
  run(most: number): Pause {
    const processor = this.#processor;
    const { clock, isCounted } = this.#parts;
    const began = clock.now;
    const until = processor.instructions + BigInt(most);
    for (;;) {
      this.#later?.();
      this.#later = undefined;
      clock.catchUp();
      this.listen();
      const ended = this.#end;
      this.#end = undefined;
      if (ended !== undefined) return ended;
      const left = Number(until - processor.instructions);
      if (left <= 0 || (!isCounted && clock.now - began >= runNs)) return { why: 'slice' };
      const exit = this.#go(Math.min(left, this.#budget()), Number(runNs - (clock.now - began)));
      switch (exit.why) {
        case 'budget':
        case 'kick':
          break;
        case 'open':
          this.#open();
          break;
        case 'halt': {
          const until = this.#next();
          if (until === undefined || until > clock.now) return { why: 'idle', until };
          break;
        }
        case 'stop':
          return { why: 'stop', stop: exit.stop };
        case 'shutdown':
        case 'unsupported':
        case 'exception':
          return { why: 'stuck', exit };
        default:
          exit satisfies never;
      }
    }
  }

  /** An interrupt would be taken now: the monitor's comes first. */
  #open(): void {
    const vector = this.#parts.called?.();
    if (vector !== undefined) this.#processor.interrupt(vector);
    else if (this.#isAskedOutside) this.#processor.interrupt(this.#parts.acknowledge());
  }

  get #isAskedOutside(): boolean {
    return this.#isAsked && this.#processor.passesExternal;
  }

  #interrupt(): void {
    if (this.#isRunning) this.#processor.kick();
  }

  #go(most: number, restNs: number): Exit {
    const processor = this.#processor;
    const { clock, isCounted } = this.#parts;
    const [began, before] = [clock.now, processor.instructions];
    this.#isRunning = true;
    const exit = processor.run(most, Math.min(restNs, this.#leftNs));
    this.#isRunning = false;
    if (!isCounted && exit.why === 'budget') this.#pace = Number(processor.instructions - before) / Math.max(Number(clock.now - began), 1);
    return exit;
  }

  /** Until something is due. */
  get #leftNs(): number {
    const { clock } = this.#parts;
    return clock.next === undefined ? Number.POSITIVE_INFINITY : Number(clock.next - clock.now);
  }

  /** As far as nothing is due. */
  #budget(): number {
    const { isCounted } = this.#parts;
    const leftNs = this.#leftNs;
    if (isCounted) return Math.min(glance, Math.max(1, leftNs));
    return Math.min(longGlance, Math.max(shortGlance, Math.ceil(Math.min(leftNs, glanceNs) * this.#pace)));
  }

  /** When something is due next that the guest would notice, of the devices or the local APIC. */
  #next(): Instant | undefined {
    const { clock } = this.#parts;
    const { alarm } = this.#processor;
    const own = alarm === undefined ? undefined : instant(clock.now + alarm);
    const { next } = clock;
    return earlier(own, earlier(clock.heard, next && later(next, longestUnheard)));
  }
}

const earlier = (one: Instant | undefined, other: Instant | undefined): Instant | undefined =>
  one === undefined || (other !== undefined && other < one) ? other : one;
