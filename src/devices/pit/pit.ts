/** 8254 interval timer of a PC: three counters at 1.193182 MHz, of which the first interrupts and the third makes sounds. */
import {
  type Alarm,
  type ByteWindow,
  type Clock,
  Device,
  type Line,
  list,
  momentOf,
  part,
  type StateOf,
  ticksAt,
} from '../../machine/index.ts';
import {
  type Counter,
  changeOf,
  counterSchema,
  freshCounter,
  latchCount,
  latchStatus,
  output,
  readCounter,
  roll,
  setGate,
  setMode,
  writeCounter,
} from './counter.ts';
import { ticksOf } from './counting.ts';

export interface PitWires {
  readonly clock: Clock;
  /** The first counter's output. */
  readonly irq: Line;
  /** Whether that leads to an interrupt now: it may be masked, or cut off. */
  readonly isHeard?: () => boolean;
}

/** Ticks per second. */
export const pitRate = 1_193_182n;

const Register = { control: 3 } as const;
/** Control words: figures 7 to 10 of the data sheet. */
const Control = { readBack: 3, noCount: 0x20, noStatus: 0x10 } as const;
const speaker = 2;

const schema = { counters: list(3, part(counterSchema)) };

export class Pit extends Device<typeof schema> implements ByteWindow {
  readonly schema = schema;
  protected state: StateOf<typeof schema> = this.fresh();
  readonly #wires: PitWires;
  readonly #alarm: Alarm;

  /** The third counter's gate, bit 0 of port 61h. */
  readonly speakerGate: Line = {
    set: (isHigh) => {
      const now = this.#now();
      setGate(this.#counter(speaker), isHigh, now);
    },
  };

  constructor(wires: PitWires) {
    super();
    this.#wires = wires;
    this.#alarm = wires.clock.alarm(() => {
      // A low that was too short to be seen is an edge all the same.
      this.#wires.irq.set(false);
      this.settle();
    }, wires.isHeard);
  }

  protected fresh(): StateOf<typeof schema> {
    return { counters: [freshCounter(true), freshCounter(true), freshCounter(false)] };
  }

  protected override settle(): void {
    const now = this.#now();
    const first = this.#counter(0);
    this.#wires.irq.set(output(first, now));
    const next = changeOf(first, now);
    if (next === undefined) this.#alarm.cancel();
    else this.#alarm.at(momentOf(next, pitRate));
  }

  /** The third counter's output. */
  get isSpeakerHigh(): boolean {
    return output(this.#counter(speaker), this.#now());
  }

  /** How often a second the third counter's output goes up and down, where it does. */
  get speakerHz(): number | undefined {
    const { mode, isCounting, isBcd, loaded } = this.#counter(speaker);
    if (!isCounting || (mode !== 2 && mode !== 3)) return undefined;
    return Number(pitRate) / ticksOf(loaded, isBcd);
  }

  read(offset: number): number {
    // The control word can't be read; QEMU gives 0, too.
    return offset === Register.control ? 0 : readCounter(this.#counter(offset), this.#now());
  }

  write(offset: number, value: number): void {
    const now = this.#now();
    if (offset === Register.control) this.#control(value, now);
    else writeCounter(this.#counter(offset), value, now);
    if (offset === 0 || offset === Register.control) this.settle();
  }

  #control(word: number, now: bigint): void {
    const which = word >> 6;
    if (which === Control.readBack) this.#readBack(word, now);
    else if ((word & 0x30) === 0) latchCount(this.#counter(which), now);
    else setMode(this.#counter(which), word);
  }

  #readBack(word: number, now: bigint): void {
    for (let which = 0; which < 3; which++) {
      if ((word & (2 << which)) === 0) continue;
      if ((word & Control.noCount) === 0) latchCount(this.#counter(which), now);
      if ((word & Control.noStatus) === 0) latchStatus(this.#counter(which), now);
    }
  }

  #counter(which: number): Counter {
    const counter = this.state.counters[which];
    if (counter === undefined) throw new RangeError(`counter ${which} is none of three`);
    return counter;
  }

  /** In ticks; counts that were to take over until then have done so. */
  #now(): bigint {
    const now = ticksAt(this.#wires.clock.now, pitRate);
    for (const counter of this.state.counters) roll(counter, now);
    return now;
  }
}
