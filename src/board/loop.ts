/** Keeps a processor and what stands around it going: instructions, alarms, interrupts of the 8259, and rest. */
import type { Processor } from '../cpu/index.ts';
import { type Instant, instant, type Line } from '../machine/index.ts';
import type { MachineClock } from './clock.ts';
import type { Pause } from './pause.ts';

/** Instructions between two looks at the clock, where that isn't counted in instructions. */
const glance = 100_000;

export interface LoopParts {
  readonly processor: Processor;
  readonly clock: MachineClock;
  /** The vector of the interrupt that the 8259 asks for. */
  acknowledge(): number;
  /** Whether time is counted in instructions: then rest takes none. */
  readonly isCounted: boolean;
}

export class Loop {
  readonly #parts: LoopParts;
  #isAsked = false;
  #isRunning = false;
  #end: Pause | undefined;
  #later: (() => void) | undefined;

  constructor(parts: LoopParts) {
    this.#parts = parts;
  }

  /** Of the 8259. */
  readonly intr: Line = {
    set: (isHigh) => {
      this.#isAsked = isHigh;
      this.#listen();
      // In the midst of a block: what the guest has just done asks for it.
      if (isHigh) this.#interrupt();
    },
  };

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

  /** At most so many instructions. */
  run(most: number): Pause {
    const { processor, clock } = this.#parts;
    const until = processor.instructions + BigInt(most);
    for (;;) {
      this.#later?.();
      this.#later = undefined;
      clock.catchUp();
      this.#listen();
      const ended = this.#end;
      this.#end = undefined;
      if (ended !== undefined) return ended;
      const left = Number(until - processor.instructions);
      if (left <= 0) return { why: 'slice' };
      this.#isRunning = true;
      const exit = processor.run(Math.min(left, this.#budget()));
      this.#isRunning = false;
      switch (exit.why) {
        case 'budget':
        case 'kick':
          break;
        case 'open':
          processor.interrupt(this.#parts.acknowledge());
          break;
        case 'halt': {
          const rest = this.#rest();
          if (rest !== undefined) return rest;
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

  #interrupt(): void {
    if (this.#isRunning) this.#parts.processor.kick();
  }

  #listen(): void {
    const { processor } = this.#parts;
    processor.isAwaited = this.#isAsked && processor.apic.passesExternal;
  }

  #budget(): number {
    const { clock, isCounted } = this.#parts;
    const { next } = clock;
    if (!isCounted || next === undefined) return glance;
    return Math.min(glance, Math.max(1, Number(next - clock.now)));
  }

  /** It halts: undefined where it may go on at once. */
  #rest(): Pause | undefined {
    const { processor, clock, isCounted } = this.#parts;
    const until = this.#next();
    if (until === undefined) return { why: 'idle', until };
    const left = until - clock.now;
    if (left <= 0n) return undefined;
    if (!isCounted) return { why: 'idle', until };
    processor.pass(left);
    return undefined;
  }

  /** When something is due next, of the devices or the local APIC. */
  #next(): Instant | undefined {
    const { processor, clock } = this.#parts;
    const { alarm } = processor;
    const own = alarm === undefined ? undefined : instant(clock.now + alarm);
    const { next } = clock;
    if (own === undefined || next === undefined) return own ?? next;
    const isOwnFirst = own < next;
    return isOwnFirst ? own : next;
  }
}
