/** Keeps the store's file system from being filled: an image, however it lies about its size, stops before that. */
import { statfsSync } from 'node:fs';
import { Refusal } from '../../environment/index.ts';

/** How much may be spent between two looks at the file system. */
const stepBytes = 16 << 20;
const blockBytes = 4096;

export class Space {
  readonly #what: string;
  readonly #where: string;
  #left = 0;
  #filesLeft = 0;

  /** `what` is being written to the directory `where`. */
  constructor(what: string, where: string) {
    this.#what = what;
    this.#where = where;
    this.#look();
  }

  /** To be called before bytes are written. Throws `no-space` if they, or much else that is under way, would not fit. */
  spend(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) this.#look(bytes);
  }

  /** To be called before a file of this size is begun. */
  file(size: number): void {
    if (size > stepBytes) this.#look(size);
    if (--this.#filesLeft < 0) this.#look();
    this.spend(blockBytes);
  }

  /** A sixteenth is left free, but no more than 64 MiB. */
  #look(needed = 0): void {
    const { bsize, blocks, bavail, files, ffree } = statfsSync(this.#where);
    const reserve = Math.min(64 << 20, (blocks * bsize) / 16);
    const free = bavail * bsize - reserve;
    // File systems that make inodes as they go (btrfs) report none at all.
    const inodes = files === 0 ? Number.POSITIVE_INFINITY : ffree;
    if (free <= needed || inodes < 16) throw new Refusal('no-space', [this.#what, this.#where]);
    this.#left = Math.min(stepBytes, free / 2);
    this.#filesLeft = Math.min(1000, inodes / 2);
  }
}
