/**
 * What Xen and its guest have in common: the page of shared information and the record of the processor, xen/include/public/xen.h, struct shared_info and
 * struct vcpu_info. They lie in the guest's own memory once it has said where; until then they are kept here.
 */
import { bytes, Device, flag, type Gpa, gpa, maybe, type StateOf, u8, u48, u64 } from '../../machine/index.ts';
import type { GuestPages } from './guest-pages.ts';
import { pageBytes } from './numbers.ts';

const vcpuBytes = 64;
/** Records of processors in the page: the first ones are there. */
const Vcpu = { pending: 0, mask: 1, time: 32 } as const;
/** Where a guest of either width has what: bits of events that are pending and masked, wall clock, the word that selects words. */
const layouts = {
  long: { pending: 2048, mask: 2560, clock: 3072, clockHigh: 3084, select: 8, longBits: 64 },
  short: { pending: 2048, mask: 2176, clock: 2304, clockHigh: 2340, select: 4, longBits: 32 },
} as const;
/** Of pvclock: its version is even where it is whole; the counter never goes astray. */
const Time = { version: 0, stamp: 8, system: 16, multiplier: 24, shift: 28, flags: 29, bytes: 32 } as const;
const stable = 1;

const schema = {
  /** The page, where the guest has placed it nowhere. */
  own: bytes(pageBytes),
  at: maybe(u48),
  /** Where the processor's record was put apart. */
  vcpuAt: maybe(u48),
  /** Whether it is that of a guest of 64 bits. */
  isLong: flag,
  /** By which the processor hears of events; 0: none. */
  vector: u8,
  /** HVM_PARAM_CALLBACK_IRQ. */
  callback: u64,
  /** So far the time-stamp counter is ahead of time, modulo 2⁶⁴: who sets it is still told the time. */
  ahead: u64,
};

export interface SharedWires {
  readonly pages: GuestPages;
  /** When its time was 0, in seconds since 1970. */
  readonly startSeconds: number;
  /** Interrupts the processor by a vector of its local APIC. */
  readonly interrupt: (vector: number) => void;
  /** There are events now, and perhaps there were none before, for whoever hears of them otherwise. */
  readonly called: (isNew: boolean) => void;
  /** Whether there are any, and how it is heard, may be otherwise now. */
  readonly settled: () => void;
}

export class SharedInfo extends Device<typeof schema> {
  readonly schema = schema;
  protected state: StateOf<typeof schema>;
  readonly #wires: SharedWires;
  readonly #byte = new Uint8Array(1);

  constructor(wires: SharedWires) {
    super();
    this.#wires = wires;
    this.state = this.fresh();
  }

  protected fresh(): StateOf<typeof schema> {
    const own = new Uint8Array(pageBytes);
    own.set(timeRecord(0n), Vcpu.time);
    return { own, at: undefined, vcpuAt: undefined, isLong: true, vector: 0, callback: 0n, ahead: 0n };
  }

  protected override settle(): void {
    this.#wires.settled();
  }

  /** How many events there are bits for, in two levels. */
  get bits(): number {
    return this.#layout.longBits ** 2;
  }

  get callback(): bigint {
    return this.state.callback;
  }

  /** The page comes to lie in this page of the guest's, with what it has. */
  place(at: Gpa): void {
    const page = this.#page;
    this.state.at = at;
    this.#wires.pages.write(at, page);
    this.#tellClock();
  }

