/** A snapshot's file, to be read, or mapped. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Pc } from '../../board/index.ts';
import { Refusal } from '../../environment/index.ts';
import { inWords, isMissing } from '../../host/index.ts';
import { mapFile } from '../../host/kernel/libc.ffi.ts';
import type { Instant } from '../../machine/index.ts';
import { cutShort, difference, type Facts, type Header, type Placed, type Resuming, SavedComputer, Unfit } from '../../snapshot/index.ts';
import { means } from './means.ts';

export interface Restoring extends Omit<Resuming, 'fill'> {
  /**
   * Whether its memory is the file's until it is written: that takes a twentieth of the time, and several computers share it. For who keeps the file where nobody shortens or changes it, until they all have
   * ended: whoever does ends them.
   */
  readonly isMapped?: boolean;
}

/** A snapshot's file that is open. */
export class Snapshot implements Disposable {
  readonly path: string;
  readonly #file: number;
  readonly #saved: SavedComputer;
  #isOpen = true;

  /** Reads no more than what it says of itself. Throws `no-such-path`, `path-closed`, or `no-restore` where it is none, not whole, or of another version. */
  constructor(path: string) {
    this.path = path;
    this.#file = opened(path);
    try {
      this.#saved = this.#try(() => new SavedComputer({ sizeBytes: fstatSync(this.#file).size, read: this.#fill }, means));
    } catch (error) {
      closeSync(this.#file);
      throw error;
    }
  }

  get header(): Header {
    return this.#saved.header;
  }

  /** Whose time, at the least, a computer has that goes on from it. */
  get at(): Instant {
    return this.#saved.at;
  }

  /** Without a computer yet. Throws `no-restore` for the first thing that is otherwise. */
  refuseUnlike({ computer }: Pick<Facts, 'computer'>): void {
    const why = difference(this.header.computer, computer);
    if (why !== undefined) throw new Refusal('no-restore', [this.path, why]);
  }

  /**
   * Makes a computer of the same plan, which has run nothing yet, what was saved. Throws `no-restore` for the first thing in which it is another one, or which is not as it was written; then the computer is of no
   * use any more.
   */
  restore(pc: Pc, { isMapped = false, ...resuming }: Restoring): void {
    this.#try(() => this.#saved.restore(pc, { ...resuming, fill: isMapped ? this.#mapOrFill : this.#fill }));
  }

  /** Of a memory of so many pages, and where in the file they are. Throws `no-restore` where the table isn't as it was written. */
  runs(pages: number): readonly Placed[] {
    return this.#try(() => this.#saved.runs(pages));
  }

  /** Bytes of its file. */
  read(at: number, into: Uint8Array): void {
    this.#fill(at, into);
  }

  /** Has whole pages of memory be those of its file, as `isMapped` says. Throws an error with a code where the file system can't. */
  map(at: number, pages: Uint8Array): void {
    mapFile(this.#file, at, pages);
  }

  [Symbol.dispose](): void {
    if (this.#isOpen) closeSync(this.#file);
    this.#isOpen = false;
  }

  readonly #fill = (at: number, bytes: Uint8Array): void => {
    for (let from = 0; from < bytes.length; ) {
      const count = readSync(this.#file, bytes, from, bytes.length - from, at + from);
      if (count === 0) throw new Unfit(cutShort);
      from += count;
    }
  };

  /** Where the file system can't, they are read. */
  readonly #mapOrFill = (at: number, pages: Uint8Array): void => {
    try {
      this.map(at, pages);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      this.#fill(at, pages);
    }
  };

  #try<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw error instanceof Unfit ? new Refusal('no-restore', [this.path, error.message], { cause: error }) : error;
    }
  }
}

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
