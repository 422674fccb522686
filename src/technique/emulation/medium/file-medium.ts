/** A medium in files, open as long as a computer has it. */
import type { ImageDisk } from '../../../disk/index.ts';
import type { Disk } from '../../../machine/index.ts';

export interface Medium extends Disk, Disposable {
  /** As it was given. */
  readonly path: string;
}

/** What an image keeps in memory is in its file after so long, also where a guest never asks for it: many systems don't know of caches. */
const lingersMs = 1000;

export class FileMedium implements Medium {
  readonly path: string;
  readonly #disk: ImageDisk;
  readonly #files: Disposable;
  #lingering: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** Closes the files with itself. */
  constructor(path: string, disk: ImageDisk, files: Disposable) {
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

  discard(at: number, bytes: number): boolean {
    if (this.#isClosed || this.isReadOnly) return false;
    this.#linger();
    return this.#disk.discard(at, bytes);
  }

  /** Once: a disk that is plugged out is closed before the others. */
  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    clearTimeout(this.#lingering);
    this.#disk.close();
    this.#isClosed = true;
    this.#files[Symbol.dispose]();
  }

  #linger(): void {
    if (!this.#disk.lingers || this.#lingering !== undefined) return;
    this.#lingering = setTimeout(() => {
      this.#lingering = undefined;
      this.#disk.flush();
    }, lingersMs).unref();
  }
}
