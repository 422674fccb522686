/** A program's registers, from the processor's state to where its process has them while it stands still, and back: with nothing that a program could not have. */
import { linuxFrame } from '../abi/index.ts';
import { Efer } from '../cpu/index.ts';
import { Eflags, Mxcsr, readFlags, State, writeFlags, X87Control } from '../isa/index.ts';
import { Segments, type SegmentWords, type Width } from './segments.ts';

const { context, registerOrder, vectors } = linuxFrame;

/** What of EFLAGS a program has of its own, whatever its privilege: the rest stays the processor's. */
const own =
  linuxFrame.unreturned | Eflags.cf | Eflags.pf | Eflags.af | Eflags.zf | Eflags.sf | Eflags.of | Eflags.df | Eflags.tf | Eflags.ac;
/** x87, SSE and AVX: SDM Vol. 1, 13.1. */
const components = 7;
const stackMask = 7;
/** General registers that there are outside long mode, by their numbers. */
const ofLegacy = 8;

/** Where a process has them: from its first byte on. */
export interface Place extends SegmentWords {
  readonly vectors: number;
}

export class Frame {
  readonly #state: DataView;
  readonly #words: Int32Array;
  readonly #place: Place;
  readonly #theirs: Int32Array;
  readonly #segments: Segments;

  constructor(state: DataView, place: Place) {
    this.#state = state;
    this.#words = new Int32Array(state.buffer, state.byteOffset, State.size / 4);
    this.#place = place;
    const { shared } = place;
    this.#theirs = new Int32Array(shared.buffer, shared.byteOffset, shared.byteLength / 4);
    this.#segments = new Segments(state, place);
  }

