/** What handlers have to know to walk page tables by themselves: where memory is, and what physical pages are known to be. */
import { Layout, PageBit, State } from '../../isa/index.ts';
import { Cr4, Efer } from '../control/bits.ts';
import type { Ram } from './ram.ts';

const pageBytes = 4096;
const [pagesInByte, bitsOfPage] = [4, 2];

export class WalkedMemory {
  readonly #ram: Ram;
  readonly #state: DataView;
  readonly #kinds: Uint8Array;
  /** Behind the last byte of those that has something. */
  #end = 0;
  #isWalked = false;
  /** From physical addresses to places in linear memory. */
  #ahead = 0;

  constructor(ram: Ram, state: DataView) {
    this.#ram = ram;
    this.#state = state;
    this.#kinds = new Uint8Array(state.buffer, state.byteOffset + Layout.pages, Layout.lists - Layout.pages);
  }

  /** Forgets what was known, and looks anew: tables of up to four levels are walked, in memory that is one piece, while nobody watches accesses. */
  flush(isWatched: boolean): void {
    this.#kinds.fill(0, 0, this.#end);
    this.#end = 0;
    const state = this.#state;
    const has = (place: number, mask: number): boolean => (state.getUint32(place, true) & mask) === mask;
    const hasFive = has(State.efer, Efer.lma) && has(State.cr4, Cr4.la57);
    const { from, end, place } = this.#ram.alone;
    this.#isWalked = !hasFive && !isWatched && !this.#ram.isWrapped;
    this.#ahead = place - from;
    state.setUint32(State.walked, this.#isWalked ? end - from : 0, true);
    state.setUint32(State.walkedFrom, from, true);
    state.setUint32(State.walkedPlace, this.#ahead >>> 0, true);
  }

  /** A page at a place is memory and nobody's registers; where it has no code, it may be written without a look. */
  note(page: number, place: number, isFree: boolean): void {
    const at = Math.floor(page / pagesInByte);
    if (!this.#isWalked || place !== this.#ahead + page * pageBytes || at >= this.#kinds.length) return;
    this.#kinds[at] = (this.#kinds[at] ?? 0) | ((PageBit.memory | (isFree ? PageBit.writable : 0)) << shiftOf(page));
    this.#end = Math.max(this.#end, at + 1);
  }

  /** Each write to a page is looked at. Whether it may have been written without a look: else nobody knows it as one to be written. */
  forbidWriting(page: number, place: number): boolean {
    const at = Math.floor(page / pagesInByte);
    const isKnown = this.#isWalked && place === this.#ahead + page * pageBytes && at < this.#kinds.length;
    const before = at < this.#end ? (this.#kinds[at] ?? 0) : 0;
    const bit = PageBit.writable << shiftOf(page);
    if ((before & bit) !== 0) this.#kinds[at] = before & ~bit;
    return !isKnown || (before & bit) !== 0;
  }
}

const shiftOf = (page: number): number => bitsOfPage * (page % pagesInByte);
