/** A buffer that a driver makes available: pieces of memory that the device reads, and behind them such as it writes (VIRTIO 1.3, 2.6). */
import { below, type Gpa, gpa, type Memory, part, type StateOf, some, u16, u32 } from '../../machine/index.ts';

/** Descriptors of the longest, those of an indirect table included: as many as the largest queue has. */
export const mostPieces = 1024;

const keptSchema = {
  ...{ id: u16, slots: below(mostPieces + 1) },
  pieces: some(mostPieces, part({ low: u32, high: u32, bytes: u32 })),
};
/** A buffer that is given back later: by what, and where the device may write. */
export const kept = part(keptSchema);
export type Kept = StateOf<typeof keptSchema>;

export class Chain {
  readonly #memory: Memory;
  readonly #places = new Float64Array(mostPieces);
  readonly #lengths = new Float64Array(mostPieces);
  #count = 0;
  /** How many of them the device reads. */
  #readCount = 0;
  /** What it is given back by. */
  id = 0;
  /** Places that it takes in its queue. */
  slots = 0;
  /** Bytes that the device reads, and that it may write. */
  readable = 0;
  writable = 0;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  begin(): void {
    this.#count = 0;
    this.#readCount = 0;
    this.slots = 0;
    this.readable = 0;
    this.writable = 0;
  }

  /** False where it can't be: there are too many, no memory can be there, or it is read behind one that is written. */
  add(low: number, high: number, bytes: number, isWritten: boolean): boolean {
    if (this.#count === mostPieces || high >= 2 ** 20 || (!isWritten && this.#readCount < this.#count)) return false;
    this.#places[this.#count] = high * 2 ** 32 + low;
    this.#lengths[this.#count++] = bytes;
    if (isWritten) this.writable += bytes;
    else {
      this.#readCount++;
      this.readable += bytes;
    }
    return true;
  }

  /** What is needed to write and give it back later: by then a packed queue may have others' descriptors in place of its own. */
  keep(): Kept {
    const pieces = Array.from({ length: this.#count - this.#readCount }, (_, index) => {
      const [at, bytes] = [this.#places[this.#readCount + index] ?? 0, this.#lengths[this.#readCount + index] ?? 0];
      return { low: at % 2 ** 32, high: Math.floor(at / 2 ** 32), bytes };
    });
    return { id: this.id, slots: this.slots, pieces };
  }

  /** Is that one again. False where it can't be. */
  restore({ id, slots, pieces }: Kept): boolean {
    this.begin();
    this.id = id;
    this.slots = slots;
    return pieces.every(({ low, high, bytes }) => this.add(low, high, bytes, true));
  }

  /** Copies what the device reads, from a byte of it on. Returns how many bytes there were. */
  read(from: number, into: Uint8Array): number {
    return this.#walk(0, this.#readCount, from, into.length, (at, moved, count) =>
      this.#memory.read(at, into.subarray(moved, moved + count)),
    );
  }

  /** From a byte of what the device writes on. Returns for how many bytes there was room. */
  write(to: number, bytes: Uint8Array): number {
    return this.#walk(this.#readCount, this.#count, to, bytes.length, (at, moved, count) =>
      this.#memory.write(at, bytes.subarray(moved, moved + count)),
    );
  }

  #walk(first: number, end: number, from: number, bytes: number, one: (at: Gpa, moved: number, count: number) => void): number {
    let skipped = from;
    let moved = 0;
    for (let index = first; index < end && moved < bytes; index++) {
      const length = this.#lengths[index] ?? 0;
      const count = Math.min(length - skipped, bytes - moved);
      if (count > 0) {
        const at = (this.#places[index] ?? 0) + skipped;
        // What goes beyond what can be addressed reaches nothing.
        if (at + count <= 2 ** 52) one(gpa(at), moved, count);
        moved += count;
      }
      skipped = Math.max(0, skipped - length);
    }
    return moved;
  }
}
