/** High-precision event timer: IA-PC HPET Specification 1.0a, October 2004; 1 KiB at FED00000h. */
import {
  type Alarm,
  type Clock,
  Device,
  flag,
  instant,
  type Line,
  list,
  moment,
  part,
  type StateOf,
  u32,
  u64,
  type Width,
  type Window,
} from '../machine/index.ts';

export interface HpetWires {
  readonly clock: Clock;
  /** By inputs of the I/O APIC; those that are there may be chosen. */
  readonly inputs: ReadonlyMap<number, Line>;
  /** Interrupts 0 and 8, where timers 0 and 1 take the places of PIT and clock. */
  readonly irq0: Line;
  readonly irq8: Line;
  /** High while they do. */
  readonly legacy: Line;
}

/** Nanoseconds of a tick: 100 MHz, as in QEMU. */
const tickNs = 10n;
const femtoseconds = 10_000_000n;
const timers = 3;
/** Offsets: 2.3. */
const Register = { capabilities: 0x000, config: 0x010, status: 0x020, counter: 0x0f0, timers: 0x100 } as const;
const timerBytes = 0x20;
const TimerRegister = { config: 0x00, comparator: 0x08 } as const;
const Config = { enable: 1n, legacy: 2n, all: 3n } as const;
const Timer = {
  level: 0x02n,
  enable: 0x04n,
  periodic: 0x08n,
  set: 0x40n,
  short: 0x100n,
  route: 0x3e00n,
  written: 0x3f4en,
  able: 0x30n,
} as const;
/** 64 bits, three timers, legacy replacement, revision 1, Intel. */
const capabilities = (femtoseconds << 32n) | 0x8086_a001n | (BigInt(timers - 1) << 8n);
/** Nobody is interrupted more often: 50,000 times a second. */
const shortestTicks = 2000n;

const timerSchema = {
  config: u64,
  comparator: u64,
  period: u64,
  /** The other half of a comparator that is being set is next. */
  isSetting: flag,
};
const schema = {
  config: u64,
  status: u32,
  /** The counter when it was started or stopped. */
  counter: u64,
  since: moment,
  /** The counter until which matches have been told. */
  told: u64,
  timers: list(timers, part(timerSchema)),
};
type TimerState = StateOf<typeof timerSchema>;

export class Hpet extends Device<typeof schema> implements Window {
  readonly schema = schema;
  protected state: StateOf<typeof schema> = this.fresh();
  readonly #wires: HpetWires;
  readonly #alarm: Alarm;
  readonly #routes: bigint;

  constructor(wires: HpetWires) {
    super();
    this.#wires = wires;
    this.#alarm = wires.clock.alarm(() => this.settle());
    this.#routes = [...wires.inputs.keys()].reduce((mask, pin) => mask | (1n << BigInt(pin)), 0n);
  }

  protected fresh(): StateOf<typeof schema> {
    return {
      ...{ config: 0n, status: 0, counter: 0n, since: instant(0n), told: 0n },
      timers: Array.from({ length: timers }, () => ({ config: Timer.able, comparator: ~0n & mask64, period: 0n, isSetting: false })),
    };
  }

  protected override settle(): void {
    const { state } = this;
    const now = this.#counter;
    for (const [index, timer] of state.timers.entries())
      if (this.#isRunning && isDue(timer, state.told, now)) this.#fire(index, timer, now);
    state.told = now;
    this.#wires.legacy.set(this.#isLegacy);
    for (const [pin, line] of this.#wires.inputs) line.set(this.#isLevelHigh(pin));
    const next = this.#isRunning ? this.#next(now) : undefined;
    if (next === undefined) this.#alarm.cancel();
    else this.#alarm.at(instant(next));
  }

  read(offset: number, bytes: Width): number {
    const shift = BigInt(8 * (offset & 7));
    return Number((this.#register(offset & ~7) >> shift) & ((1n << BigInt(8 * bytes)) - 1n));
  }

  write(offset: number, value: number, bytes: Width): void {
    this.settle();
    const shift = BigInt(8 * (offset & 7));
    const mask = ((1n << BigInt(8 * bytes)) - 1n) << shift;
    this.#put(offset & ~7, (BigInt(value) << shift) & mask64, mask & mask64);
    this.settle();
  }

  #register(at: number): bigint {
    const { state } = this;
    switch (at) {
      case Register.capabilities:
        return capabilities;
      case Register.config:
        return state.config;
      case Register.status:
        return BigInt(state.status);
      case Register.counter:
        return this.#counter;
      default: {
        const timer = this.#timer(at);
        if (timer === undefined) return 0n;
        if (at % timerBytes === TimerRegister.config) return timer.config | (this.#routes << 32n);
        return at % timerBytes === TimerRegister.comparator ? timer.comparator : 0n;
      }
    }
  }

  #put(at: number, value: bigint, mask: bigint): void {
    const { state } = this;
    const merged = (old: bigint): bigint => (old & ~mask) | value;
    if (at === Register.config) this.#configure(merged(state.config) & Config.all);
    else if (at === Register.status) state.status &= ~Number(value & 0xffff_ffffn) & 7;
    else if (at === Register.counter) {
      state.counter = merged(this.#counter);
      state.since = this.#wires.clock.now;
      state.told = state.counter;
    } else {
      const timer = this.#timer(at);
      if (timer === undefined) return;
      if (at % timerBytes === TimerRegister.config) configureTimer(timer, merged(timer.config), this.#routes);
      else if (at % timerBytes === TimerRegister.comparator) setComparator(timer, merged, mask);
    }
  }

  #configure(config: bigint): void {
    const { state } = this;
    // Stopped it keeps its value.
    state.counter = this.#counter;
    state.since = this.#wires.clock.now;
    state.told = state.counter;
    state.config = config;
  }

  #timer(at: number): TimerState | undefined {
    return at < Register.timers ? undefined : this.state.timers[Math.floor((at - Register.timers) / timerBytes)];
  }

  get #isRunning(): boolean {
    return (this.state.config & Config.enable) !== 0n;
  }

  get #isLegacy(): boolean {
    return (this.state.config & Config.legacy) !== 0n;
  }

  get #counter(): bigint {
    const { counter, since } = this.state;
    const passed = this.#wires.clock.now - since;
    return this.#isRunning && passed > 0n ? (counter + passed / tickNs) & mask64 : counter;
  }

