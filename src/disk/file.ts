/** What stands behind a disk: a file by whoever has files, and the same without results to be looked at. */
import { Failing } from './damage.ts';

/** Calls are synchronous. `false`: the host couldn't. */
export interface BlockFile {
  readonly sizeBytes: number;
  /** What is behind its end reads as zeros. */
  read(at: number, into: Uint8Array): boolean;
  /** Behind its end it grows; what lies between is zeros. */
  write(at: number, from: Uint8Array): boolean;
  /** What was written lasts when this is through. */
  flush(): boolean;
  /** These bytes read as zeros and take no room any more, where the host can do that: nothing rests on it. */
  punch?(at: number, bytes: number): void;
}

/** Unpack a piece of at most so many bytes. They throw where it is broken. What is behind the end of one by deflate or zlib is ignored. */
export interface Unpackers {
  /** RFC 1951. */
  deflate(packed: Uint8Array, mostBytes: number): Uint8Array;
  /** RFC 1950. */
  zlib(packed: Uint8Array, mostBytes: number): Uint8Array;
  /** One frame of RFC 8878. */
  zstd(packed: Uint8Array, mostBytes: number): Uint8Array;
}

/** A file whose failures are thrown, as Failing, and which is flushed only where something was written. */
export class Sure {
  readonly #file: BlockFile;
  #isUnsettled = false;
  /** What was written before may be lost since a flush failed: fsync(2), "Errors". Nothing after it can be relied on. */
  #isLost = false;

  constructor(file: BlockFile) {
    this.#file = file;
  }

  get sizeBytes(): number {
    return this.#file.sizeBytes;
  }

  read(at: number, into: Uint8Array): void {
    if (at >= this.sizeBytes) into.fill(0);
    else if (!this.#file.read(at, into)) throw new Failing(`${into.length} bytes at ${at} can't be read`);
  }

  bytes(at: number, count: number): Uint8Array {
    const made = new Uint8Array(count);
    this.read(at, made);
    return made;
  }

  write(at: number, from: Uint8Array): void {
    this.#isUnsettled = true;
    if (this.#isLost || !this.#file.write(at, from)) throw new Failing(`${from.length} bytes at ${at} can't be written`);
  }

  /** What was written before lasts, whatever becomes of what is written after. */
  barrier(): void {
    if (this.#isLost) throw new Failing('a flush failed before');
    if (!this.#isUnsettled) return;
    this.#isLost = !this.#file.flush();
    if (this.#isLost) throw new Failing('it can’t be flushed');
    this.#isUnsettled = false;
  }

  punch(at: number, bytes: number): void {
    if (this.#file.punch === undefined) return;
    this.#isUnsettled = true;
    this.#file.punch(at, bytes);
  }
}
