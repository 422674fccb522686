/** What was there before, by its number: some of what never was is taken for it. */

/** Of a place's number: with 40,000 numbers, one in 25 others is at the place of one. */
const bits = 20;

export class Marks {
  readonly #marked = new Uint8Array(2 ** bits / 8);

  /** Of a whole number from 0 to 2^53. */
  add(number: number): void {
    const place = placeOf(number);
    this.#marked[place >> 3] = (this.#marked[place >> 3] ?? 0) | (1 << (place & 7));
  }

  has(number: number): boolean {
    const place = placeOf(number);
    return ((this.#marked[place >> 3] ?? 0) & (1 << (place & 7))) !== 0;
  }

  clear(): void {
    this.#marked.fill(0);
  }
}

/** Numbers that differ little, and those that differ by a power of 2, have places of their own: Knuth, The Art of Computer Programming, volume 3, section 6.4. */
const placeOf = (number: number): number => Math.imul(number % 0x7fff_ffff, 0x9e37_79b1) >>> (32 - bits);
