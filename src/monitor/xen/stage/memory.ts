/** Memory of a guest that has some at 0, and Xen's own pages. */
import { type Gpa, gpa, type Memory } from '../../../machine/index.ts';
import { ownPages, spareCount } from '../places.ts';

export const memoryBytes = 2 ** 20;

export class GuestMemory implements Memory {
  readonly sizeBytes = memoryBytes;
  readonly bytes = new Uint8Array(memoryBytes);
  readonly view = new DataView(this.bytes.buffer);
  /** Spare pages, and where each lies. */
  readonly spare = Array.from({ length: spareCount }, () => new Uint8Array(4096));
  readonly #places: (number | undefined)[] = [];
  readonly own = new Uint8Array(ownPages.bytes);
  readonly ownView = new DataView(this.own.buffer);

  isThere(at: number): boolean {
    return at + 4096 <= memoryBytes || this.hasSpare(at, 4096) || (at >= ownPages.at && at + 4096 <= ownPages.at + ownPages.bytes);
  }

  move(spare: number, at: number | undefined): void {
    this.#places[spare] = at;
  }

  /** Whether all of that is in a spare page. */
  hasSpare(at: number, bytes: number): boolean {
    return (at % 4096) + bytes <= 4096 && this.#spareOf(at) !== undefined;
  }

  /** None of it lies in spare pages, or in Xen's own. */
  piece(at: number, bytes: number): Uint8Array | undefined {
    return at + bytes <= memoryBytes ? this.bytes.subarray(at, at + bytes) : undefined;
  }

  word(at: number): number {
    const into = new Uint8Array(4);
    this.read(gpa(at), into);
    return new DataView(into.buffer).getUint32(0, true);
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

  #spareOf(at: number): number | undefined {
    const found = this.#places.indexOf(Math.floor(at / 4096) * 4096);
    return found < 0 ? undefined : found;
  }

  #placeOf(at: number): readonly [Uint8Array, number] {
    const spare = this.#spareOf(at);
    if (spare !== undefined) return [this.spare[spare] ?? this.own, at % 4096];
    return at >= ownPages.at ? [this.own, at - ownPages.at] : [this.bytes, at];
  }
}
