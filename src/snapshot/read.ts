/** Reads a snapshot: first what it says of itself, then, into a computer that is made like the one that was saved, all of it. */
import type { Pc, Saved } from '../board/index.ts';
import { type Instant, instant } from '../machine/index.ts';
import { begins, type Facts, type Header, isHeader, pageBytes, snapshotVersion, toWhole, type Words } from './header.ts';
import { type Bytes, type Means, Unfit } from './means.ts';
import { bytesOf, type Run, runsOf, tableBytes } from './pages.ts';
import { difference } from './words.ts';
import { areasOf } from './write.ts';

/** Of the first line, as it usually is, and at the most. */
const [usualHeaderBytes, mostHeaderBytes] = [2 ** 15, 2 ** 22] as const;
const newline = 0x0a;

export const cutShort = 'it ends before its end: it was not copied whole';
const changed = 'it is not what was written: a checksum is another';

export interface Placed extends Run {
  /** Where in the snapshot its bytes are. */
  readonly at: number;
}

export interface Resuming {
  /** What the computer is here, as `Facts` has it. */
  readonly facts: Pick<Facts, 'computer' | 'media'>;
  /** Media that may be others, by their names, for the saved system hasn't looked at them yet: nobody finds out whether it has. */
  readonly others?: ReadonlySet<string>;
  /** Whether its memory was found to be as it was written before, so it isn't looked at again. */
  readonly isChecked?: boolean;
  /** Instead of reading: makes pages of memory what is at a place, a multiple of 4 KiB. */
  readonly fill?: (at: number, pages: Uint8Array) => void;
  /** Told just before it is complete: its time, where somebody tells it, goes on from here. */
  readonly goOn?: ((at: Instant) => void) | undefined;
}

export class SavedComputer {
  readonly header: Header;
  readonly #bytes: Bytes;
  readonly #means: Means;
  /** Where the parts' states begin. */
  readonly #at: number;

  /** Reads no more than what it says of itself. Throws Unfit where it is no snapshot, not whole, or of another version. */
  constructor(bytes: Bytes, means: Means) {
    this.#bytes = bytes;
    this.#means = means;
    const { header, at } = this.#head();
    this.header = header;
    this.#at = at;
    const end = this.#memoryAt + header.memory.pages * pageBytes;
    if (bytes.sizeBytes !== end) throw new Unfit(bytes.sizeBytes < end ? cutShort : 'there is something behind its end');
  }

  /** Whose time, at the least, a computer has that goes on from it. */
  get at(): Instant {
    return instant(BigInt(this.header.at));
  }

  /**
   * Makes a computer of the same plan, which has run nothing yet, what was saved. Throws Unfit for the first thing in which it is another one, or which is not as it was written; then the computer is of no
   * use any more.
   */
  restore(pc: Pc, { facts, others = new Set(), isChecked = false, fill, goOn }: Resuming): void {
    this.#refuseOther(pc, facts, others);
    const saved = this.#parts(pc);
    this.#fillMemory(pc, fill ?? ((at, pages) => this.#bytes.read(at, pages)), isChecked);
    goOn?.(saved.at);
    try {
      pc.restore(saved);
    } catch (error) {
      throw error instanceof RangeError ? new Unfit(error.message, { cause: error }) : error;
    }
  }

  /** Of a memory of so many pages, by ascending ones. Throws Unfit where its table isn't as it was written. */
  runs(most: number): readonly Placed[] {
    const { runs: count, sha256, pages } = this.header.memory;
    const table = this.#read(this.#tableAt, tableBytes(count));
    const runs = this.#means.sha256(table) === sha256 ? runsOf(table, most) : undefined;
    if (runs === undefined || runs.reduce((sum, run) => sum + run.count, 0) !== pages) throw new Unfit(changed);
    let next = this.#memoryAt;
    return runs.map((run) => {
      const at = next;
      next += run.count * pageBytes;
      return { ...run, at };
    });
  }

