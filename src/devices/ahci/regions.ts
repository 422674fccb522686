/** Where in memory a command's data is: AHCI 1.3.1, 4.2.3.3. */
import { type Gpa, gpa, type Memory } from '../../machine/index.ts';
import { Table } from './registers.ts';

export class RegionWalk {
  readonly #memory: Memory;
  readonly #entry = new Uint8Array(Table.regionBytes);
  readonly #view = new DataView(this.#entry.buffer);
  #table = 0;
  #entries = 0;
  #at = 0;
  #left = 0;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /** At most 65535 entries: as many as a header can tell. */
  begin(table: number, entries: number): void {
    this.#table = table;
    this.#entries = entries;
    this.#left = 0;
  }

  scatter(from: Uint8Array): number {
    return this.#move(from, (at, part) => this.#memory.write(at, part));
  }

  gather(into: Uint8Array): number {
    return this.#move(into, (at, part) => this.#memory.read(at, part));
  }

  #move(all: Uint8Array, one: (at: Gpa, part: Uint8Array) => void): number {
    let moved = 0;
    while (moved < all.length && this.#hasRoom()) {
      const bytes = Math.min(this.#left, all.length - moved);
      one(gpa(this.#at), all.subarray(moved, moved + bytes));
      moved += bytes;
      this.#at += bytes;
      this.#left -= bytes;
    }
    return moved;
  }

  /** Counts are one less than they are, and even; addresses of more than 52 bits end the list. */
  #hasRoom(): boolean {
    if (this.#left > 0) return true;
    if (this.#entries === 0) return false;
    this.#memory.read(gpa(this.#table), this.#entry);
    this.#table += Table.regionBytes;
    this.#entries--;
    const high = this.#view.getUint32(4, true);
    if (high >= 2 ** 19) return false;
    this.#at = high * 2 ** 32 + this.#view.getUint32(0, true);
    this.#left = (this.#view.getUint32(12, true) & 0x3f_ffff) + 1;
    return true;
  }
}
