/** A file of the host behind an image. */
import { closeSync, fdatasync, fdatasyncSync, fstatSync, readSync, type Stats, writeSync } from 'node:fs';
import type { BlockFile } from '../../disk/index.ts';
import { punchHole } from '../../host/kernel/libc.ffi.ts';

export class HostFile implements BlockFile, Disposable {
  readonly descriptor: number;
  readonly status: Stats;
  #sizeBytes: number;
  #isClosed = false;
  /** What the file system or the device can't do is tried once. */
  #canPunch: boolean;

  readonly #isFleeting: boolean;

  /** Closes the descriptor with itself. `isFleeting`: it is gone before the host is, so flushing leaves it in the host's memory. */
  constructor(descriptor: number, isFleeting = false) {
    this.descriptor = descriptor;
    this.#isFleeting = isFleeting;
    this.status = fstatSync(descriptor);
    this.#sizeBytes = this.status.isFile() ? this.status.size : this.status.isBlockDevice() ? sizeOfDevice(descriptor) : 0;
    this.#canPunch = this.status.isFile();
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** When it was written last, in nanoseconds since 1970. */
  get writtenNs(): bigint {
    return fstatSync(this.descriptor, { bigint: true }).mtimeNs;
  }

  /** The same for the same file. */
  get identity(): string {
    const { dev, ino, rdev } = this.status;
    return this.status.isBlockDevice() ? `device ${rdev}` : `${dev} ${ino}`;
  }

  /** A file that has become shorter since it was opened can't be read there. */
  read(at: number, into: Uint8Array): boolean {
    const there = Math.max(0, Math.min(into.length, this.#sizeBytes - at));
    into.fill(0, there);
    return this.#done(() => {
      for (let from = 0; from < there; ) {
        const count = readSync(this.descriptor, into, from, there - from, at + from);
        if (count === 0) throw Object.assign(new Error('the file ends'), { code: 'EIO' });
        from += count;
      }
    });
  }

  write(at: number, from: Uint8Array): boolean {
    return this.#done(() => {
      for (let begin = 0; begin < from.length; ) begin += writeSync(this.descriptor, from, begin, from.length - begin, at + begin);
      if (this.status.isFile()) this.#sizeBytes = Math.max(this.#sizeBytes, at + from.length);
    });
  }

  flush(): boolean {
    return this.#done(() => void (this.#isFleeting || fdatasyncSync(this.descriptor)));
  }

  /** As `flush`, but in another thread, and silent: the next flush tells. */
  settle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isFleeting || this.#isClosed) resolve();
      else fdatasync(this.descriptor, () => resolve());
    });
  }

  punch(at: number, bytes: number): void {
    if (this.#canPunch) this.#canPunch = this.#done(() => punchHole(this.descriptor, at, bytes));
  }

  /** Once: a disk that is plugged out is closed before the others. */
  [Symbol.dispose](): void {
    if (!this.#isClosed) closeSync(this.descriptor);
    this.#isClosed = true;
  }

  /** A disk that fails, or is full, is a medium error to the guest. */
  #done(work: () => void): boolean {
    if (this.#isClosed) return false;
    try {
      work();
      return true;
    } catch (error) {
      if (error instanceof Error && 'code' in error) return false;
      throw error;
    }
  }
}

/** By its end: a device has no size of its own in stat(2). */
const sizeOfDevice = (file: number): number => {
  let [low, high] = [0, 2 ** 44];
  const probe = new Uint8Array(1);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (readSync(file, probe, 0, 1, middle) === 1) low = middle + 1;
    else high = middle;
  }
  return low;
};
