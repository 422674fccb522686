/** A medium in files, open as long as a computer has it. */
import type { ImageDisk } from '../../disk/index.ts';
import type { Disk } from '../../machine/index.ts';
import type { Chain } from './chain.ts';

export interface Medium extends Disk, Disposable {
  /** As it was given. */
  readonly path: string;
  /** Has the host write what it holds of the image, while the disk goes on: a flush has less to do then. Says nothing of what becomes of it. */
  settle(): Promise<void>;
  /** Once: a disk that is plugged out is closed before the others. Whether all that was written to it is in its files. */
  close(): boolean;
}

/** What an image keeps in memory is in its file after so long, also where a guest never asks for it: many systems don't know of caches. */
const lingersMs = 1000;

export class FileMedium implements Medium {
  readonly path: string;
  readonly #disk: ImageDisk;
  readonly #files: Chain;
  #lingering: NodeJS.Timeout | undefined;
  #isClosed = false;
  #isKept = true;

  /** Closes the files with itself. */
  constructor(path: string, disk: ImageDisk, files: Chain) {
    this.path = path;
    this.#disk = disk;
    this.#files = files;
  }

  get sizeBytes(): number {
    return this.#disk.sizeBytes;
  }

  get isReadOnly(): boolean {
    return this.#disk.isReadOnly;
  }

  /** What of it can be told without reading it. All that was written is in its files then, and closing them writes nothing more. */
  get stamp(): string {
    // What became free with the first flush is written by the second.
    this.flush();
    this.flush();
    return `${this.sizeBytes} bytes, written last at ${this.#files.writtenNs.map(timeOf).join(' and ')}`;
  }

  read(at: number, into: Uint8Array): boolean {
    return !this.#isClosed && this.#disk.read(at, into);
  }

  write(at: number, from: Uint8Array): boolean {
    if (this.#isClosed || this.isReadOnly) return false;
    this.#linger();
    return this.#disk.write(at, from);
  }

  flush(): boolean {
    return this.#isClosed || this.#disk.flush();
  }

  async settle(): Promise<void> {
    if (!this.#isClosed) await this.#files.settle();
  }

  discard(at: number, bytes: number): boolean {
    if (this.#isClosed || this.isReadOnly) return false;
    this.#linger();
    return this.#disk.discard(at, bytes);
  }

  close(): boolean {
    if (this.#isClosed) return this.#isKept;
    clearTimeout(this.#lingering);
    this.#isKept = this.#disk.close();
    this.#isClosed = true;
    this.#files[Symbol.dispose]();
    return this.#isKept;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #linger(): void {
    if (!this.#disk.lingers || this.#lingering !== undefined) return;
    this.#lingering = setTimeout(() => {
      this.#lingering = undefined;
      this.#disk.flush();
    }, lingersMs).unref();
  }
}

/** ISO 8601, to the nanosecond. */
const timeOf = (ns: bigint): string => {
  const [seconds, rest] = [ns / 1_000_000_000n, ns % 1_000_000_000n];
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${`${rest}`.padStart(9, '0')}Z`;
};
