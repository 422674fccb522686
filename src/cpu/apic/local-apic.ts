/** The local APIC, a part of the processor: which interrupts it has, and which of them may come now. SDM Vol. 3A, chapter 12. */
import { State } from '../../isa/index.ts';
import type { ApicMessage, QuietEnds } from '../../machine/index.ts';
import type { ApicBus } from './bus.ts';
import { type Address, type Command, Delivery } from './message.ts';
import { ApicState, Esr, Lvt, Register, Svr } from './registers.ts';
import { ApicTimer, TimerMode } from './timer.ts';

/** What goes past priorities, straight to the processor. */
export interface Signals {
  nmi(): void;
  init(): void;
  /** SIPI: begins at this page, if it waits for one. */
  startUp(page: number): void;
  /** An interrupt whose vector the 8259 tells. */
  external(): void;
  /** A level-triggered interrupt is through: I/O APICs want to know. */
  endOfInterrupt(vector: number): void;
  /** Whether it passes on what an 8259 asks for may be another now. */
  rewired(): void;
}

export interface ApicWires {
  readonly state: DataView;
  /** The processor's time. */
  now(): bigint;
  readonly bus: ApicBus;
  readonly signals: Signals;
  readonly ends?: QuietEnds | undefined;
  /** Something changed: what is pending, or when the timer is through. */
  attend(): void;
}

/** IA32_APIC_BASE. */
export const ApicBase = { bootstrap: 1n << 8n, x2: 1n << 10n, enabled: 1n << 11n } as const;

const lvts = [
  ...[Register.lvtTimer, Register.lvtThermal, Register.lvtCounter, Register.lvtLint0, Register.lvtLint1, Register.lvtError],
] as const;
export const lowestVector = 16;

export class LocalApic {
  readonly state: ApicState;
  readonly timer: ApicTimer;
  readonly #view: DataView;
  readonly #bus: ApicBus;
  readonly #signals: Signals;
  readonly #ends: QuietEnds | undefined;
  readonly attend: () => void;

  constructor({ state, now, bus, signals, ends, attend }: ApicWires) {
    this.attend = attend;
    this.#view = state;
    this.state = new ApicState(state);
    this.timer = new ApicTimer(this.state, now, () => state.getBigUint64(State.tscOffset, true), attend);
    this.#bus = bus;
    this.#signals = signals;
    this.#ends = ends;
    bus.join(this);
  }

  /** Its number among processors. */
  identify(id: number): void {
    this.state.set(Register.id, id);
  }

  /** After power-up; after INIT, too, but then it keeps its id and its base. SDM Vol. 3A, 12.4.7. */
  reset(): void {
    const id = this.state.get(Register.id);
    for (let register = 0; register < 0x40; register++) this.state.set(register, 0);
    this.state.set(Register.id, id);
    this.state.set(Register.dfr, 0xffff_ffff);
    this.state.set(Register.svr, 0xff);
    for (const lvt of lvts) this.state.set(lvt, Lvt.masked);
    this.state.errors = 0;
    this.state.expiry = 0n;
    this.state.deadline = 0n;
    this.#ends?.recall();
    this.#signals.rewired();
  }

  get base(): bigint {
    return this.#view.getBigUint64(State.apicBase, true);
  }

  get isX2(): boolean {
    return (this.base & ApicBase.x2) !== 0n;
  }

  /** By IA32_APIC_BASE; software may still have it disabled. */
  get isEnabled(): boolean {
    return (this.base & ApicBase.enabled) !== 0n;
  }