  /** The processor's record comes to lie there. False where it was put somewhere already. As in Xen, all events are looked at then. */
  placeVcpu(at: Gpa): boolean {
    if (this.state.vcpuAt !== undefined) return false;
    const record = this.#wires.pages;
    const copy = Uint8Array.from({ length: vcpuBytes }, (_, index) => this.#vcpu(index));
    this.state.vcpuAt = at;
    record.write(at, copy);
    for (let byte = 0; byte < this.#layout.longBits / 8; byte++) this.#setVcpu(this.#layout.select + byte, 0xff);
    this.mark();
    return true;
  }

  /** What a guest of the other width finds elsewhere: told when it sets itself up, as in Xen. */
  latch(isLong: boolean): void {
    if (this.state.isLong === isLong) return;
    this.state.isLong = isLong;
    this.#tellClock();
  }

  setCallback(callback: bigint): void {
    this.state.callback = callback;
  }

  setVector(vector: number): void {
    this.state.vector = vector;
    if (this.isPending) this.#upcall(false);
  }

  /** The processor's time, as the guest is told it. */
  get time(): Uint8Array {
    return timeRecord(this.state.ahead);
  }

  /** The time-stamp counter was set. */
  recounted(ahead: bigint): void {
    this.state.ahead = BigInt.asUintN(64, ahead);
    for (const [index, byte] of this.time.entries()) this.#setVcpu(Vcpu.time + index, byte);
  }

  /** Whether the processor hears of events by its local APIC. */
  get hasVector(): boolean {
    return this.state.vector !== 0;
  }

  /** Whether the processor has not yet looked at what it was told of. */
  get isPending(): boolean {
    return this.#vcpu(Vcpu.pending) !== 0;
  }

  /** An event in two levels of bits: xen/include/public/event_channel.h. */
  raise(port: number): void {
    const { pending, mask } = this.#layout;
    if (this.#setBit(pending, port)) return;
    if (!this.#hasBit(mask, port)) this.#select(port);
  }

  /** It is heard again, and at once where it came meanwhile. */
  unmask(port: number): void {
    const { pending, mask } = this.#layout;
    if (!this.#clearBit(mask, port)) return;
    if (this.#hasBit(pending, port)) this.#select(port);
  }

  /** A port that is nobody's any more. */
  clear(port: number): void {
    this.#clearBit(this.#layout.pending, port);
  }

  isRaised(port: number): boolean {
    return this.#hasBit(this.#layout.pending, port);
  }

  /** Tells the processor that there is something to be looked at: also where it was told already, for its local APIC takes nothing before it is enabled. */
  mark(): void {
    const isNew = !this.isPending;
    this.#setVcpu(Vcpu.pending, 1);
    this.#upcall(isNew);
  }

  #select(port: number): void {
    const { select, longBits } = this.#layout;
    const word = Math.floor(port / longBits);
    const at = select + (word >> 3);
    this.#setVcpu(at, this.#vcpu(at) | (1 << (word & 7)));
    this.mark();
  }

  #upcall(isNew: boolean): void {
    if (this.state.vector !== 0) this.#wires.interrupt(this.state.vector);
    else this.#wires.called(isNew);
  }

  get #layout(): (typeof layouts)['long' | 'short'] {
    return this.state.isLong ? layouts.long : layouts.short;
  }

  /** What isn't said anew never changes: its time is that of the counter. */
  #tellClock(): void {
    const { clock, clockHigh } = this.#layout;
    const seconds = Math.floor(this.#wires.startSeconds);
    const record = new DataView(new ArrayBuffer(12));
    record.setUint32(0, 2, true);
    record.setUint32(4, seconds % 2 ** 32, true);
    record.setUint32(8, Math.floor((this.#wires.startSeconds - seconds) * 1e9), true);
    for (let byte = 0; byte < 12; byte++) this.#set(clock + byte, record.getUint8(byte));
    const high = Math.floor(seconds / 2 ** 32);
    for (let byte = 0; byte < 4; byte++) this.#set(clockHigh + byte, (high >>> (8 * byte)) & 0xff);
  }

  get #page(): Uint8Array {
    return this.state.at === undefined ? this.state.own : this.#wires.pages.copy(this.state.at, pageBytes);
  }

  #hasBit(from: number, bit: number): boolean {
    return (this.#get(from + (bit >> 3)) & (1 << (bit & 7))) !== 0;
  }

  /** Whether it was set before. */
  #setBit(from: number, bit: number): boolean {
    const was = this.#hasBit(from, bit);
    if (!was) this.#set(from + (bit >> 3), this.#get(from + (bit >> 3)) | (1 << (bit & 7)));
    return was;
  }

  #clearBit(from: number, bit: number): boolean {
    const was = this.#hasBit(from, bit);
    if (was) this.#set(from + (bit >> 3), this.#get(from + (bit >> 3)) & ~(1 << (bit & 7)));
    return was;
  }

  #get(offset: number): number {
    return this.state.at === undefined ? (this.state.own[offset] ?? 0) : this.#at(this.state.at + offset);
  }

  #set(offset: number, value: number): void {
    if (this.state.at === undefined) this.state.own[offset] = value;
    else this.#wires.pages.setU8(this.state.at + offset, value);
  }

  #vcpu(offset: number): number {
    return this.state.vcpuAt === undefined ? this.#get(offset) : this.#at(this.state.vcpuAt + offset);
  }

  #setVcpu(offset: number, value: number): void {
    if (this.state.vcpuAt === undefined) this.#set(offset, value);
    else this.#wires.pages.setU8(this.state.vcpuAt + offset, value);
  }

  #at(at: number): number {
    this.#wires.pages.read(gpa(at), this.#byte);
    return this.#byte[0] ?? 0;
  }
}

/** Its time is the counter's, tick by tick a nanosecond: struct vcpu_time_info. */
const timeRecord = (ahead: bigint): Uint8Array => {
  const record = new DataView(new ArrayBuffer(Time.bytes));
  record.setUint32(Time.version, 2, true);
  record.setBigUint64(Time.stamp, ahead, true);
  // Nanoseconds are (ticks << shift) × multiplier >> 32.
  record.setUint32(Time.multiplier, 0x8000_0000, true);
  record.setInt8(Time.shift, 1);
  record.setUint8(Time.flags, stable);
  return new Uint8Array(record.buffer);
};
