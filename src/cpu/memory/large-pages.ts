/** Which pages of more than 4 KiB were met: what forgets one of them forgets all its pieces, which are wherever. */
import { Tlb } from '../../isa/index.ts';

/** A guest may meet any number of them. */
const most = 4096;

export class LargePages {
  /** Numbers of pages by how many bits of an address they take. */
  readonly #met = new Map<number, Set<number>>();
  #isFull = false;
  /** What was noted last, which is often noted once more. */
  #last = { page: -1, bits: 0 };

  get isFull(): boolean {
    return this.#isFull;
  }

  note(linear: bigint, pageBits: number): void {
    if (pageBits <= Tlb.pageBits) return;
    const page = pageOf(linear, pageBits);
    if (page === this.#last.page && pageBits === this.#last.bits) return;
    this.#last = { page, bits: pageBits };
    const met = this.#met.get(pageBits) ?? new Set();
    this.#met.set(pageBits, met.add(page));
    this.#isFull ||= met.size >= most;
  }

  has(linear: bigint): boolean {
    for (const [pageBits, met] of this.#met) if (met.has(pageOf(linear, pageBits))) return true;
    return false;
  }

  forget(): void {
    this.#met.clear();
    this.#isFull = false;
    this.#last = { page: -1, bits: 0 };
  }
}

/** A number that is exact: pages that large have fewer than 2⁴⁴. */
const pageOf = (linear: bigint, pageBits: number): number => Number(linear >> BigInt(pageBits));
