/** What arrives from outside the program: interrupts of the local APIC, NMI, INIT, and the start that follows it. SDM Vol. 3A, 7.9 and 9.4. */
import { Activity, Segment, SegmentPart, Shadow, State, segmentPlace } from '../isa/index.ts';
import { ApicBase, type LocalApic, type Signals } from './apic/index.ts';
import type { Interrupts } from './interrupt/interrupts.ts';
import { setReset } from './reset.ts';

export interface ArrivalWires {
  readonly state: DataView;
  readonly interrupts: Interrupts;
  readonly apic: LocalApic;
  /** Has the interpreter give control back. */
  stop(): void;
  /** Forgets all translations. */
  flush(): void;
  isRunning(): boolean;
}

export class Arrivals {
  readonly #wires: ArrivalWires;
  /** Whether the local APIC may have an interrupt. */
  #isCalled = true;

  constructor(wires: ArrivalWires) {
    this.#wires = wires;
  }

  /** An interrupt may wait until it may be taken. */
  get isCalled(): boolean {
    return this.#isCalled;
  }

  /** The local APIC has changed, or its timer is through. */
  attend(): void {
    this.#isCalled = true;
    this.#wires.stop();
  }

  /** The interpreter ran as far as something may be due. */
  look(): void {
    this.#isCalled = true;
  }

  /** Takes what may be taken now. */
  take(): void {
    const { interrupts, apic } = this.#wires;
    const shadow = this.#shadow;
    if ((shadow & Shadow.init) !== 0) this.#begin();
    if ((shadow & Shadow.waiting) !== 0 && interrupts.isNmiDue) interrupts.takeNmi();
    if (!this.#isCalled) return;
    const vector = apic.pending;
    this.#isCalled = vector !== undefined;
    if (vector === undefined || !interrupts.isOpen) return;
    apic.acknowledge(vector);
    interrupts.take(vector);
  }

  /** What goes past priorities. Of a processor that runs, INIT comes between two instructions. */
  get signals(): Pick<Signals, 'nmi' | 'init' | 'startUp'> {
    return {
      nmi: () => this.#note(Shadow.waiting),
      init: () => {
        this.#note(Shadow.init);
        if (!this.#wires.isRunning()) this.#begin();
      },
      startUp: (page) => this.#start(page),
    };
  }

  #note(bit: number): void {
    this.#shadow |= bit;
    this.#wires.stop();
  }

  /** INIT: the first processor begins anew, another waits until it is told where. */
  #begin(): void {
    const { state, apic, flush } = this.#wires;
    setReset(state, true);
    apic.reset();
    if ((apic.base & ApicBase.bootstrap) === 0n) state.setUint32(State.activity, Activity.waiting, true);
    flush();
  }

  #start(page: number): void {
    const { state } = this.#wires;
    if (state.getUint32(State.activity, true) !== Activity.waiting) return;
    const cs = segmentPlace(Segment.cs);
    state.setUint32(cs + SegmentPart.selector, page << 8, true);
    state.setBigUint64(cs + SegmentPart.base, BigInt(page << 12), true);
    state.setBigUint64(State.rip, 0n, true);
    state.setUint32(State.activity, Activity.active, true);
  }

  get #shadow(): number {
    return this.#wires.state.getUint32(State.shadow, true);
  }

  set #shadow(value: number) {
    this.#wires.state.setUint32(State.shadow, value, true);
  }
}
