/** Reads a snapshot's file: first what it says of itself, then, into a computer that is made like the one that was saved, all of it. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Pc, Saved } from '../../../board/index.ts';
import { Refusal } from '../../../environment/index.ts';
import { inWords, isMissing } from '../../../host/index.ts';
import { mapFile } from '../../../host/kernel/libc.ffi.ts';
import { type Instant, instant } from '../../../machine/index.ts';
import { difference } from '../record/computer.ts';
import { type Facts, type Header, isHeader, pageBytes, snapshotVersion, type Words } from './header.ts';
import { bytesOf, checkOf, runsOf, tableBytes } from './pages.ts';
import { begins, digestOf, toWhole } from './write.ts';

/** Of the first line, as it usually is, and at the most. */
const [usualHeaderBytes, mostHeaderBytes] = [2 ** 15, 2 ** 22] as const;

export interface Restoring {
  /** What the computer is here, as `Facts` has it. */
  readonly facts: Pick<Facts, 'computer' | 'media'>;
  /** Media that may be others, by their names, for the saved system hasn't looked at them yet: nobody finds out whether it has. */
  readonly others?: ReadonlySet<string>;
  /**
   * Whether its memory is the file's until it is written: that takes a twentieth of the time, and several computers share it. For who keeps the file where nobody shortens or changes it, until they all have
   * ended: whoever does ends them.
   */
  readonly isMapped?: boolean;
  /** Whether its memory was found to be as it was written before, so it isn't looked at again. */
  readonly isChecked?: boolean;
  /** Told just before it is complete: its time, where somebody tells it, goes on from here. */
  readonly goOn?: (at: Instant) => void;
}

/** A snapshot's file that is open. */
export class Snapshot implements Disposable {
  readonly path: string;
  readonly header: Header;
  readonly #file: number;
  /** Where the parts' states begin. */
  readonly #at: number;
  #isOpen = true;

  /** Reads no more than what it says of itself. Throws `no-such-path`, `path-closed`, or `no-restore` where it is none, not whole, or of another version. */
  constructor(path: string) {
    this.path = path;
    this.#file = opened(path);
    try {
      const { header, at } = this.#head();
      this.header = header;
      this.#at = at;
      const { size } = fstatSync(this.#file);
      const end = this.#memoryAt + header.memory.pages * pageBytes;
      if (size !== end) throw this.#unfit(size < end ? cutShort : 'there is something behind its end');
    } catch (error) {
      closeSync(this.#file);
      throw error;
    }
  }

  /** Whose time, at the least, a computer has that goes on from it. */
  get at(): Instant {
    return instant(BigInt(this.header.at));
  }

  /**
   * Makes a computer of the same plan, which has run nothing yet, what was saved. Throws `no-restore` for the first thing in which it is another one, or which is not as it was written; then the computer is of no
   * use any more.
   */
  restore(pc: Pc, { facts, others = new Set(), isMapped = false, isChecked = false, goOn }: Restoring): void {
    this.#refuseOther(pc, facts, others);
    const saved = this.#parts(pc);
    this.#fillMemory(pc, isMapped ? this.#map : this.#fill, isChecked);
    goOn?.(saved.at);
    this.#try(() => pc.restore(saved));
  }

  [Symbol.dispose](): void {
    if (this.#isOpen) closeSync(this.#file);
    this.#isOpen = false;
  }

  #head(): { readonly header: Header; readonly at: number } {
    const { start, first, second } = this.#lines(usualHeaderBytes) ?? this.#lines(mostHeaderBytes) ?? fail(this.#unfit(cutShort));
    const line = start.toString('utf8', 0, first);
    if (parsed(start.toString('utf8', first + 1, second), 'sha256') !== digestOf(line)) throw this.#unfit(changed);
    const version = parsed(line, 'version');
    if (version !== snapshotVersion)
      throw this.#unfit(`it was written in version ${version} of snapshots, and this isola reads version ${snapshotVersion}`);
    const header: unknown = JSON.parse(line);
    if (!isHeader(header)) throw this.#unfit('its first line makes no sense: it was not written by isola');
    if (header.base !== null) throw this.#unfit('it has only what differs from another snapshot, which this isola doesn’t read');
    return { header, at: second + 1 + toWhole(second + 1) };
  }

  /** The first two, of so many bytes; undefined where they don't end there. */
  #lines(most: number): { readonly start: Buffer; readonly first: number; readonly second: number } | undefined {
    const start = this.#read(0, Math.min(fstatSync(this.#file).size, most));
    if (start.toString('latin1', 0, begins.length) !== begins) throw this.#unfit('it is no snapshot');
    const first = start.indexOf('\n');
    const second = first < 0 ? -1 : start.indexOf('\n', first + 1);
    return second < 0 ? undefined : { start, first, second };
  }

  #refuseOther(pc: Pc, facts: Restoring['facts'], others: ReadonlySet<string>): void {
    const { computer, media, memory } = this.header;
    const kept = (words: Words): Words => Object.fromEntries(Object.entries(words).filter(([name]) => !others.has(name)));
    const why = difference(computer, facts.computer) ?? difference(kept(media), kept(facts.media));
    if (why !== undefined) throw this.#unfit(why);
    const areas = pc.ram.areas.map(({ bytes }) => bytes);
    if (areas.join() !== memory.areas.join())
      throw this.#unfit('its memory is laid out otherwise: it was made with another size, or another firmware');
  }