  get #isOn(): boolean {
    return this.isEnabled && (this.state.get(Register.svr) & Svr.enabled) !== 0;
  }

  get address(): Address {
    const { isX2 } = this;
    const id = this.state.get(Register.id);
    return { id, isX2, ldr: isX2 ? logicalId(id) : this.state.get(Register.ldr), dfr: this.state.get(Register.dfr) };
  }

  // Priority: 12.8.3.

  get taskPriority(): number {
    return this.state.get(Register.tpr);
  }

  set taskPriority(value: number) {
    this.state.set(Register.tpr, value & 0xff);
    this.attend();
  }

  get processorPriority(): number {
    const [task, service] = [this.taskPriority, this.state.highest('isr')];
    return (task & 0xf0) >= (service & 0xf0) ? task : service & 0xf0;
  }

  /** The vector that may interrupt now, if the processor lets interrupts in. */
  get pending(): number | undefined {
    if (this.timer.isDue()) this.fire(Register.lvtTimer);
    this.settle();
    const vector = this.state.highest('irr');
    // What waits is looked at when the one before ends, which has to be told then.
    if (vector !== 0) this.#ends?.recall();
    return this.isEnabled && (vector & 0xf0) > (this.processorPriority & 0xf0) ? vector : undefined;
  }

  /** It is delivered: in service from now on. */
  acknowledge(vector: number): void {
    this.state.put('irr', vector, false);
    this.state.put('isr', vector, true);
    if (this.#ends !== undefined && !this.state.has('tmr', vector) && this.state.highest('irr') === 0) this.#ends.lend();
  }

  /** Takes note of an end that was told without it: whoever looks at what is in service does so behind that. */
  settle(): void {
    if (this.#ends?.taken() === true) this.state.put('isr', this.state.highest('isr'), false);
  }

  endOfInterrupt(): void {
    this.settle();
    this.#ends?.recall();
    const vector = this.state.highest('isr');
    if (vector === 0) return;
    this.state.put('isr', vector, false);
    this.attend();
    if (this.state.has('tmr', vector)) this.#signals.endOfInterrupt(vector);
  }

  // What comes in.

  receive({ vector, delivery, isLevel }: ApicMessage): void {
    if (delivery === Delivery.fixed || delivery === Delivery.lowest) this.#accept(vector, isLevel);
    else if (delivery === Delivery.nmi) this.#signals.nmi();
    else if (delivery === Delivery.init) this.#signals.init();
    else if (delivery === Delivery.startUp) this.#signals.startUp(vector);
    else if (delivery === Delivery.external) this.#signals.external();
    // There is no system management mode: nothing else is left.
  }

  #accept(vector: number, isLevel: boolean): void {
    if (!this.#isOn) return;
    if (vector < lowestVector) {
      this.#fail(Esr.receivedIllegal);
      return;
    }
    this.state.put('irr', vector, true);
    this.state.put('tmr', vector, isLevel);
    this.attend();
  }

  /** Something of the local vector table happened: 12.5.1. */
  fire(lvt: (typeof lvts)[number]): void {
    const entry = this.state.get(lvt);
    if ((entry & Lvt.masked) !== 0 || !this.isEnabled) return;
    const isLine = lvt === Register.lvtLint0 || lvt === Register.lvtLint1;
    const delivery = lvt === Register.lvtTimer || lvt === Register.lvtError ? Delivery.fixed : (entry >> 8) & 7;
    this.receive({ vector: entry & Lvt.vector, delivery, isLevel: isLine && delivery === Delivery.fixed && (entry & Lvt.level) !== 0 });
  }

  /** Whether the line of an 8259 leads on to the processor: through LINT0, or past an APIC that is switched off. 12.5.1. */
  get passesExternal(): boolean {
    if (!this.isEnabled) return true;
    const entry = this.state.get(Register.lvtLint0);
    return (entry & Lvt.masked) === 0 && ((entry >> 8) & 7) === Delivery.external;
  }

  // What goes out.

  send(command: Command): void {
    const isFixed = command.delivery === Delivery.fixed || command.delivery === Delivery.lowest;
    if (isFixed && command.vector < lowestVector) this.#fail(Esr.sentIllegal);
    else this.#bus.send(this, command);
  }

  /** It is told when ESR is written, and by an interrupt: 12.5.3. The interrupt's own vector can't be told so, too. */
  #fail(error: number): void {
    const before = this.state.errors;
    this.state.errors = before | error;
    const vector = this.state.get(Register.lvtError) & Lvt.vector;
    if ((before & error) === 0 && vector >= lowestVector) this.fire(Register.lvtError);
  }

  /** A register that isn't there was touched in its page. */
  missRegister(): void {
    this.#fail(Esr.illegalRegister);
  }

  /** Without its leave, entries of the local vector table stay masked: 12.4.7.2. */
  set spurious(value: number) {
    this.state.set(Register.svr, value & Svr.writable);
    if ((value & Svr.enabled) !== 0) return;
    for (const lvt of lvts) this.state.set(lvt, this.state.get(lvt) | Lvt.masked);
    this.rewire();
  }

  /** What leads to it was changed: that counts from the next instruction on. */
  rewire(): void {
    this.#signals.rewired();
    this.attend();
  }

  setLvt(lvt: number, value: number): void {
    const wanted = value & (lvtBits[lvt] ?? 0);
    const entry = (this.state.get(Register.svr) & Svr.enabled) === 0 ? wanted | Lvt.masked : wanted;
    if (lvt === Register.lvtTimer) this.timer.change(entry);
    else this.state.set(lvt, entry);
    if (lvt === Register.lvtLint0) this.rewire();
  }
}

const plain = Lvt.vector | Lvt.masked;
/** Bits of each entry that can be written: figure 12-8. */
export const lvtBits: Readonly<Record<number, number>> = {
  [Register.lvtTimer]: plain | TimerMode.periodic | TimerMode.deadline,
  [Register.lvtThermal]: plain | Lvt.mode,
  [Register.lvtCounter]: plain | Lvt.mode,
  [Register.lvtLint0]: plain | Lvt.mode | (1 << 13) | Lvt.level,
  [Register.lvtLint1]: plain | Lvt.mode | (1 << 13) | Lvt.level,
  [Register.lvtError]: plain,
};

/** 12.12.10.2. */
export const logicalId = (id: number): number => (((id >>> 4) << 16) | (1 << (id & 15))) >>> 0;