  #head(): { readonly header: Header; readonly at: number } {
    const { decode, sha256 } = this.#means;
    const { start, first, second } = this.#lines(usualHeaderBytes) ?? this.#lines(mostHeaderBytes) ?? fail(cutShort);
    const line = decode(start.subarray(0, first));
    if (parsed(decode(start.subarray(first + 1, second)), 'sha256') !== sha256(start.subarray(0, first))) throw new Unfit(changed);
    const version = parsed(line, 'version');
    if (version !== snapshotVersion)
      throw new Unfit(`it was written in version ${version} of snapshots, and this isola reads version ${snapshotVersion}`);
    const header: unknown = JSON.parse(line);
    if (!isHeader(header)) throw new Unfit('its first line makes no sense: it was not written by isola');
    if (header.base !== null) throw new Unfit('it has only what differs from another snapshot, which this isola doesn’t read');
    return { header, at: second + 1 + toWhole(second + 1) };
  }

  /** The first two, of so many bytes; undefined where they don't end there. */
  #lines(most: number): { readonly start: Uint8Array; readonly first: number; readonly second: number } | undefined {
    const start = this.#read(0, Math.min(this.#bytes.sizeBytes, most));
    if (this.#means.decode(start.subarray(0, begins.length)) !== begins) throw new Unfit('it is no snapshot');
    const first = start.indexOf(newline);
    const second = first < 0 ? -1 : start.indexOf(newline, first + 1);
    return second < 0 ? undefined : { start, first, second };
  }

  #refuseOther(pc: Pc, facts: Resuming['facts'], others: ReadonlySet<string>): void {
    const { computer, media, memory } = this.header;
    const kept = (words: Words): Words => Object.fromEntries(Object.entries(words).filter(([name]) => !others.has(name)));
    const why = difference(computer, facts.computer) ?? difference(kept(media), kept(facts.media));
    if (why !== undefined) throw new Unfit(why);
    if (areasOf(pc).join() !== memory.areas.join())
      throw new Unfit('its memory is laid out otherwise: it was made with another size, or another firmware');
  }

  /** Shapes are compared by their digests: what isn't known here has none. */
  #parts(pc: Pc): Saved {
    const { shapes } = pc;
    const { encode, sha256 } = this.#means;
    let at = this.#at;
    const parts = this.header.parts.map(({ name, shape, bytes: length, sha256: digest }) => {
      const bytes = this.#read(at, length);
      at += length;
      if (sha256(bytes) !== digest) throw new Unfit(changed);
      const known = shapes.get(name);
      return { name, bytes, shape: known !== undefined && sha256(encode(known)) === shape ? known : shape };
    });
    return { at: this.at, parts };
  }

  #fillMemory(pc: Pc, fill: (at: number, pages: Uint8Array) => void, isChecked: boolean): void {
    const { memory } = pc;
    const runs = this.runs(memory.length / pageBytes);
    // What a plan brings along is among what was saved.
    for (const { place, bytes } of pc.ram.areas.slice(pc.ram.areas.length - pc.layout.firmware.length))
      pc.ram.bytes.fill(0, place, place + bytes);
    for (const run of runs) {
      const bytes = bytesOf(memory, run);
      fill(run.at, bytes);
      if (!isChecked && this.#means.crc32(bytes) !== run.check) throw new Unfit(changed);
    }
  }

  get #tableAt(): number {
    return this.#at + this.header.parts.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get #memoryAt(): number {
    const end = this.#tableAt + tableBytes(this.header.memory.runs);
    return end + toWhole(end);
  }

  #read(at: number, length: number): Uint8Array {
    if (at + length > this.#bytes.sizeBytes) throw new Unfit(cutShort);
    const bytes = new Uint8Array(length);
    this.#bytes.read(at, bytes);
    return bytes;
  }
}

const fail = (why: string): never => {
  throw new Unfit(why);
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