  /** Shapes are compared by their digests: what isn't known here has none. */
  #parts(pc: Pc): Saved {
    const { shapes } = pc;
    let at = this.#at;
    const parts = this.header.parts.map(({ name, shape, bytes: length, sha256 }) => {
      const bytes = this.#read(at, length);
      at += length;
      if (digestOf(bytes) !== sha256) throw this.#unfit(changed);
      const known = shapes.get(name);
      return { name, bytes, shape: known !== undefined && digestOf(known) === shape ? known : shape };
    });
    return { at: this.at, parts };
  }

  #fillMemory(pc: Pc, fill: (at: number, pages: Uint8Array) => void, isChecked: boolean): void {
    const { memory } = pc;
    const { runs: count, sha256, pages } = this.header.memory;
    const table = this.#read(this.#tableAt, tableBytes(count));
    const runs = digestOf(table) === sha256 ? runsOf(table, memory.length / pageBytes) : undefined;
    if (runs === undefined || runs.reduce((sum, run) => sum + run.count, 0) !== pages) throw this.#unfit(changed);
    // What a plan brings along is among what was saved.
    for (const { place, bytes } of pc.ram.areas.slice(pc.ram.areas.length - pc.layout.firmware.length))
      pc.ram.bytes.fill(0, place, place + bytes);
    let at = this.#memoryAt;
    for (const run of runs) {
      const bytes = bytesOf(memory, run);
      fill(at, bytes);
      if (!isChecked && checkOf(bytes) !== run.check) throw this.#unfit(changed);
      at += bytes.length;
    }
  }

  get #tableAt(): number {
    return this.#at + this.header.parts.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get #memoryAt(): number {
    const end = this.#tableAt + tableBytes(this.header.memory.runs);
    return end + toWhole(end);
  }

  #read(at: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    this.#fill(at, bytes);
    return bytes;
  }

  readonly #fill = (at: number, bytes: Uint8Array): void => {
    for (let from = 0; from < bytes.length; ) {
      const count = readSync(this.#file, bytes, from, bytes.length - from, at + from);
      if (count === 0) throw this.#unfit(cutShort);
      from += count;
    }
  };

  /** Where the file system can't, they are read. */
  readonly #map = (at: number, pages: Uint8Array): void => {
    try {
      mapFile(this.#file, at, pages);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      this.#fill(at, pages);
    }
  };

  #try(work: () => void): void {
    try {
      work();
    } catch (error) {
      throw error instanceof RangeError ? this.#unfit(error.message, error) : error;
    }
  }

  #unfit(why: string, cause?: unknown): Refusal {
    return new Refusal('no-restore', [this.path, why], { cause });
  }
}

const cutShort = 'it ends before its end: it was not copied whole';
const changed = 'it is not what was written: a checksum is another';

const fail = (refusal: Refusal): never => {
  throw refusal;
};

const opened = (path: string): number => {
  try {
    const file = openSync(path, 'r');
    if (fstatSync(file).isFile()) return file;
    closeSync(file);
  } catch (error) {
    if (isMissing(error)) throw new Refusal('no-such-path', [path, 'give the snapshot as a path on this host'], { cause: error });
    throw new Refusal('path-closed', [path, 'read', inWords(error)], { cause: error });
  }
  throw new Refusal('no-restore', [path, 'it is no file']);
};

/** A field of a JSON object; undefined: there is none. */
const parsed = (line: string, name: string): unknown => {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
  } catch {
    return undefined;
  }
};
