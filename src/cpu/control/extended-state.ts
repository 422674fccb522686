/** XCR0, and XSAVE and its kin: SDM Vol. 1, 13.3 and 13.7 to 13.11. The area is put together as FXSAVE does it, and goes to memory part by part. */
import { Mxcsr, State, X87Control, x87Of, x87Operation } from '../../isa/index.ts';
import { Vector } from '../fault.ts';
import { Cr0, Cr4 } from './bits.ts';
import { areaBytes, avx, type Component, components, Header, mxcsrPart, sse, wholeBytes, x87 } from './extended-area.ts';
import { require, SystemState } from './system-state.ts';
import type { Wires } from './wires.ts';

/** XSAVE · XSAVEOPT leaves out what is as after a reset · XSAVEC does, and says so in the header. */
export type Saving = 'all' | 'used' | 'compacted';

const legacyBytes = 512;

export class ExtendedState {
  readonly #state: SystemState;
  readonly #memory: Wires['memory'];
  readonly #features: Wires['features'];
  readonly #perform: ReturnType<typeof x87Of>;

  constructor({ state, features, memory }: Wires) {
    this.#state = new SystemState(state);
    this.#memory = memory;
    this.#features = features;
    this.#perform = x87Of(state);
  }

  /** XGETBV; of 1, which parts are not as after a reset. */
  read(number: bigint): bigint {
    this.#requireEnabled();
    const hasUsed = this.#features.has('xgetbv1');
    require(number === 0n || (number === 1n && hasUsed));
    const enabled = this.#state.get(State.xcr0);
    return number === 0n ? enabled : enabled & this.#used;
  }

