/** A computer as it is at a moment, of which nothing changes while it goes on: of its memory what it has written is copied, and the rest is in files that it has been given. */
import type { Pc, Saved } from '../../board/index.ts';
import { enlargePages } from '../../host/kernel/heap.ffi.ts';
import { ownPages } from '../../host/kernel/own-pages.ffi.ts';
import { areasOf, headOf, pageBytes, type Run, runsIn, type Writing } from '../../snapshot/index.ts';
import type { Aside } from './aside.ts';
import { means } from './means.ts';
import type { Snapshot } from './read.ts';
import { stretches } from './stretches.ts';

/** What is looked at and read at once. */
const blockPages = 256;
const none = new Uint8Array();
/** Where a page is: so many times one of these, and the place there. */
const span = 2 ** 44;
const kinds = { nowhere: 0, file: span, aside: 2 * span, copied: 3 * span } as const;

/** What holds a computer's memory that isn't its own. */
export interface Held {
  /** What it was restored from, mapped. */
  readonly from: Snapshot;
  /** What was put aside since; undefined: nothing was. */
  readonly aside?: Aside | undefined;
}

export class Capture {
  readonly #saved: Saved;
  readonly #areas: readonly number[];
  /** Undefined: all was copied. */
  readonly #held: Held | undefined;
  readonly #pages: number;
  /** Numbers of the pages that were copied, ascending, and their bytes one behind the other. */
  readonly #own: Uint32Array;
  readonly #copied: Uint8Array<ArrayBuffer>;
  readonly #block = Buffer.allocUnsafeSlow(blockPages * pageBytes);

  /** Between two runs of a computer. `told` says which pages are to be copied; of the others, what isn't held has nothing. This is all that it stands still for. Throws an error by the name of Failing where there is no memory for the copy. */
  constructor(pc: Pc, held: Held | undefined, told = ownPages) {
    const { memory } = pc;
    this.#saved = pc.save();
    this.#areas = areasOf(pc);
    const own = told(memory);
    this.#held = own && held;
    this.#pages = memory.length / pageBytes;
    this.#own = own ?? filledPages(memory);
    this.#copied = room(this.#own.length * pageBytes);
    for (const { page, count, at } of stretches(this.#own))
      this.#copied.set(memory.subarray(page * pageBytes, (page + count) * pageBytes), at * pageBytes);
  }

  /** How many bytes were copied. */
  get copiedBytes(): number {
    return this.#copied.length;
  }

  /** Its snapshot, which stands on no other, a mebibyte at the most at once, which is there until the next is asked for: whoever asks gives others their turns between. Some are empty. Throws as `Snapshot.runs` does. */
  *pieces(writing: Writing): Generator<Uint8Array> {
    const places = this.#places();
    const runs: Run[] = [];
    for (let first = 0; first < this.#pages; first += blockPages) {
      const count = Math.min(blockPages, this.#pages - first);
      if (places.subarray(first, first + count).every((place) => place === kinds.nowhere)) continue;
      for (const run of runsIn(this.#bytesOf(places.subarray(first, first + count)), means)) runs.push({ ...run, page: first + run.page });
      yield none;
    }
    yield* headOf(this.#saved, this.#areas, runs, writing);
    for (const { page, count } of runs) yield this.#bytesOf(places.subarray(page, page + count));
  }

  /** What was copied is no memory any more, at once: it may be as much again as the computer has. */
  [Symbol.dispose](): void {
    this.#copied.buffer.transfer(0);
  }

  /** Of each page, which of `kinds`, and where there. */
  #places(): Float64Array {
    const places = new Float64Array(this.#pages);
    for (const { page, count, at } of this.#held?.from.runs(this.#pages) ?? [])
      for (let index = 0; index < count; index++) places[page + index] = kinds.file + at + index * pageBytes;
    const aside = this.#held?.aside;
    if (aside !== undefined)
      for (let page = 0; page < this.#pages; page++) if (aside.has(page)) places[page] = kinds.aside + page * pageBytes;
    for (const [index, page] of this.#own.entries()) places[page] = kinds.copied + index * pageBytes;
    return places;
  }

  /** There until it is asked again: what many pieces would take would have to be given back. */
  #bytesOf(places: Float64Array): Buffer {
    const bytes = this.#block.subarray(0, places.length * pageBytes);
    for (let index = 0, end = 0; index < places.length; index = end) {
      const place = places[index] ?? kinds.nowhere;
      const isThere = place === kinds.nowhere ? 0 : 1;
      for (end = index + 1; places[end] === place + isThere * (end - index) * pageBytes; ) end++;
      this.#read(place, bytes.subarray(index * pageBytes, end * pageBytes));
    }
    return bytes;
  }

  #read(place: number, into: Uint8Array): void {
    const at = place % span;
    const kind = place - at;
    if (kind === kinds.nowhere) into.fill(0);
    else if (kind === kinds.copied) into.set(this.#copied.subarray(at, at + into.length));
    else if (kind === kinds.aside) this.#held?.aside?.read(at, into);
    else this.#held?.from.read(at, into);
  }
}

const room = (bytes: number): Uint8Array<ArrayBuffer> => {
  try {
    const copied = Buffer.allocUnsafeSlow(bytes);
    enlargePages(copied);
    return copied;
  } catch (cause) {
    throw Object.assign(new Error('there is no memory for a copy of what it has written', { cause }), { name: 'Failing' });
  }
};

/** For kernels that don't tell which are its own. */
const filledPages = (memory: Uint8Array): Uint32Array =>
  Uint32Array.from(
    runsIn(memory, { ...means, crc32: () => 0 }).flatMap(({ page, count }) => Array.from({ length: count }, (_, index) => page + index)),
  );
