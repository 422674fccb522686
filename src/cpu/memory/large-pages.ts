/** Which pages of more than 4 KiB were met: what forgets one of them forgets all its pieces, which are wherever. */
import { Tlb } from '../../isa/index.ts';

/** A guest may meet any number of them. */
const most = 4096;

export class LargePages {
  /** Numbers of pages by how many bits of an address they take. */
  readonly #met = new Map<number, Set<bigint>>();

  get isFull(): boolean {
    return [...this.#met.values()].some(({ size }) => size >= most);
  }

  note(linear: bigint, pageBits: number): void {
    if (pageBits <= Tlb.pageBits) return;
    const met = this.#met.get(pageBits) ?? new Set();
    this.#met.set(pageBits, met.add(linear >> BigInt(pageBits)));
  }

  has(linear: bigint): boolean {
    for (const [pageBits, met] of this.#met) if (met.has(linear >> BigInt(pageBits))) return true;
    return false;
  }

  forget(): void {
    this.#met.clear();
  }
}
