/** Room for records: from its beginning on of blocks that come and go, from its end down of those that stay when all others are forgotten. */
import type { Home } from '../memory/home.ts';

/** Of all, what may stay: behind that all is forgotten. */
const mostKept = 1 / 3;
/** Bytes for what comes and goes, as long as nobody asks for more. */
const usualBytes = 8 * 1024 ** 2;

export class RecordRoom {
  readonly #all: Home['records'];
  /** What comes first in it belongs to nobody here. */
  readonly #begin: number;
  #free: number;
  /** Behind what comes and goes. */
  #end: number;
  #kept: number;

  constructor(all: Home['records'], firstBytes: number) {
    this.#all = all;
    this.#begin = all.begin + firstBytes;
    this.#free = this.#begin;
    this.#end = this.#begin + usualBytes;
    this.#kept = all.end;
  }

  /** Bytes that nobody has. */
  get unused(): Home['records'] {
    return { begin: this.#free, end: this.#kept };
  }

  has(bytes: number): boolean {
    return this.#free + bytes <= Math.min(this.#end, this.#kept);
  }

  /** Twice as much may come and go, if there is so much: whether it is. */
  grow(): boolean {
    const { begin, end } = this.#all;
    const before = this.#end;
    this.#end = Math.min(this.#begin + 2 * (before - this.#begin), end - (end - begin) * mostKept);
    return this.#end > before;
  }

  /** Where those are that are taken next. */
  get next(): number {
    return this.#free;
  }

  /** Whoever takes has looked whether there are so many. */
  take(bytes: number): void {
    this.#free += bytes;
  }

  /** Undefined where no more may stay. */
  keep(bytes: number): number | undefined {
    const record = this.#kept - bytes;
    const { begin, end } = this.#all;
    if (record < this.#free || end - record > (end - begin) * mostKept) return undefined;
    this.#kept = record;
    return record;
  }

  isKept(record: number): boolean {
    return record >= this.#kept;
  }

  /** What isn't kept is forgotten. */
  restart(): void {
    this.#free = this.#begin;
  }

  clear(): void {
    this.restart();
    this.#kept = this.#all.end;
  }
}
