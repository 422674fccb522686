/** A disk whose bytes are in the tab's memory. */
import type { Disk } from '../machine/index.ts';

export class MemoryDisk implements Disk {
  readonly isReadOnly: boolean;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, isReadOnly: boolean) {
    this.#bytes = bytes;
    this.isReadOnly = isReadOnly;
  }

  get sizeBytes(): number {
    return this.#bytes.length;
  }

  read(at: number, into: Uint8Array): boolean {
    into.set(this.#bytes.subarray(at, at + into.length));
    return true;
  }

  write(at: number, from: Uint8Array): boolean {
    if (this.isReadOnly) return false;
    this.#bytes.set(from, at);
    return true;
  }

  flush(): boolean {
    return true;
  }
}
