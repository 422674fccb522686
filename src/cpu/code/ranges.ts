/** Whole numbers in ranges of which some are taken: bytes of memory, places of a table. */

/** So many numbers from one on. */
export interface Range {
  readonly begin: number;
  readonly size: number;
}

export class Ranges {
  /** In order; none begins where another ends. */
  #free: Range[];

  /** All from `begin` to before `end`, but for what is taken, which does not overlap. */
  constructor(begin: number, end: number, taken: readonly Range[] = []) {
    this.#free = [];
    let from = begin;
    for (const { begin: next, size } of [...taken].sort((a, b) => a.begin - b.begin)) {
      this.#add({ begin: from, size: next - from });
      from = next + size;
    }
    this.#add({ begin: from, size: end - from });
  }

  /** The first so many that are together; undefined where there are none. */
  take(size: number): number | undefined {
    const at = this.#free.findIndex((range) => range.size >= size);
    const range = this.#free[at];
    if (range === undefined) return undefined;
    const rest = { begin: range.begin + size, size: range.size - size };
    this.#free.splice(at, 1, ...(rest.size === 0 ? [] : [rest]));
    return range.begin;
  }

  /** They were taken before. */
  give({ begin, size }: Range): void {
    const after = this.#free.findIndex((range) => range.begin > begin);
    const behind = after < 0 ? [] : this.#free.splice(after);
    for (const range of [{ begin, size }, ...behind]) this.#add(range);
  }

  #add(range: Range): void {
    if (range.size === 0) return;
    const last = this.#free.at(-1);
    if (last !== undefined && last.begin + last.size === range.begin)
      this.#free[this.#free.length - 1] = { begin: last.begin, size: last.size + range.size };
    else this.#free.push(range);
  }
}
