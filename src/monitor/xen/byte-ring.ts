/** A ring of bytes in a page of the guest's: who writes counts on, who reads does behind him, each modulo 2³². */
import type { GuestPages } from './guest-pages.ts';

export interface RingPlace {
  /** Where its bytes are. */
  readonly bytes: number;
  /** A power of two. */
  readonly size: number;
  /** Where it is said how many were read, and how many were written. */
  readonly consumed: number;
  readonly produced: number;
}

export class ByteRing {
  readonly #pages: GuestPages;
  readonly #place: RingPlace;

  constructor(pages: GuestPages, place: RingPlace) {
    this.#pages = pages;
    this.#place = place;
  }

  /** Bytes that were written and not read; undefined where that can't be. */
  get filled(): number | undefined {
    const { consumed, produced, size } = this.#place;
    const filled = (this.#pages.u32(produced) - this.#pages.u32(consumed)) >>> 0;
    return filled > size ? undefined : filled;
  }

  /** Takes at most so many out. */
  take(most: number): Uint8Array {
    const { bytes, size, consumed } = this.#place;
    const count = Math.min(most, this.filled ?? 0);
    const taken = new Uint8Array(count);
    const from = this.#pages.u32(consumed);
    const first = Math.min(count, size - (from % size));
    this.#pages.read(bytes + (from % size), taken.subarray(0, first));
    this.#pages.read(bytes, taken.subarray(first));
    this.#pages.setU32(consumed, (from + count) >>> 0);
    return taken;
  }

  /** Puts in what there is room for. Returns how much that was. */
  give(all: Uint8Array): number {
    const { bytes, size, produced } = this.#place;
    const { filled } = this;
    if (filled === undefined) return 0;
    const count = Math.min(all.length, size - filled);
    const from = this.#pages.u32(produced);
    const first = Math.min(count, size - (from % size));
    this.#pages.write(bytes + (from % size), all.subarray(0, first));
    this.#pages.write(bytes, all.subarray(first, count));
    this.#pages.setU32(produced, (from + count) >>> 0);
    return count;
  }
}
