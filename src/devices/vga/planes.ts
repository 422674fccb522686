/**
 * The window on video memory at A0000h: IBM's reference, "Display Memory" and "Graphics Controller".
 * The byte of plane p at address a lies at 4 * a + p, so a pixel of mode X is a byte, and the latches are one word.
 */
import type { Piecewise, Width, Window } from '../../machine/index.ts';
import { isLinear, isOn } from './dispi.ts';
import { Gr, GraphicsMisc, GraphicsMode, MemoryMode, Misc, Sr } from './registers.ts';
import type { VgaState } from './state.ts';

/** Of the window, by the graphics controller's memory map. */
const maps = [
  [0, 0x2_0000],
  [0, 0x1_0000],
  [0x1_0000, 0x8000],
  [0x1_8000, 0x8000],
] as const;
const everywhere = maps[0];

/** Marks what was written: one byte for each so many of video memory. */
export const blockBits = 10;

/** Four bits, each as a byte of its plane. */
const spread = Int32Array.from({ length: 16 }, (_, bits) =>
  [0, 1, 2, 3].reduce((word, plane) => ((bits >> plane) & 1) * (0xff << (8 * plane)) + word, 0),
);
const planesOf = (bits: number): number => spread[bits & 0x0f] ?? 0;

export class Planes implements Window, Piecewise {
  readonly #memory: Uint8Array;
  readonly #words: Int32Array;
  readonly #written: Uint8Array;
  #state: VgaState;

  constructor(memory: Uint8Array, written: Uint8Array, state: VgaState) {
    this.#memory = memory;
    this.#words = new Int32Array(memory.buffer, memory.byteOffset, memory.length >> 2);
    this.#written = written;
    this.#state = state;
  }

  /** After a reset or a load its registers are others. */
  follow(state: VgaState): void {
    this.#state = state;
  }

  read(offset: number, bytes: Width): number {
    let value = 0;
    for (let byte = 0; byte < bytes; byte++) value += this.#read(offset + byte) * 2 ** (8 * byte);
    return value;
  }

  write(offset: number, value: number, bytes: Width): void {
    for (let byte = 0; byte < bytes; byte++) this.#write(offset + byte, (value >>> (8 * byte)) & 0xff);
  }

  readPiece(offset: number, into: Uint8Array): void {
    for (let at = 0; at < into.length; at++) into[at] = this.#read(offset + at);
  }

  /** As firmware and drivers clear and fill text and fonts: bytes go to planes as they are. Anything else goes byte by byte. */
  writePiece(offset: number, bytes: Uint8Array): void {
    const last = bytes.length - 1;
    const [from, to] = [this.#within(offset), this.#within(offset + last)];
    const bank = this.#bank;
    if (from < 0 || to < 0 || !this.#isPlain || bank + 0xffff >= this.#words.length || from >> 16 !== to >> 16) {
      for (let at = 0; at <= last; at++) this.#write(offset + at, bytes[at] ?? 0);
      return;
    }
    const { sequencer } = this.#state;
    const map = sequencer[Sr.mapMask] ?? 0;
    const isSequential = ((sequencer[Sr.memoryMode] ?? 0) & MemoryMode.sequential) !== 0;
    const [even, odd] = isSequential ? [planesOf(map), planesOf(map)] : [planesOf(map & 0x05), planesOf(map & 0x0a)];
    const words = this.#words;
    const counted = this.#chained(0xffff);
    for (let at = 0; at <= last; at++) {
      const address = from + at;
      const mask = (address & 1) === 0 ? even : odd;
      const word = bank + (address & counted);
      words[word] = ((words[word] ?? 0) & ~mask) | (Math.imul(bytes[at] ?? 0, 0x0101_0101) & mask);
    }
    const block = (address: number): number => (bank + (address & counted)) >> (blockBits - 2);
    this.#written.fill(1, block(from), block(to) + 1);
  }

  /** Whether each byte is what those planes get that are written. */
  get #isPlain(): boolean {
    const { dispi, sequencer, graphics } = this.#state;
    const of = (register: number): number => graphics[register] ?? 0;
    return (
      !isLinear(dispi) &&
      ((sequencer[Sr.memoryMode] ?? 0) & MemoryMode.chain4) === 0 &&
      (of(Gr.mode) & GraphicsMode.write) === 0 &&
      (of(Gr.enableSetReset) & 0x0f) === 0 &&
      (of(Gr.rotate) & 0x1f) === 0 &&
      of(Gr.bitMask) === 0xff
    );
  }

