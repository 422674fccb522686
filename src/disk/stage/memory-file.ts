/** A file for tests: in memory. */
import type { BlockFile } from '../index.ts';

export class MemoryFile implements BlockFile {
  #bytes: Uint8Array;
  #end: number;
  flushes = 0;

  constructor(bytes: Uint8Array = new Uint8Array()) {
    this.#bytes = new Uint8Array(bytes);
    this.#end = bytes.length;
  }

  get sizeBytes(): number {
    return this.#end;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#end);
  }

  read(at: number, into: Uint8Array): boolean {
    const found = this.bytes.subarray(at, at + into.length);
    into.set(found);
    into.fill(0, found.length);
    return true;
  }

  /** `false` where it would be more than tests should need. */
  write(at: number, from: Uint8Array): boolean {
    const end = at + from.length;
    if (end > 2 ** 28) return false;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
      larger.set(this.bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(from, at);
    this.#end = Math.max(this.#end, end);
    return true;
  }

  flush(): boolean {
    this.flushes++;
    return true;
  }

  punch(at: number, bytes: number): void {
    this.bytes.fill(0, at, at + bytes);
  }
}
