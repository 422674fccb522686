/** A program's registers, from the processor's state to where its process has them while it stands still, and back: with nothing that a program could not have. */
import { linuxFrame } from '../abi/index.ts';
import { Eflags, Mxcsr, readFlags, Segment, SegmentPart, State, segmentPlace, writeFlags, X87Control } from '../isa/index.ts';

const { context, registerOrder, selectors, vectors } = linuxFrame;

/** What of EFLAGS a program has of its own, whatever its privilege: the rest stays the processor's. */
const own = Eflags.cf | Eflags.pf | Eflags.af | Eflags.zf | Eflags.sf | Eflags.of | Eflags.df | Eflags.tf | Eflags.ac;
/** x87, SSE and AVX: SDM Vol. 1, 13.1. */
const components = 7;
const stackMask = 7;
const [fs, gs] = [segmentPlace(Segment.fs) + SegmentPart.base, segmentPlace(Segment.gs) + SegmentPart.base];

/** Of segments that begin at 0 and end nowhere, as programs have them: code of 32 bits, and data. SDM Vol. 3A, 3.4.5. */
const flat = { code: 0xc0fb, data: 0xc0f3, limit: 0xffff_ffff } as const;

/** Where a process has them: from its first byte on, the words of `Frame.place`. */
export interface Place {
  readonly shared: DataView;
  readonly context: number;
  readonly vectors: number;
  /** Where FS and GS begin. */
  readonly bases: { readonly fs: number; readonly gs: number };
  /** Where the selectors of DS, ES, FS and GS are, of 2 bytes each. */
  readonly data: number;
}

export class Frame {
  readonly #state: DataView;
  readonly #words: Int32Array;
  readonly #place: Place;
  readonly #theirs: Int32Array;

  constructor(state: DataView, place: Place) {
    this.#state = state;
    this.#words = new Int32Array(state.buffer, state.byteOffset, State.size / 4);
    this.#place = place;
    const { shared } = place;
    this.#theirs = new Int32Array(shared.buffer, shared.byteOffset, shared.byteLength / 4);
  }

  /** Before a program runs there. */
  put(): void {
    const { shared, context: at, vectors: area, bases } = this.#place;
    const [state, words, theirs] = [this.#state, this.#words, this.#theirs];
    for (let index = 0; index < 16; index++) {
      const [from, to] = [(State.gpr >> 2) + 2 * (registerOrder[index] ?? 0), ((at + context.registers) >> 2) + 2 * index];
      theirs[to] = words[from] ?? 0;
      theirs[to + 1] = words[from + 1] ?? 0;
    }
    copy(words, State.rip >> 2, theirs, (at + context.rip) >> 2, 2);
    const flags = readFlags(state);
    theirs[(at + context.flags) >> 2] = (flags & own) | Eflags.if | Eflags.one;
    theirs[((at + context.flags) >> 2) + 1] = 0;
    shared.setUint16(at + context.cs, selectors.code, true);
    shared.setUint16(at + context.ss, selectors.stack, true);
    shared.setBigUint64(this.#place.data, 0n, true);
    copy(words, fs >> 2, theirs, bases.fs >> 2, 2);
    copy(words, gs >> 2, theirs, bases.gs >> 2, 2);
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
    if (addresses.some((place) => !isCanonical(shared.getInt32(place + 4, true))) || !this.#takeSegments()) return false;
    for (let index = 0; index < 16; index++) {
      const [to, from] = [(State.gpr >> 2) + 2 * (registerOrder[index] ?? 0), ((at + context.registers) >> 2) + 2 * index];
      words[to] = theirs[from] ?? 0;
      words[to + 1] = theirs[from + 1] ?? 0;
    }
    copy(theirs, (at + context.rip) >> 2, words, State.rip >> 2, 2);
    writeFlags(state, (readFlags(state) & ~own) | (shared.getUint32(at + context.flags, true) & own));
    copy(theirs, bases.fs >> 2, words, fs >> 2, 2);
    copy(theirs, bases.gs >> 2, words, gs >> 2, 2);
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

  /** A program may have gone to code of 32 bits, or have loaded a segment register by itself. */
  #takeSegments(): boolean {
    const { shared, context: at, data } = this.#place;
    const code = shared.getUint16(at + context.cs, true);
    if ((code !== selectors.code && code !== selectors.code32) || shared.getUint16(at + context.ss, true) !== selectors.stack) return false;
    const loaded = [Segment.ds, Segment.es, Segment.fs, Segment.gs].map(
      (segment, index) => [segment, shared.getUint16(data + 2 * index, true)] as const,
    );
    // What else there is of the host's, there is no such of the guest's.
    if (loaded.some(([, selector]) => selector !== 0 && selector !== selectors.stack)) return false;
    if (code === selectors.code32) this.#load(Segment.cs, code, flat.code);
    for (const [segment, selector] of loaded) if (selector !== 0) this.#load(segment, selector, flat.data);
    return true;
  }

  #load(segment: Segment, selector: number, rights: number): void {
    const place = segmentPlace(segment);
    this.#state.setUint32(place + SegmentPart.selector, selector, true);
    this.#state.setUint32(place + SegmentPart.rights, rights, true);
    this.#state.setUint32(place + SegmentPart.limit, flat.limit, true);
    this.#state.setBigUint64(place + SegmentPart.base, 0n, true);
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
