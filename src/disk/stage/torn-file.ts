/**
 * A file that remembers what is done to it, so that it can be had as it may be after the power went at any moment: with all that was done before
 * a flush, and of what was done after it any part, sector by sector.
 */
import type { BlockFile } from '../index.ts';
import { MemoryFile } from './memory-file.ts';

type Deed = { readonly at: number; readonly bytes: Uint8Array } | 'flush';
/** Below `most`. */
export type Chance = (most: number) => number;

const sectorBytes = 512;

export class TornFile implements BlockFile {
  readonly #file: MemoryFile;
  readonly #first: Uint8Array;
  readonly deeds: Deed[] = [];

  constructor(bytes: Uint8Array) {
    this.#file = new MemoryFile(bytes);
    this.#first = new Uint8Array(bytes);
  }

  get sizeBytes(): number {
    return this.#file.sizeBytes;
  }

  read(at: number, into: Uint8Array): boolean {
    return this.#file.read(at, into);
  }

  write(at: number, from: Uint8Array): boolean {
    this.deeds.push({ at, bytes: from.slice() });
    return this.#file.write(at, from);
  }

  flush(): boolean {
    this.deeds.push('flush');
    return true;
  }

  punch(at: number, bytes: number): void {
    this.deeds.push({ at, bytes: new Uint8Array(bytes) });
    this.#file.punch(at, bytes);
  }

  /** After so many deeds, all of them in order: its process was killed. */
  killedAfter(count: number): MemoryFile {
    const made = new MemoryFile(this.#first);
    for (const deed of this.deeds.slice(0, count)) if (deed !== 'flush') made.write(deed.at, deed.bytes);
    return made;
  }

  /** After so many deeds, and of those since the last flush only what chance has left, in any order. */
  tornAfter(count: number, chance: Chance): MemoryFile {
    const last = this.deeds.slice(0, count).lastIndexOf('flush') + 1;
    const made = this.killedAfter(last);
    const loose = this.deeds.slice(last, count).filter((deed) => deed !== 'flush');
    const share = chance(4);
    for (const { at, bytes } of loose)
      for (let from = 0; from < bytes.length; from += sectorBytes)
        if (chance(3) < share) made.write(at + from, bytes.subarray(from, from + sectorBytes));
    return made;
  }
}
