/** Real-time clock with 114 bytes of memory: Motorola MC146818A data sheet; ports 70h and 71h of a PC. */
import { type Alarm, type ByteWindow, bytes, type Clock, Device, instant, type Line, type StateOf, u8, u64 } from '../../machine/index.ts';
import { nextAlarm, putDate, Register, takeDate } from './calendar.ts';

export interface CmosWires {
  readonly clock: Clock;
  readonly irq: Line;
}

const Port = { index: 0, data: 1 } as const;
const Status = { a: 10, b: 11, c: 12, d: 13 } as const;
const A = { rate: 0x0f, dividerReset: 0x60, kept: 0x7f, updating: 0x80 } as const;
const B = { set: 0x80, update: 0x10, enables: 0x78 } as const;
/** Register C; its three causes are enabled by the same bits of register B. */
const C = { update: 0x10, alarm: 0x20, periodic: 0x40, causes: 0x70, irq: 0x80 } as const;
const D = { valid: 0x80 } as const;
const nmiMask = 0x80;

export const cmosBytes = 128;
const secondNs = 1_000_000_000n;
/** Before an update register A warns: table 2. */
const warningNs = 244_141n;
/** The periodic rates are taken from 32,768 Hz. */
const oscillatorHz = 32_768n;

const schema = {
  index: u8,
  ram: bytes(cmosBytes),
  /** Nanoseconds at which a second began, and which one it was since 1970; both signed. */
  anchor: u64,
  anchorSecond: u64,
  flags: u8,
  /** Until when the flags are right. */
  told: u64,
};

export class Cmos extends Device<typeof schema> implements ByteWindow {
  readonly schema = schema;
  protected state: StateOf<typeof schema>;
  readonly #wires: CmosWires;
  readonly #alarm: Alarm;

  /** The time of day at the machine's first instant, in seconds since 1970, and what else is in its memory. */
  constructor(startSeconds: number, ram: Uint8Array, wires: CmosWires) {
    super();
    this.#wires = wires;
    this.#alarm = wires.clock.alarm(() => this.settle());
    const begin = new Uint8Array(cmosBytes);
    begin.set(ram.subarray(0, cmosBytes));
    // 32,768 Hz, interrupts 1024 times a second, 24 hours, BCD: as a PC's firmware leaves it.
    begin.set([0x26, 0x02, 0, 0], Status.a);
    this.state = { index: 0, ram: begin, anchor: 0n, anchorSecond: BigInt(Math.floor(startSeconds)), flags: 0, told: wires.clock.now };
  }

  /** A battery keeps time and memory; only interrupts are off. */
  protected fresh(): StateOf<typeof schema> {
    const ram = this.state.ram.slice();
    ram[Status.b] = (ram[Status.b] ?? 0) & ~B.enables;
    return { ...this.state, ram, index: 0, flags: 0 };
  }

  protected override settle(): void {
    this.#catchUp();
    const isHigh = (this.state.flags & this.#b & C.causes) !== 0;
    this.#wires.irq.set(isHigh);
    // Nothing more can be told until register C is read.
    const next = isHigh ? undefined : this.#next();
    if (next === undefined) this.#alarm.cancel();
    else this.#alarm.at(instant(next));
  }

  get isNmiMasked(): boolean {
    return (this.state.index & nmiMask) !== 0;
  }

  read(offset: number): number {
    if (offset !== Port.data) return 0xff;
    const register = this.state.index & 0x7f;
    switch (register) {
      case Status.a:
        return this.#a | (this.#isUpdating ? A.updating : 0);
      case Status.c:
        return this.#readCauses();
      case Status.d:
        return D.valid;
      default:
        if (isTime(register) && !this.#isHeld) putDate(this.state.ram, this.#secondAt(this.#now), this.#b);
        return this.state.ram[register] ?? 0xff;
    }
  }

  write(offset: number, value: number): void {
    if (offset === Port.index) this.state.index = value;
    else {
      this.#catchUp();
      this.#put(this.state.index & 0x7f, value);
      this.settle();
    }
  }

  #put(register: number, value: number): void {
    const { ram } = this.state;
    if (register === Status.c || register === Status.d) return;
    const [wasHeld, wasReset] = [this.#isHeld, this.#isReset];
    if (!wasHeld && (isTime(register) || register === Status.a || register === Status.b)) putDate(ram, this.#secondAt(this.#now), this.#b);
    if (register === Status.a) ram[register] = value & A.kept;
    // While the time is set no update ends: SET.
    else if (register === Status.b) ram[register] = (value & B.set) !== 0 ? value & ~B.update : value;
    else ram[register] = value;
    if (this.#isHeld || (!wasHeld && !isTime(register))) return;
    // The first second after the divider's reset is half as long.
    this.#goOn(takeDate(ram, this.#b), wasReset);
  }

  #goOn(second: number, isHalf: boolean): void {
    const { state } = this;
    const now = this.#now;
    if (isHalf) state.anchor = BigInt.asUintN(64, now - secondNs / 2n);
    const passed = floor(now - BigInt.asIntN(64, state.anchor), secondNs);
    state.anchorSecond = BigInt.asUintN(64, BigInt(second) - passed);
  }

  get #now(): bigint {
    return this.#wires.clock.now;
  }

  get #a(): number {
    return this.state.ram[Status.a] ?? 0;
  }

  get #b(): number {
    return this.state.ram[Status.b] ?? 0;
  }

