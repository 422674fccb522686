/** Copies one tree, entry by entry, on the thread that is asked. */
import {
  chmodSync,
  constants,
  copyFileSync,
  lchownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  type Stats,
  symlinkSync,
} from 'node:fs';
import type { Abort } from '../../environment/index.ts';
import { shiftAttribute } from './shift.ts';

export interface CopyOptions {
  /** Added to every owner's user and group id, and to the root id of file capabilities. */
  readonly shift: number;
  readonly signal?: Abort;
  /** Called now and then with the number of entries copied so far. */
  readonly onProgress?: (entries: number) => void;
}

type Libc = typeof import('../kernel/libc.ffi.ts');

export class Copier {
  readonly #libc: Libc;
  readonly #options: CopyOptions;
  /** First copy of each file with several names, by inode. */
  readonly #linked = new Map<string, string>();
  #entries = 0;
  #yieldAt = performance.now() + sliceMs;

  constructor(libc: Libc, options: CopyOptions) {
    this.#libc = libc;
    this.#options = options;
  }

  async copy(source: string, target: string): Promise<void> {
    const stats = lstatSync(source);
    if (stats.isDirectory()) {
      mkdirSync(target, { recursive: true });
      for (const name of readdirSync(source)) await this.copy(`${source}/${name}`, `${target}/${name}`);
    } else if (!this.#copyFile(source, target, stats)) return;
    this.#dress(source, target, stats);
    this.#entries++;
    if (performance.now() > this.#yieldAt) await this.#breathe();
  }

  /** Everything but a directory. False where it has no place in a copy, or is another name of something copied. */
  #copyFile(source: string, target: string, stats: Stats): boolean {
    const inode = `${stats.dev}:${stats.ino}`;
    const first = stats.nlink > 1 ? this.#linked.get(inode) : undefined;
    if (first !== undefined) {
      linkSync(first, target);
      return false;
    }
    if (stats.nlink > 1) this.#linked.set(inode, target);
    if (stats.isFile()) copyFileSync(source, target, constants.COPYFILE_FICLONE);
    else if (stats.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else if (stats.isSocket()) return false;
    else this.#libc.makeNode(target, stats.mode, BigInt(stats.rdev));
    return true;
  }

  /** Owner first: a change of owner takes setuid bits and capabilities away. */
  #dress(source: string, target: string, stats: Stats): void {
    lchownSync(target, stats.uid + this.#options.shift, stats.gid + this.#options.shift);
    if (!stats.isSymbolicLink()) chmodSync(target, stats.mode & 0o7777);
    for (const name of this.#libc.listXattrs(source)) {
      const value = this.#libc.getXattr(source, name);
      if (value !== undefined) this.#libc.setXattr(target, name, shiftAttribute(name, value, this.#options.shift));
    }
    lutimesSync(target, stats.atimeMs / 1000, stats.mtimeMs / 1000);
  }

  /** Lets signals and progress through. */
  async #breathe(): Promise<void> {
    this.#options.onProgress?.(this.#entries);
    await new Promise((resolve) => setImmediate(resolve));
    this.#options.signal?.throwIfAborted();
    this.#yieldAt = performance.now() + sliceMs;
  }
}

const sliceMs = 30;