  #read(offset: number): number {
    const state = this.#state;
    const address = this.#within(offset);
    if (address < 0) return 0xff;
    const { dispi, graphics, sequencer } = state;
    if (isLinear(dispi)) return this.#memory[dispi.bank * 0x1_0000 + address] ?? 0xff;
    const mode = graphics[Gr.mode] ?? 0;
    if (((sequencer[Sr.memoryMode] ?? 0) & MemoryMode.chain4) !== 0) {
      state.latch = this.#words[this.#bank + inFours(address)] ?? 0;
      return (state.latch >>> (8 * (address & 3))) & 0xff;
    }
    const isOddEven = (mode & GraphicsMode.oddEven) !== 0;
    state.latch = this.#words[this.#bank + this.#chained(address)] ?? 0;
    if ((mode & GraphicsMode.compare) !== 0) return this.#compared();
    const map = graphics[Gr.readMap] ?? 0;
    const plane = isOddEven ? (map & 2) | (address & 1) : map & 3;
    return (state.latch >>> (8 * plane)) & 0xff;
  }

  #write(offset: number, value: number): void {
    const state = this.#state;
    const address = this.#within(offset);
    if (address < 0) return;
    const { dispi, sequencer } = state;
    if (isLinear(dispi)) {
      this.#put(dispi.bank * 0x1_0000 + address, value);
      return;
    }
    const memoryMode = sequencer[Sr.memoryMode] ?? 0;
    let map = sequencer[Sr.mapMask] ?? 0;
    if ((memoryMode & MemoryMode.chain4) !== 0) {
      const plane = address & 3;
      if (((map >> plane) & 1) !== 0) this.#put(4 * (this.#bank + inFours(address)) + plane, value);
      return;
    }
    if ((memoryMode & MemoryMode.sequential) === 0) map &= (address & 1) === 0 ? 0x05 : 0x0a;
    const at = this.#bank + this.#chained(address);
    if (at >= this.#words.length) return;
    const mask = planesOf(map);
    this.#words[at] = ((this.#words[at] ?? 0) & ~mask) | (this.#made(value) & mask);
    this.#written[at >> (blockBits - 2)] = 1;
  }

  /** Negative where video memory isn't shown to the processor. */
  #within(offset: number): number {
    const { misc, graphics } = this.#state;
    const [from, bytes] = maps[((graphics[Gr.misc] ?? 0) & GraphicsMisc.map) >> 2] ?? everywhere;
    if ((misc & Misc.memory) === 0 || offset < from || offset >= from + bytes) return -1;
    return offset - from;
  }

  /** Planar 4-bit modes of the display interface have banks; the planes of others are 64 KiB each. */
  get #bank(): number {
    const { dispi } = this.#state;
    return isOn(dispi) ? dispi.bank * 0x1_0000 : 0;
  }

  /** While odd addresses are another plane's, bit 0 is no part of the address. */
  #chained(address: number): number {
    const isChained = ((this.#state.graphics[Gr.misc] ?? 0) & GraphicsMisc.chain) !== 0;
    return address & (isChained ? 0xfffe : 0xffff);
  }

  #put(at: number, value: number): void {
    if (at >= this.#memory.length) return;
    this.#memory[at] = value;
    this.#written[at >> blockBits] = 1;
  }

  /** Read mode 1: of eight pixels those whose colour is the one compared with. */
  #compared(): number {
    const { graphics, latch } = this.#state;
    const differing = (latch ^ planesOf(graphics[Gr.compare] ?? 0)) & planesOf(graphics[Gr.careless] ?? 0);
    return ~(differing | (differing >>> 8) | (differing >>> 16) | (differing >>> 24)) & 0xff;
  }

  /** What the four planes are given, by the write mode. */
  #made(value: number): number {
    const { graphics, latch } = this.#state;
    const mode = (graphics[Gr.mode] ?? 0) & GraphicsMode.write;
    if (mode === 1) return latch;
    const rotate = graphics[Gr.rotate] ?? 0;
    const turned = ((value >> (rotate & 7)) | (value << (8 - (rotate & 7)))) & 0xff;
    const set = planesOf(graphics[Gr.setReset] ?? 0);
    let bits = Math.imul(graphics[Gr.bitMask] ?? 0, 0x0101_0101);
    let word: number;
    if (mode === 0) {
      const enabled = planesOf(graphics[Gr.enableSetReset] ?? 0);
      word = (Math.imul(turned, 0x0101_0101) & ~enabled) | (set & enabled);
    } else if (mode === 2) word = planesOf(value);
    else {
      word = set;
      bits &= Math.imul(turned, 0x0101_0101);
    }
    return (combined(word, latch, rotate >> 3) & bits) | (latch & ~bits);
  }
}

/** In chain-4 mode the lowest two bits are the plane, and the highest two take their place: as doubleword mode counts. */
const inFours = (address: number): number => (address & 0xfffc) | (address >> 14);

const combined = (word: number, latch: number, how: number): number => {
  switch (how & 3) {
    case 1:
      return word & latch;
    case 2:
      return word | latch;
    case 3:
      return word ^ latch;
    default:
      return word;
  }
};
