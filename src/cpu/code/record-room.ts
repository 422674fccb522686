/** Room for records: of blocks that come and go, one behind the other, and in its last third of those that stay when all others are forgotten. */
import type { Home } from '../memory/home.ts';
import { type Range, Ranges } from './ranges.ts';

/** Of all, what may stay. */
const mostKept = 1 / 3;
/** Bytes for what comes and goes, as long as nobody asks for more. */
const usualBytes = 8 * 1024 ** 2;

export class RecordRoom {
  /** What comes first in it belongs to nobody here. */
  readonly #begin: number;
  /** Where what stays begins, and ends. */
  readonly #keptBegin: number;
  readonly #keptEnd: number;
  #free: number;
  /** Behind what comes and goes. */
  #end: number;
  #kept: Ranges;

  constructor({ begin, end }: Home['records'], firstBytes: number) {
    this.#begin = begin + firstBytes;
    this.#keptBegin = end - Math.floor((end - begin) * mostKept);
    this.#keptEnd = end;
    this.#free = this.#begin;
    this.#end = Math.min(this.#begin + usualBytes, this.#keptBegin);
    this.#kept = new Ranges(this.#keptBegin, end);
  }

  /** Bytes that nobody has. */
  get unused(): Home['records'] {
    return { begin: this.#free, end: this.#keptBegin };
  }

  has(bytes: number): boolean {
    return this.#free + bytes <= this.#end;
  }

  /** Twice as much may come and go, if there is so much: whether it is. */
  grow(): boolean {
    const before = this.#end;
    this.#end = Math.min(this.#begin + 2 * (before - this.#begin), this.#keptBegin);
    return this.#end > before;
  }

  /** What is before a place came and goes as others do, from now on; nothing has come yet. Whether there is so much. */
  begin(behind: number): boolean {
    const isThere = behind <= this.#keptBegin;
    if (isThere) [this.#free, this.#end] = [behind, Math.min(behind + usualBytes, this.#keptBegin)];
    return isThere;
  }

  /** Where the next one is that comes. */
  get next(): number {
    return this.#free;
  }

  /** Whoever takes has looked whether there are so many. */
  take(bytes: number): number {
    const record = this.#free;
    this.#free += bytes;
    return record;
  }

  /** Undefined where no more may stay. */
  keep(bytes: number): number | undefined {
    return this.#kept.take(bytes);
  }

  isKept(record: number): boolean {
    return record >= this.#keptBegin;
  }

  /** What isn't among those that stay is forgotten. */
  restart(stay: readonly Range[]): void {
    this.#free = this.#begin;
    this.#kept = new Ranges(this.#keptBegin, this.#keptEnd, stay);
  }
}
