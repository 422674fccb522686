/** What a computer has written, put aside while it runs: so there is little to be copied once it stands still. */
import { closeSync, readSync, writeSync } from 'node:fs';
import { mapFile, memoryFile, punchHole } from '../../host/kernel/libc.ffi.ts';
import { ownPages } from '../../host/kernel/own-pages.ffi.ts';
import { pageBytes } from '../../snapshot/index.ts';
import { stretches } from './stretches.ts';

/** What is asked for at once: its own pages among so many. */
const blockPages = 4096;
/** What is moved at once. */
const mostPages = 256;
/** A process has 65,530 mappings (proc(5), max_map_count), of which each makes two more. */
const mostMoves = 8192;

/** A file of memory that has a page's bytes at the same place as the computer has them. */
export class Aside implements Disposable {
  readonly #memory: Uint8Array;
  readonly #file: number;
  /** By a page's number: 1 where its bytes are in the file, unless it is the computer's own again. */
  readonly #has: Uint8Array;
  #moves = 0;

  /** Of a computer whose memory stays where it is. Throws an error with a code where the host has no such files. */
  constructor(memory: Uint8Array) {
    this.#memory = memory;
    this.#has = new Uint8Array(memory.length / pageBytes);
    this.#file = memoryFile('isola-aside');
  }

  /** Whether a page that isn't the computer's own is here. */
  has(page: number): boolean {
    return this.#has[page] === 1;
  }

  read(at: number, into: Uint8Array): void {
    for (let from = 0; from < into.length; ) from += readSync(this.#file, into, from, into.length - from, at + from);
  }

  /**
   * All pages that are the computer's own now are the file's, a mebibyte between two turns; those that it writes meanwhile are its own again. Each turn is to be between two runs of the computer. Returns how many were moved. Throws an error with
   * a code where that can't be: then what was moved is.
   */
  *move(): Generator<void, number> {
    let moved = 0;
    for (let first = 0; first < this.#has.length; first += blockPages) {
      const own = ownPages(this.#memory.subarray(first * pageBytes, (first + blockPages) * pageBytes)) ?? [];
      for (const { page, count } of stretches(own, mostPages)) {
        if (this.#moves++ === mostMoves) throw Object.assign(new Error('its memory is in too many pieces'), { code: 'E2BIG' });
        this.#moveStretch(first + page, count);
        moved += count;
        yield;
      }
      yield;
    }
    return moved;
  }

  #moveStretch(page: number, count: number): void {
    const at = page * pageBytes;
    const bytes = this.#memory.subarray(at, at + count * pageBytes);
    for (let from = 0; from < bytes.length; ) from += writeSync(this.#file, bytes, from, bytes.length - from, at + from);
    mapFile(this.#file, at, bytes);
    this.#has.fill(1, page, page + count);
  }

  /** What is there isn't needed: its pages are zeros from now on, and take no memory. A mapping that is left would keep all of it. */
  empty(): void {
    punchHole(this.#file, 0, this.#memory.length);
  }

  /** Pages that are the file's stay so. */
  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}
