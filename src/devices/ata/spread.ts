/** A transfer between a device and memory that lies in pieces, of which a table in memory tells. */
import { type Gpa, gpa, type Memory } from '../../machine/index.ts';

export abstract class Spread {
  protected readonly memory: Memory;
  /** Where the present piece goes on, and how much of it is left. */
  protected at = 0;
  protected left = 0;

  constructor(memory: Memory) {
    this.memory = memory;
  }

  /** Goes on to the next piece where the present one is through; false where there is none. Each is read once. */
  protected abstract hasRoom(): boolean;

  /** How many bytes there was room for. */
  scatter(from: Uint8Array): number {
    return this.#move(from, (at, part) => this.memory.write(at, part));
  }

  gather(into: Uint8Array): number {
    return this.#move(into, (at, part) => this.memory.read(at, part));
  }

  #move(all: Uint8Array, one: (at: Gpa, part: Uint8Array) => void): number {
    let moved = 0;
    while (moved < all.length && this.hasRoom()) {
      const bytes = Math.min(this.left, all.length - moved);
      one(gpa(this.at), all.subarray(moved, moved + bytes));
      moved += bytes;
      this.at += bytes;
      this.left -= bytes;
    }
    return moved;
  }
}
