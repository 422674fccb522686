/** Tables that say where in memory a bus master moves data: Programming Interface for Bus Master IDE Controller 1.0, 1.2. */
import { type Gpa, gpa, type Memory } from '../../machine/index.ts';

const entryBytes = 8;
const last = 0x8000_0000;
/** A table lies within 64 KiB. */
const mostEntries = 0x1_0000 / entryBytes;

/** Where a transfer goes on. Entries are read once each. */
export class PrdWalk {
  readonly #memory: Memory;
  readonly #entry = new Uint8Array(entryBytes);
  readonly #view = new DataView(this.#entry.buffer);
  #table = 0;
  #entries = 0;
  #isLast = false;
  #at = 0;
  #left = 0;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  begin(table: number): void {
    this.#table = table;
    this.#entries = 0;
    this.#isLast = false;
    this.#left = 0;
  }

  /** Whether nothing is behind what was moved. */
  get isThrough(): boolean {
    return this.#left === 0 && (this.#isLast || this.#entries === mostEntries);
  }

  /** How many bytes there was room for. */
  scatter(from: Uint8Array): number {
    return this.#move(from, (at, part) => this.#memory.write(at, part));
  }

  gather(into: Uint8Array): number {
    return this.#move(into, (at, part) => this.#memory.read(at, part));
  }

  #move(all: Uint8Array, move: (at: Gpa, part: Uint8Array) => void): number {
    let moved = 0;
    while (moved < all.length && this.#hasRoom()) {
      const bytes = Math.min(this.#left, all.length - moved);
      move(gpa(this.#at), all.subarray(moved, moved + bytes));
      moved += bytes;
      this.#at += bytes;
      this.#left -= bytes;
    }
    return moved;
  }

  /** Counts of 0 are 64 KiB; addresses and counts are even. */
  #hasRoom(): boolean {
    if (this.#left > 0) return true;
    if (this.isThrough) return false;
    this.#memory.read(gpa(this.#table + entryBytes * this.#entries++), this.#entry);
    const flags = this.#view.getUint32(4, true);
    this.#at = this.#view.getUint32(0, true) - (this.#view.getUint32(0, true) & 1);
    this.#left = flags & 0xfffe || 0x1_0000;
    this.#isLast = flags >= last;
    return true;
  }
}
