/** A processor's state by the names of the manual. */
import { Eflags, readFlags, Segment, SegmentPart, State, segmentPlace, writeFlags } from '../isa/index.ts';
import { isCanonical, isCanonicalWhenKept } from './canonical.ts';
import { Cr0, Efer } from './memory/paging.ts';
import { Right } from './segment/right.ts';

/** A segment register with what was loaded into its hidden part. */
export interface Loaded {
  readonly selector: number;
  readonly base: bigint;
  /** Last offset there is; of one that expands downwards, the last there isn't. */
  readonly limit: number;
  /** Bits 40 to 55 of its descriptor, but for the limit's: `Right`. */
  readonly rights: number;
}

/** GDTR or IDTR. */
export interface Table {
  readonly base: bigint;
  readonly limit: number;
}

const stackPointer = State.gpr + 8 * 4;

export class Registers {
  readonly #state: DataView;

  constructor(state: DataView) {
    this.#state = state;
  }

  /** Whether code, data or a stack may be there, in 64-bit mode. */
  isCanonical(address: bigint): boolean {
    return isCanonical(this.#state, address);
  }

  /** Whether a register may keep it as an address. */
  isCanonicalWhenKept(address: bigint): boolean {
    return isCanonicalWhenKept(this.#state, address);
  }

  get cpl(): number {
    return this.#state.getUint32(State.cpl, true);
  }

  set cpl(level: number) {
    this.#state.setUint32(State.cpl, level, true);
  }

  get cr0(): number {
    return this.#state.getUint32(State.cr0, true);
  }

  set cr0(value: number) {
    this.#state.setUint32(State.cr0, value, true);
  }

  get cr4(): number {
    return this.#state.getUint32(State.cr4, true);
  }

  set cr3(value: bigint) {
    this.#state.setBigUint64(State.cr3, value, true);
  }

  get flags(): number {
    return readFlags(this.#state);
  }

  set flags(value: number) {
    writeFlags(this.#state, (value & allFlags) | Eflags.one);
  }

  get rip(): bigint {
    return this.#state.getBigUint64(State.rip, true);
  }

  set rip(value: bigint) {
    this.#state.setBigUint64(State.rip, value, true);
  }

  get iopl(): number {
    return (this.flags >>> 12) & 3;
  }

  get isProtected(): boolean {
    return (this.cr0 & Cr0.pe) !== 0;
  }

  /** Virtual-8086 mode. */
  get isVirtual(): boolean {
    return this.isProtected && (this.#state.getUint32(State.flags, true) & Eflags.vm) !== 0;
  }

  /** IA-32e mode: compatibility or 64-bit mode. */
  get isLong(): boolean {
    return (this.#state.getUint32(State.efer, true) & Efer.lma) !== 0;
  }

  get is64(): boolean {
    return this.isLong && (this.#state.getUint32(segmentPlace(Segment.cs) + SegmentPart.rights, true) & Right.long) !== 0;
  }

  /** Tells a debug exception's reason, by masks of DR6. */
  noteDebug(reason: number): void {
    this.#state.setBigUint64(State.dr6, this.#state.getBigUint64(State.dr6, true) | BigInt(reason), true);
  }

  /** Clears bits of DR7. */
  disarm(mask: number): void {
    this.#state.setBigUint64(State.dr7, this.#state.getBigUint64(State.dr7, true) & ~BigInt(mask), true);
  }

  general(number: number): bigint {
    return this.#state.getBigUint64(State.gpr + 8 * number, true);
  }

  setGeneral(number: number, value: bigint): void {
    this.#state.setBigUint64(State.gpr + 8 * number, value, true);
  }

  get stackPointer(): bigint {
    return this.general(4);
  }

  /** How wide it is: SDM Vol. 1, 6.2.3. */
  get stackWidth(): StackWidth {
    return this.is64 ? 64 : stackWidthOf(this.segment(Segment.ss));
  }

  /** The bits that count; those above stay, but for the upper half of what was 32. */
  moveStack(to: bigint, width: StackWidth): void {
    if (width === 16) this.#state.setUint16(stackPointer, Number(to & 0xffffn), true);
    else this.setGeneral(4, BigInt.asUintN(width, to));
  }

  segment(segment: Segment): Loaded {
    return this.loaded(segmentPlace(segment));
  }

  setSegment(segment: Segment, loaded: Loaded): void {
    this.setLoaded(segmentPlace(segment), loaded);
  }

  /** A segment, LDTR or TR, by its place in the state. */
  loaded(place: number): Loaded {
    return {
      selector: this.#state.getUint16(place + SegmentPart.selector, true),
      base: this.#state.getBigUint64(place + SegmentPart.base, true),
      limit: this.#state.getUint32(place + SegmentPart.limit, true),
      rights: this.#state.getUint32(place + SegmentPart.rights, true),
    };
  }

  setLoaded(place: number, { selector, base, limit, rights }: Loaded): void {
    this.#state.setUint32(place + SegmentPart.selector, selector, true);
    this.#state.setBigUint64(place + SegmentPart.base, base, true);
    this.#state.setUint32(place + SegmentPart.limit, limit, true);
    this.#state.setUint32(place + SegmentPart.rights, rights, true);
  }

  setTable(place: number, { base, limit }: Table): void {
    this.#state.setBigUint64(place, base, true);
    this.#state.setUint32(place + 8, limit, true);
  }

  table(place: number): Table {
    return { base: this.#state.getBigUint64(place, true), limit: this.#state.getUint32(place + 8, true) };
  }
}

/** Others are reserved. */
const allFlags = Object.values(Eflags).reduce((all, mask) => all | mask, 0);

export type StackWidth = 16 | 32 | 64;
export const stackWidthOf = ({ rights }: Loaded): 16 | 32 => ((rights & Right.big) === 0 ? 16 : 32);
