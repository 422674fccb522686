/** Memory of a guest that has some at 0, and Xen's own pages. */
import type { Gpa, Memory } from '../../../machine/index.ts';
import { ownPages } from '../xen.ts';

export const memoryBytes = 2 ** 20;

export class GuestMemory implements Memory {
  readonly sizeBytes = memoryBytes;
  readonly bytes = new Uint8Array(memoryBytes);
  readonly view = new DataView(this.bytes.buffer);
  readonly own = new Uint8Array(ownPages.bytes);
  readonly ownView = new DataView(this.own.buffer);

  isThere(at: number): boolean {
    return at + 4096 <= memoryBytes || (at >= ownPages.at && at + 4096 <= ownPages.at + ownPages.bytes);
  }

  read(at: Gpa, into: Uint8Array): void {
    for (let index = 0; index < into.length; index++) {
      const [bytes, place] = this.#placeOf(at + index);
      into[index] = bytes[place] ?? 0xff;
    }
  }

  write(at: Gpa, from: Uint8Array): void {
    for (const [index, byte] of from.entries()) {
      const [bytes, place] = this.#placeOf(at + index);
      if (place < bytes.length) bytes[place] = byte;
    }
  }

  #placeOf(at: number): readonly [Uint8Array, number] {
    return at >= ownPages.at ? [this.own, at - ownPages.at] : [this.bytes, at];
  }
}
