/** A computer as it is at a moment, of which nothing changes while it goes on: of its memory what it has written is copied, and the rest is in the file that it was restored from. */
import type { Pc, Saved } from '../../../board/index.ts';
import { enlargePages } from '../../../host/kernel/heap.ffi.ts';
import { ownPages } from '../../../host/kernel/own-pages.ffi.ts';
import { areasOf, headOf, pageBytes, type Run, runsIn, type Writing } from '../../../snapshot/index.ts';
import { means } from './means.ts';
import type { Snapshot } from './read.ts';

/** What is looked at and read at once. */
const blockPages = 256;
const none = new Uint8Array();

export class Capture {
  readonly #saved: Saved;
  readonly #areas: readonly number[];
  /** Where the rest is; undefined: all was copied. */
  readonly #from: Snapshot | undefined;
  readonly #pages: number;
  /** Numbers of the pages that were copied, ascending, and their bytes one behind the other. */
  readonly #own: Uint32Array;
  readonly #copied: Uint8Array<ArrayBuffer>;
  readonly #block = Buffer.allocUnsafeSlow(blockPages * pageBytes);

  /** Between two runs of a computer that was restored from there, mapped. This is all that it stands still for. Throws an error by the name of Failing where there is no memory for the copy. */
  constructor(pc: Pc, from: Snapshot, told = ownPages) {
    const { memory } = pc;
    this.#saved = pc.save();
    this.#areas = areasOf(pc);
    const own = told(memory);
    this.#from = own && from;
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
      if (places.subarray(first, first + count).every((place) => place === 0)) continue;
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

  /** Where each page is: from 1 on in the file, from -1 on, downwards, in what was copied; 0: it holds nothing. */
  #places(): Float64Array {
    const places = new Float64Array(this.#pages);
    for (const { page, count, at } of this.#from?.runs(this.#pages) ?? [])
      for (let index = 0; index < count; index++) places[page + index] = at + index * pageBytes;
    for (const [index, page] of this.#own.entries()) places[page] = -1 - index * pageBytes;
    return places;
  }

  /** There until it is asked again: what many pieces would take would have to be given back. */
  #bytesOf(places: Float64Array): Buffer {
    const bytes = this.#block.subarray(0, places.length * pageBytes);
    for (let index = 0, end = 0; index < places.length; index = end) {
      const place = places[index] ?? 0;
      for (end = index + 1; places[end] === place + Math.sign(place) * (end - index) * pageBytes; ) end++;
      const into = bytes.subarray(index * pageBytes, end * pageBytes);
      if (place > 0) this.#from?.read(place, into);
      else if (place === 0) into.fill(0);
      else into.set(this.#copied.subarray(-1 - place, -1 - place + into.length));
    }
    return bytes;
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

/** Numbers that follow each other, with where in the list they begin. */
function* stretches(pages: Uint32Array): Generator<{ readonly page: number; readonly count: number; readonly at: number }> {
  for (let at = 0, end = 0; at < pages.length; at = end) {
    const page = pages[at] ?? 0;
    for (end = at + 1; pages[end] === page + end - at; ) end++;
    yield { page, count: end - at, at };
  }
}
