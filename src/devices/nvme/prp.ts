/** Where in memory a command's data is, page by page: NVM Express 1.4, 4.3. */
import { type Gpa, gpa, type Memory } from '../../machine/index.ts';
import { largestBytes, pageBytes } from './registers.ts';

const entryBytes = 8;
/** As many pages as the largest transfer has, and one more where it begins within one. */
const mostPages = largestBytes / pageBytes + 1;

export class PrpWalk {
  readonly #memory: Memory;
  readonly #pages = new Float64Array(mostPages);
  readonly #list = new Uint8Array(pageBytes);
  readonly #entries = new DataView(this.#list.buffer);
  #count = 0;
  #bytes = 0;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /** At most `largestBytes`. False where an entry isn't what it must be. */
  open(first: bigint, second: bigint, bytes: number): boolean {
    this.#count = 0;
    this.#bytes = bytes;
    if (!this.#add(first, 4)) return false;
    const left = bytes - (pageBytes - ((this.#pages[0] ?? 0) % pageBytes));
    if (left <= 0) return true;
    return left <= pageBytes ? this.#add(second, pageBytes) : this.#follow(second, Math.ceil(left / pageBytes));
  }

  /** From memory. */
  gather(into: Uint8Array): void {
    this.#move((at, from, to) => this.#memory.read(at, into.subarray(from, to)));
  }

  scatter(from: Uint8Array): void {
    this.#move((at, begin, end) => this.#memory.write(at, from.subarray(begin, end)));
  }

  /** Pages that lie one behind the other at once. */
  #move(one: (at: Gpa, from: number, to: number) => void): void {
    for (let index = 0, moved = 0; index < this.#count && moved < this.#bytes; index++) {
      const at = this.#pages[index] ?? 0;
      let end = moved + pageBytes - (at % pageBytes);
      for (; end < this.#bytes && this.#pages[index + 1] === at + end - moved; index++) end += pageBytes;
      end = Math.min(this.#bytes, end);
      one(gpa(at), moved, end);
      moved = end;
    }
  }

  #add(address: bigint, alignment: number): boolean {
    if (address % BigInt(alignment) !== 0n || address >= 1n << 52n) return false;
    this.#pages[this.#count++] = Number(address);
    return true;
  }

  /** A list ends with its page, where the last entry is the next list if there is more. Only the first may begin within a page, so each has more of them. */
  #follow(list: bigint, wanted: number): boolean {
    let [at, left, alignment] = [list, wanted, entryBytes];
    while (left > 0) {
      if (at % BigInt(alignment) !== 0n || at >= 1n << 52n) return false;
      const room = (pageBytes - Number(at % BigInt(pageBytes))) / entryBytes;
      const read = this.#list.subarray(0, Math.min(room, left) * entryBytes);
      this.#memory.read(gpa(Number(at)), read);
      const pages = left > room ? room - 1 : left;
      for (let index = 0; index < pages; index++)
        if (!this.#add(this.#entries.getBigUint64(index * entryBytes, true), pageBytes)) return false;
      left -= pages;
      if (left > 0) at = this.#entries.getBigUint64(pages * entryBytes, true);
      alignment = pageBytes;
    }
    return true;
  }
}