  /** Before a program of this width runs there. */
  put(width: Width): void {
    const { shared, context: at, vectors: area } = this.#place;
    const [state, words, theirs] = [this.#state, this.#words, this.#theirs];
    const isLong = this.#isLong;
    for (let index = 0; index < 16; index++) {
      const number = registerOrder[index] ?? 0;
      const [from, to] = [(State.gpr >> 2) + 2 * number, ((at + context.registers) >> 2) + 2 * index];
      theirs[to] = isLong || number < ofLegacy ? (words[from] ?? 0) : 0;
      theirs[to + 1] = isLong ? (words[from + 1] ?? 0) : 0;
    }
    copy(words, State.rip >> 2, theirs, (at + context.rip) >> 2, 2);
    const flags = readFlags(state);
    theirs[(at + context.flags) >> 2] = (flags & own) | Eflags.if | Eflags.one;
    theirs[((at + context.flags) >> 2) + 1] = 0;
    this.#segments.put(width);
    for (let index = 0; index < 16; index++) {
      const from = (State.vectors >> 2) + 16 * index;
      copy(words, from, theirs, ((area + vectors.xmm) >> 2) + 4 * index, 4);
      copy(words, from + 4, theirs, ((area + vectors.upper) >> 2) + 4 * index, 4);
    }
    theirs[(area + vectors.mxcsr) >> 2] = state.getUint32(State.mxcsr, true);
    const status = state.getUint16(State.x87Status, true);
    shared.setUint16(area + vectors.control, state.getUint16(State.x87Control, true), true);
    shared.setUint16(area + vectors.status, status, true);
    shared.setUint16(area + vectors.tags, state.getUint8(State.x87Full), true);
    shared.setUint16(area + vectors.opcode, state.getUint16(State.x87Opcode, true), true);
    copy(words, State.x87Code >> 2, theirs, (area + vectors.code) >> 2, 2);
    copy(words, State.x87Data >> 2, theirs, (area + vectors.data) >> 2, 2);
    const top = (status >> 11) & stackMask;
    for (let index = 0; index < 8; index++) {
      const from = (State.x87 >> 2) + 4 * ((top + index) & stackMask);
      copy(words, from, theirs, ((area + vectors.stack) >> 2) + 4 * index, 3);
    }
    // All else that its processor may have is as after a reset.
    theirs[(area + vectors.header) >> 2] = components;
    theirs[((area + vectors.header) >> 2) + 1] = 0;
  }

  /** After it has stopped. False where no program could have what is there, and nothing has changed then. */
  take(): boolean {
    const { shared, context: at, vectors: area, bases } = this.#place;
    const [state, words, theirs] = [this.#state, this.#words, this.#theirs];
    const addresses = [at + context.rip, bases.fs, bases.gs];
    if (addresses.some((place) => !isCanonical(shared.getInt32(place + 4, true))) || !this.#segments.take()) return false;
    const isLong = this.#isLong;
    for (let index = 0; index < 16; index++) {
      const number = registerOrder[index] ?? 0;
      if (!isLong && number >= ofLegacy) continue;
      const [to, from] = [(State.gpr >> 2) + 2 * number, ((at + context.registers) >> 2) + 2 * index];
      words[to] = theirs[from] ?? 0;
      words[to + 1] = isLong ? (theirs[from + 1] ?? 0) : 0;
    }
    copy(theirs, (at + context.rip) >> 2, words, State.rip >> 2, 2);
    writeFlags(state, (readFlags(state) & ~own) | (shared.getUint32(at + context.flags, true) & own));
    const used = shared.getUint32(area + vectors.header, true);
    for (let index = 0; index < 16; index++) {
      const to = (State.vectors >> 2) + 16 * index;
      copyUsed((used & 2) !== 0, theirs, ((area + vectors.xmm) >> 2) + 4 * index, words, to);
      copyUsed((used & 4) !== 0, theirs, ((area + vectors.upper) >> 2) + 4 * index, words, to + 4);
    }
    state.setUint32(State.mxcsr, shared.getUint32(area + vectors.mxcsr, true) & (Mxcsr.control | Mxcsr.flags), true);
    this.#takeStack((used & 1) !== 0);
    return true;
  }

  /** Whether the system is one of 64 bits: others have halves of registers, and half of them. */
  get #isLong(): boolean {
    return (this.#state.getUint32(State.efer, true) & Efer.lma) !== 0;
  }

  #takeStack(isUsed: boolean): void {
    const { shared, vectors: area } = this.#place;
    const [state, words, theirs] = [this.#state, this.#words, this.#theirs];
    const control = isUsed ? shared.getUint16(area + vectors.control, true) : X87Control.initial;
    const status = isUsed ? shared.getUint16(area + vectors.status, true) : 0;
    state.setUint16(State.x87Control, (control & X87Control.writable) | X87Control.always, true);
    state.setUint16(State.x87Status, status, true);
    state.setUint8(State.x87Full, isUsed ? shared.getUint8(area + vectors.tags) : 0);
    state.setUint16(State.x87Opcode, isUsed ? shared.getUint16(area + vectors.opcode, true) & 0x7ff : 0, true);
    copyUsed(isUsed, theirs, (area + vectors.code) >> 2, words, State.x87Code >> 2, 2);
    copyUsed(isUsed, theirs, (area + vectors.data) >> 2, words, State.x87Data >> 2, 2);
    const top = (status >> 11) & stackMask;
    for (let index = 0; index < 8; index++) {
      const to = (State.x87 >> 2) + 4 * ((top + index) & stackMask);
      copyUsed(isUsed, theirs, ((area + vectors.stack) >> 2) + 4 * index, words, to, 2);
      words[to + 2] = isUsed ? (theirs[((area + vectors.stack) >> 2) + 4 * index + 2] ?? 0) & 0xffff : 0;
    }
  }
}

const copy = (from: Int32Array, at: number, to: Int32Array, there: number, count: number): void => {
  for (let index = 0; index < count; index++) to[there + index] = from[at + index] ?? 0;
};

/** Zeros where nothing was written. */
const copyUsed = (isUsed: boolean, from: Int32Array, at: number, to: Int32Array, there: number, count = 4): void => {
  if (isUsed) copy(from, at, to, there, count);
  else to.fill(0, there, there + count);
};

/** By its upper half: of 48 bits, as programs' processes have them. */
const isCanonical = (high: number): boolean => high >> 15 === 0 || high >> 15 === -1;
