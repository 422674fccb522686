/** What a guest has lent for one request, as stretches of its memory: pages beside one another are one. */

export class Stretches {
  readonly #places: Float64Array;
  readonly #lengths: Float64Array;
  #count = 0;
  /** Of all. */
  bytes = 0;

  /** `most`: how many are added at the most. */
  constructor(most: number) {
    this.#places = new Float64Array(most);
    this.#lengths = new Float64Array(most);
  }

  clear(): void {
    this.#count = 0;
    this.bytes = 0;
  }

  add(at: number, bytes: number): void {
    const last = this.#count - 1;
    const isBeside = last >= 0 && (this.#places[last] ?? 0) + (this.#lengths[last] ?? 0) === at;
    if (isBeside) this.#lengths[last] = (this.#lengths[last] ?? 0) + bytes;
    else {
      this.#places[this.#count] = at;
      this.#lengths[this.#count++] = bytes;
    }
    this.bytes += bytes;
  }

  /** Bytes of one, on the average. */
  get usualBytes(): number {
    return this.#count === 0 ? 0 : this.bytes / this.#count;
  }

  /** In their order, with how many bytes are before; until one goes wrong. Whether all went well. */
  every(one: (at: number, bytes: number, before: number) => boolean): boolean {
    let before = 0;
    for (let index = 0; index < this.#count; index++) {
      const bytes = this.#lengths[index] ?? 0;
      if (!one(this.#places[index] ?? 0, bytes, before)) return false;
      before += bytes;
    }
    return true;
  }
}
