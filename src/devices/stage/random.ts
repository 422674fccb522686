/** Numbers that look random and are the same for the same seed: xorshift, Marsaglia 2003. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed * 0x9e37_79b1) | 1;
  }

  /** Of 32 bits. */
  word(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return state >>> 0;
  }

  below(bound: number): number {
    return this.word() % bound;
  }
}
