/** The disk that a machine has its root file system on. */
import { openSync, renameSync, rmSync, statSync } from 'node:fs';
import { createQcow2, Failing } from '../../disk/index.ts';
import type { Disk } from '../../machine/index.ts';
import { layerIn, plainDiskIn } from '../media.ts';
import { HostFile, type Medium } from '../medium/index.ts';
import type { Base, MachineDescription } from './description.ts';

/** Its format is given: a guest writes what it likes at the beginning of its disk. */
const rootDisk = ({ root, base, isFleeting }: Pick<MachineDescription, 'root' | 'base' | 'isFleeting'>): Medium => {
  if (base === null) return plainDiskIn(root, false);
  if (statSync(root).size === 0) {
    using file = new HostFile(openSync(root, 'r+'), isFleeting);
    makeOn(base, file);
  }
  return layerIn(root, isFleeting);
};

const makeOn = ({ path, format, sizeBytes }: Base, file: HostFile): void =>
  createQcow2(file, { sizeBytes, backing: { name: path, format } });

/** Throws a Failing that says what of. */
const makeLayer = (base: Base, file: HostFile): void => {
  try {
    makeOn(base, file);
  } catch (cause) {
    if (!(cause instanceof Failing)) throw cause;
    throw new Failing('a new image for its disk can’t be written: is the host’s disk full?', { cause });
  }
};

/** A disk under which the image that is written may become another one. */
export class RootDisk implements Disk, Disposable {
  readonly #isFleeting: boolean;
  #medium: Medium;

  constructor(described: Pick<MachineDescription, 'root' | 'base' | 'isFleeting'>) {
    this.#isFleeting = described.isFleeting;
    this.#medium = rootDisk(described);
  }

  get sizeBytes(): number {
    return this.#medium.sizeBytes;
  }

  get isReadOnly(): boolean {
    return this.#medium.isReadOnly;
  }

  read(at: number, into: Uint8Array): boolean {
    return this.#medium.read(at, into);
  }

  write(at: number, from: Uint8Array): boolean {
    return this.#medium.write(at, from);
  }

  flush(): boolean {
    return this.#medium.flush();
  }

  /** Most of what was written lasts then, and a flush has little left to do. */
  settle(): Promise<void> {
    return this.#medium.settle();
  }

  discard(at: number, bytes: number): boolean {
    return this.#medium.discard?.(at, bytes) ?? true;
  }

  /**
   * What is there by now stays as it is, by the name that `below` has for it; what is written from now on goes to a new image at `path`, which lasts once it is flushed. Throws a Refusal or a Failing where that can't be made; then all is as
   * it was.
   */
  standOn(below: Base, path: string): void {
    const aside = `${path}.new`;
    rmSync(aside, { force: true });
    try {
      // It stands still meanwhile: whoever asked sees to it that it lasts.
      using file = new HostFile(openSync(aside, 'wx+', 0o600), true);
      makeLayer(below, file);
      if (!this.#medium.flush()) throw new Failing('its disk can’t be written');
      // Nobody may write what is read here.
      this.#medium[Symbol.dispose]();
      try {
        renameSync(aside, path);
        this.#medium = layerIn(path, this.#isFleeting);
      } catch (error) {
        rmSync(path, { force: true });
        this.#medium = below.format === 'raw' ? plainDiskIn(below.path, false) : layerIn(below.path, this.#isFleeting);
        throw error;
      }
    } finally {
      rmSync(aside, { force: true });
    }
  }

  /** Whether all that was written is kept. */
  close(): boolean {
    return this.#medium.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
