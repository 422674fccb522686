/**
 * What a guest writes to a disk that somebody else has: a qcow2 image that stands on it, and beside it a note of what that was, and of when it was written last. Whoever saves a computer
 * finds out by that whether its disk is as it was then.
 */
import { type BlockFile, createQcow2, Damage, type ImageDisk, openImage, Unsupported } from '../../disk/index.ts';
import type { Disk } from '../../machine/index.ts';

/** A file of its own, that may be emptied. */
export interface LayerFile extends BlockFile {
  clear(): void;
  close(): void;
}

export interface LayerFiles {
  readonly image: LayerFile;
  readonly note: LayerFile;
}

export interface Layered {
  /** As whoever reads of it knows it. */
  readonly name: string;
  readonly base: BlockFile;
  /** What the base is: how large, and in which version. */
  readonly stamp: string;
  readonly files: LayerFiles;
  /** What nobody has had before. */
  readonly token: () => string;
  /** Told in a sentence when something can't be kept: once, until something can. */
  readonly failed: (sentence: string) => void;
}

/** What is written of a layer. */
interface Note {
  readonly base: string;
  /** Another one whenever it is written for the first time after it was opened or saved; null: never. */
  readonly written: string | null;
}

const noteBytes = 4096;
const isNote = (value: unknown): value is Note =>
  typeof value === 'object' &&
  value !== null &&
  'base' in value &&
  typeof value.base === 'string' &&
  'written' in value &&
  (value.written === null || typeof value.written === 'string');

export class LayerDisk implements Disk {
  readonly isReadOnly = false;
  readonly #files: LayerFiles;
  readonly #token: () => string;
  readonly #tell: () => void;
  readonly #disk: ImageDisk;
  #note: Note;
  /** Whether it is noted that it is written from now on. */
  #isNoted = false;
  #isSettled = true;
  #isFailing = false;

  /** Made where there is none. Throws an Error that names it where it stands on something else, or is broken. */
  constructor({ name, base, stamp, files, token, failed }: Layered) {
    this.#files = files;
    this.#token = token;
    this.#tell = () => failed(`${name}: what is written to it can't be kept in this browser: it may have no more room`);
    const { image, note } = files;
    if (note.sizeBytes === 0) {
      image.clear();
      createQcow2(image, { sizeBytes: base.sizeBytes, backing: { name: 'base', format: 'raw' } });
      this.#note = { base: stamp, written: null };
      if (!this.#writeNote()) throw new Error(`${name}: this browser has no room for what is written to it`);
    }
    this.#note = noteIn(note) ?? fail(`what this browser keeps of ${name} is broken: discard it`);
    if (this.#note.base !== stamp)
      throw new Error(
        `what this browser keeps of ${name} was written to another one: ${this.#note.base}, and here it is ${stamp}. Discard it`,
      );
    const below = { file: base, identity: 'base', next: () => fail(`${name} stands on nothing`) };
    try {
      this.#disk = openImage(
        { file: image, identity: 'layer', next: () => below },
        { format: 'qcow2', isReadOnly: false, unpack: { deflate: packed, zlib: packed, zstd: packed } },
      );
    } catch (error) {
      if (!(error instanceof Damage || error instanceof Unsupported)) throw error;
      throw new Error(`what this browser keeps of ${name} is broken: ${error.message}. Discard it`, { cause: error });
    }
  }

  get sizeBytes(): number {
    return this.#disk.sizeBytes;
  }

  /** What it is. All that was written lasts then. */
  get stamp(): string {
    // What became free with the first flush is written by the second.
    this.flush();
    this.flush();
    this.#isNoted = false;
    return this.#note.written === null ? this.#note.base : `${this.#note.base}, and written here, ${this.#note.written}`;
  }

  /** In this browser; undefined: nothing was written. */
  get keptBytes(): number | undefined {
    return this.#note.written === null ? undefined : this.#files.image.sizeBytes;
  }

  /** Whether all that was written lasts. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  read(at: number, into: Uint8Array): boolean {
    return this.#disk.read(at, into);
  }

  write(at: number, from: Uint8Array): boolean {
    return this.#told(this.#noted() && this.#disk.write(at, from));
  }

  discard(at: number, bytes: number): boolean {
    return this.#told(this.#noted() && this.#disk.discard(at, bytes));
  }

  flush(): boolean {
    const isDone = this.#disk.flush();
    if (isDone) this.#isSettled = true;
    return this.#told(isDone);
  }

  close(): void {
    this.#disk.close();
    this.#files.image.close();
    this.#files.note.close();
  }

  #told(isDone: boolean): boolean {
    if (!isDone && !this.#isFailing) this.#tell();
    this.#isFailing = !isDone;
    return isDone;
  }

  /** Before anything is written it lasts that something is. */
  #noted(): boolean {
    this.#isSettled = false;
    if (this.#isNoted) return true;
    this.#note = { ...this.#note, written: this.#token() };
    this.#isNoted = this.#writeNote();
    return this.#isNoted;
  }

  #writeNote(): boolean {
    const bytes = new Uint8Array(noteBytes).fill(0x20);
    bytes.set(new TextEncoder().encode(JSON.stringify(this.#note)));
    return this.#files.note.write(0, bytes) && this.#files.note.flush();
  }
}

const noteIn = (file: BlockFile): Note | undefined => {
  const bytes = new Uint8Array(noteBytes);
  if (!file.read(0, bytes)) return undefined;
  try {
    const note: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isNote(note) ? note : undefined;
  } catch {
    return undefined;
  }
};

/** A layer of ours has nothing that is packed. */
const packed = (): never => {
  throw new Damage('it has packed clusters');
};

const fail = (why: string): never => {
  throw new Error(why);
};