  /** XSETBV. */
  write(number: bigint, value: bigint): void {
    this.#requireEnabled();
    this.#state.requirePrivilege();
    require(number === 0n && possibleXcr0(value, this.#features));
    this.#state.set(State.xcr0, value);
  }

  save(linear: bigint, mask: bigint, isWide: boolean, saving: Saving): void {
    const wanted = this.#begin(linear, mask);
    // Without a mask of its own, MXCSR is in use where it isn't as after a reset.
    const hasMxcsr = this.#state.low(State.mxcsr) !== Mxcsr.initial;
    const used = saving === 'compacted' && hasMxcsr ? this.#used | maskOf([sse]) : this.#used;
    const written = saving === 'all' ? wanted : wanted & used;
    this.#memory.probe(linear, areaBytes(Number(wanted)));
    const image = this.#image(isWide);
    for (const component of components) if ((written & maskOf([component])) !== 0n) this.#put(linear, image, this.#partsOf(component));
    if ((saving === 'compacted' ? written & maskOf([sse]) : wanted & withMxcsr) !== 0n) this.#put(linear, image, [mxcsrPart]);
    const at = linear + BigInt(Header.at);
    const old = saving === 'compacted' ? 0n : this.#memory.read(at, 8) & ~wanted;
    this.#memory.write(at, 8, old | (wanted & used));
    if (saving === 'compacted') this.#memory.write(at + 8n, 8, wanted | Header.compactedBit);
  }

  /** XSAVES: 13.11. There is no supervisor's part: IA32_XSS has no bit. */
  saveSupervised(linear: bigint, mask: bigint, isWide: boolean): void {
    this.#requireSupervisor();
    this.save(linear, mask, isWide, 'compacted');
  }

  /** XRSTORS: 13.12. */
  restoreSupervised(linear: bigint, mask: bigint, isWide: boolean): void {
    this.#requireSupervisor();
    this.restore(linear, mask, isWide, true);
  }

  /** `mustBeCompacted`: a standard area is #GP. */
  restore(linear: bigint, mask: bigint, isWide: boolean, mustBeCompacted = false): void {
    const wanted = this.#begin(linear, mask);
    const head = this.#memory.readBytes(linear, Header.at + Header.bytes);
    const header = new DataView(head.buffer, Header.at, Header.bytes);
    const there = header.getBigUint64(0, true);
    const isCompacted = this.#requireHeader(header, there);
    require(isCompacted || !mustBeCompacted);
    const area = this.#memory.readBytes(linear, areaBytes(Number(wanted & there)));
    const image = this.#image(isWide);
    for (const component of components) {
      const bit = maskOf([component]);
      if ((wanted & bit) === 0n) continue;
      const from = (there & bit) === 0n ? initial : area;
      for (const [at, bytes] of this.#partsOf(component)) image.set(from.subarray(at, at + bytes), at);
    }
    if ((wanted & (isCompacted ? maskOf([sse]) : withMxcsr)) !== 0n) {
      const isLoaded = !isCompacted || (there & maskOf([sse])) !== 0n;
      image.set((isLoaded ? area : initial).subarray(mxcsrPart[0], mxcsrPart[0] + 4), mxcsrPart[0]);
    }
    this.#load(image, wanted, isWide);
  }

  /** The components that are meant. #UD, #NM and #GP as 13.7 has them. */
  #begin(linear: bigint, mask: bigint): bigint {
    this.#requireEnabled();
    require(!this.#state.has(State.cr0, Cr0.ts), Vector.nm);
    require((linear & 63n) === 0n && (!this.#state.is64 || this.#state.isCanonical(linear)));
    return this.#state.get(State.xcr0) & mask;
  }

  /** 13.8.1 and 13.8.2; whether it is in the compacted format. */
  #requireHeader(header: DataView, there: bigint): boolean {
    const format = header.getBigUint64(8, true);
    const enabled = this.#state.get(State.xcr0);
    const isCompacted = (format & Header.compactedBit) !== 0n;
    const possible = isCompacted ? format & ~Header.compactedBit : enabled;
    require(isCompacted ? (this.#features.has('xsavec') || this.#features.has('xsaves')) && (possible & ~enabled) === 0n : format === 0n);
    require((there & ~possible) === 0n);
    // Of the standard format, only eight bytes more are looked at.
    for (let at = 16; at < (isCompacted ? Header.bytes : 24); at += 8) require(header.getBigUint64(at, true) === 0n);
    return isCompacted;
  }

  /** XINUSE: which components are not as after a reset. */
  get #used(): bigint {
    const image = this.#image(true);
    const isUsed = (component: Component): boolean =>
      this.#partsOf(component).some(([from, bytes]) => image.subarray(from, from + bytes).some((byte, at) => byte !== initial[from + at]));
    return maskOf(components.filter(isUsed));
  }

  #partsOf(component: Component): Component['parts'] {
    return component === x87 || this.#state.is64 ? component.parts : component.parts.map(([from, bytes]) => [from, bytes / 2]);
  }

  #put(linear: bigint, image: Uint8Array, parts: Component['parts']): void {
    for (const [from, bytes] of parts) this.#memory.writeBytes(linear + BigInt(from), image.subarray(from, from + bytes));
  }

  /** What FXSAVE would store, and the upper halves where they belong. */
  #image(isWide: boolean): Uint8Array {
    const image = new Uint8Array(wholeBytes);
    this.#perform(x87Operation(`fxsave${this.#kind(isWide)}`), 0, State.bounce);
    image.set(this.#bounce);
    for (const [at, place] of upperHalves) image.set(this.#bytes(place, 16), at);
    return image;
  }

  /** Without x87, no pointer of it is touched. */
  #load(image: Uint8Array, wanted: bigint, isWide: boolean): void {
    const view = new DataView(image.buffer);
    const mxcsr = view.getUint32(mxcsrPart[0], true);
    require((mxcsr & ~(Mxcsr.control | Mxcsr.flags)) === 0);
    for (const [at, place] of upperHalves) this.#bytes(place, 16).set(image.subarray(at, at + 16));
    if ((wanted & maskOf([x87])) !== 0n) {
      this.#bounce.set(image.subarray(0, legacyBytes));
      this.#perform(x87Operation(`fxrstor${this.#kind(isWide)}`), 0, State.bounce);
      return;
    }
    this.#state.view.setUint32(State.mxcsr, mxcsr, true);
    // What it hasn't, stays: half of the vectors are of 64-bit mode.
    const end = this.#state.is64 ? 256 : 128;
    for (let at = 0; at < end; at += 8) this.#state.set(State.vectors + 64 * (at >> 4) + (at & 8), view.getBigUint64(160 + at, true));
  }

  #kind(isWide: boolean): string {
    return isWide ? '64 16' : this.#state.is64 ? ' 16' : ' 8';
  }

  get #bounce(): Uint8Array {
    return this.#bytes(State.bounce, legacyBytes);
  }

  #bytes(place: number, count: number): Uint8Array {
    const { buffer, byteOffset } = this.#state.view;
    return new Uint8Array(buffer, byteOffset + place, count);
  }

  /** #UD and #NM come first. */
  #requireSupervisor(): void {
    this.#requireEnabled();
    require(!this.#state.has(State.cr0, Cr0.ts), Vector.nm);
    this.#state.requirePrivilege();
  }

  #requireEnabled(): void {
    require(this.#state.has(State.cr4, Cr4.osxsave), Vector.ud);
  }
}

const maskOf = (which: readonly Component[]): bigint => which.reduce((mask, { bit }) => mask | (1n << BigInt(bit)), 0n);

/** Whether XCR0 may be this: x87 always, AVX never without SSE. SDM Vol. 1, 13.3. */
export const possibleXcr0 = (value: bigint, features: Wires['features']): boolean => {
  const possible = maskOf(components.filter(({ feature }) => features.has(feature))) | 1n;
  return (value & ~possible) === 0n && (value & 1n) !== 0n && ((value & 4n) === 0n || (value & 2n) !== 0n);
};

/** MXCSR goes with either. */
const withMxcsr = maskOf([sse, avx]);

/** Where they are in the area, and in the state. */
const upperHalves = Array.from({ length: 16 }, (_, number) => [576 + 16 * number, State.vectors + 64 * number + 16] as const);

/** The area as after a reset: SDM Vol. 1, 13.6. */
const initial: Uint8Array = (() => {
  const area = new Uint8Array(wholeBytes);
  const view = new DataView(area.buffer);
  view.setUint16(0, X87Control.initial, true);
  view.setUint32(mxcsrPart[0], Mxcsr.initial, true);
  return area;
})();