  get #isReset(): boolean {
    return (this.#a & A.dividerReset) === A.dividerReset;
  }

  /** The time is being set: registers are what was written to them. */
  get #isHeld(): boolean {
    return (this.#b & B.set) !== 0 || this.#isReset;
  }

  get #isUpdating(): boolean {
    return !this.#isHeld && this.#secondAt(this.#now + warningNs) !== this.#secondAt(this.#now);
  }

  #secondAt(now: bigint): number {
    const passed = floor(now - BigInt.asIntN(64, this.state.anchor), secondNs);
    return Number(BigInt.asIntN(64, this.state.anchorSecond + passed));
  }

  /** When a second begins. */
  #beginOf(second: number): bigint {
    return BigInt.asIntN(64, this.state.anchor) + (BigInt(second) - BigInt.asIntN(64, this.state.anchorSecond)) * secondNs;
  }

  /** In ticks of the oscillator; 0 where there is none. The two fastest are those of rates 8 and 9: table 5. */
  get #period(): bigint {
    const rate = this.#a & A.rate;
    if (rate === 0 || this.#isReset) return 0n;
    return 1n << BigInt(rate < 3 ? rate + 6 : rate - 1);
  }

  /** What has happened since it was last looked at. */
  #catchUp(): void {
    const { state } = this;
    const [from, to, period] = [state.told, this.#now, this.#period];
    if (period !== 0n && ticks(to) / period > ticks(from) / period) state.flags |= C.periodic;
    if (!this.#isHeld) {
      const [before, second] = [this.#secondAt(from), this.#secondAt(to)];
      if (second > before) {
        state.flags |= C.update;
        if ((nextAlarm(before, state.ram, this.#b) ?? Number.POSITIVE_INFINITY) <= second) state.flags |= C.alarm;
      }
    }
    state.told = to;
  }

  /** When the first of what is enabled happens. */
  #next(): bigint | undefined {
    const [now, enabled, period] = [this.#now, this.#b, this.#period];
    let first: bigint | undefined;
    const due = (when: bigint): void => {
      // A saved state may be of a time that no number tells exactly.
      const at = when > now ? when : now + secondNs;
      if (first === undefined || at < first) first = at;
    };
    if ((enabled & C.periodic) !== 0 && period !== 0n) due(momentOf((ticks(now) / period + 1n) * period));
    if (this.#isHeld) return first;
    if ((enabled & C.update) !== 0) due(this.#beginOf(this.#secondAt(now) + 1));
    const alarm = (enabled & C.alarm) !== 0 ? nextAlarm(this.#secondAt(now), this.state.ram, enabled) : undefined;
    if (alarm !== undefined) due(this.#beginOf(alarm));
    return first;
  }

  #readCauses(): number {
    this.#catchUp();
    const { flags } = this.state;
    this.state.flags = 0;
    // The line falls even where the next cause comes at once: the 8259 waits for its edge.
    this.#wires.irq.set(false);
    const value = flags | ((flags & this.#b & C.causes) !== 0 ? C.irq : 0);
    this.settle();
    return value;
  }
}

const isTime = (register: number): boolean =>
  register === Register.century || (register < Status.a && register !== 1 && register !== 3 && register !== 5);

const floor = (value: bigint, by: bigint): bigint => (value - (((value % by) + by) % by)) / by;
const ticks = (ns: bigint): bigint => (ns * oscillatorHz) / secondNs;
const momentOf = (tick: bigint): bigint => (tick * secondNs + oscillatorHz - 1n) / oscillatorHz;