  #fire(index: number, timer: TimerState, now: bigint): void {
    const { state } = this;
    if ((timer.config & Timer.periodic) !== 0n && timer.period !== 0n) {
      const behind = distance(timer, timer.comparator, now);
      timer.comparator = (timer.comparator + (behind / timer.period + 1n) * timer.period) & widthOf(timer);
    }
    if ((timer.config & Timer.level) !== 0n) state.status = (state.status | (1 << index)) >>> 0;
    else if ((timer.config & Timer.enable) !== 0n) {
      const line = this.#lineOf(index, timer);
      line?.set(true);
      line?.set(false);
    }
  }

  /** Interrupts 0 and 8 are edges. */
  #lineOf(index: number, timer: TimerState): Line | undefined {
    if (this.#isLegacy && index < 2) return index === 0 ? this.#wires.irq0 : this.#wires.irq8;
    return this.#wires.inputs.get(routeOf(timer));
  }

  #isLevelHigh(pin: number): boolean {
    const { timers, status } = this.state;
    for (let index = 0; index < timers.length; index++) {
      const timer = timers[index];
      if (timer === undefined || (status & (1 << index)) === 0 || (timer.config & Timer.enable) === 0n) continue;
      if (routeOf(timer) === pin && !(this.#isLegacy && index < 2)) return true;
    }
    return false;
  }

  /** When the first timer that somebody waits for matches. */
  #next(now: bigint): bigint | undefined {
    const { counter, since, timers, status } = this.state;
    let first: bigint | undefined;
    for (const [index, timer] of timers.entries()) {
      // A level that is high already has nothing new to tell.
      if ((timer.config & Timer.enable) === 0n || (status & (1 << index)) !== 0) continue;
      let ticks = distance(timer, now, timer.comparator) || widthOf(timer) + 1n;
      if ((timer.config & Timer.periodic) !== 0n && ticks < shortestTicks && timer.period < shortestTicks) ticks = shortestTicks;
      if (first === undefined || ticks < first) first = ticks;
    }
    // Beyond the last moment there is: no alarm is that far.
    if (first === undefined || first > 1n << 58n) return undefined;
    return since + (((now - counter) & mask64) + first) * tickNs;
  }
}

const mask64 = (1n << 64n) - 1n;
const widthOf = (timer: TimerState): bigint => ((timer.config & Timer.short) !== 0n ? 0xffff_ffffn : mask64);
const routeOf = (timer: TimerState): number => Number((timer.config & Timer.route) >> 9n);
const distance = (timer: TimerState, from: bigint, to: bigint): bigint => (to - from) & widthOf(timer);

/** The counter has reached the comparator since it was looked at. */
const isDue = (timer: TimerState, told: bigint, now: bigint): boolean => {
  const away = distance(timer, told, timer.comparator) || widthOf(timer) + 1n;
  return away <= ((now - told) & mask64);
};

const configureTimer = (timer: TimerState, value: bigint, routes: bigint): void => {
  const route = (value & Timer.route) >> 9n;
  timer.config = (value & Timer.written) | Timer.able;
  // A route that isn't there can't be chosen: 2.3.8.
  if (((routes >> route) & 1n) === 0n) timer.config &= ~Timer.route;
  timer.comparator &= widthOf(timer);
  timer.period &= widthOf(timer);
  timer.isSetting = false;
};

/** Periodic, it is the period that is written; the comparator too where that was asked for: 2.3.9.2.2. */
const setComparator = (timer: TimerState, merged: (old: bigint) => bigint, mask: bigint): void => {
  const isPeriodic = (timer.config & Timer.periodic) !== 0n;
  const isSet = !isPeriodic || (timer.config & Timer.set) !== 0n || (timer.isSetting && mask > 0xffff_ffffn);
  // A write of 64 bits comes in halves.
  timer.isSetting = isSet && mask <= 0xffff_ffffn;
  timer.config &= ~Timer.set;
  if (isSet) timer.comparator = merged(timer.comparator) & widthOf(timer);
  timer.period = merged(timer.period) & widthOf(timer);
};
