/** Files that images stand on: found, allowed and held as each image names them. */
import { constants, openSync, realpathSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { type ImageFile, shown, Unsupported } from '../../disk/index.ts';
import * as lock from '../../host/file/image-lock.ts';
import { inWords } from '../../host/index.ts';
import { HostFile } from './host-file.ts';

export class Chain implements Disposable {
  readonly #opened: HostFile[] = [];
  readonly #backing: string | undefined;

  /** `backing`: `none`, or a directory that they must be in; undefined: they may be anywhere. */
  constructor(backing: string | undefined) {
    this.#backing = backing;
  }

  /**
   * An image, and the way from it to those below. A name begins where the image that has it is, as QEMU has it. `base`: what it must stand on, for
   * somebody says so, wherever that is.
   */
  image(path: string, file: HostFile, base?: string): ImageFile {
    this.#opened.push(file);
    return { file, identity: file.identity, next: (name) => this.#below(path, name, base) };
  }

  /** How many files it has. */
  get depth(): number {
    return this.#opened.length;
  }

  /** When each file was written last, in nanoseconds since 1970: the image first. */
  get writtenNs(): readonly bigint[] {
    return this.#opened.map((file) => file.writtenNs);
  }

  /** Of the image alone: those below aren't written. */
  async settle(): Promise<void> {
    await this.#opened[0]?.settle();
  }

  [Symbol.dispose](): void {
    for (const file of this.#opened) file[Symbol.dispose]();
  }

  #below(path: string, name: string, base: string | undefined): ImageFile {
    if (base === undefined && this.#backing === 'none') throw new Unsupported(`it stands on ${shown(name)}, and is to stand on none`);
    // QEMU's protocols: nbd:, json: and others; file: is none that has to be known.
    const plain = name.replace(/^file:(?!\/\/)/, '');
    if (/^[a-z][a-z0-9+.-]*:/i.test(plain)) throw new Unsupported(`it stands on ${shown(name)}, which is no file`);
    const found = resolve(dirname(path), plain);
    if (base === undefined) this.#checkPlace(found);
    else if (realPath(found) !== realPath(base)) throw new Unsupported(`it stands on ${found}, not on ${base}`);
    const file = openedBelow(found);
    // One that stands on itself is held already: whoever asked for it sees that.
    const isKnown = this.#opened.some(({ identity }) => identity === file.identity);
    const image = this.image(found, file);
    if (!file.status.isFile() && !file.status.isBlockDevice()) throw new Unsupported(`it stands on ${found}, which is no file`);
    if (!isKnown && !lock.holdImage(file.descriptor, { isWritten: false }))
      throw new Unsupported(`it stands on ${found}, which another computer writes`);
    return image;
  }

  #checkPlace(found: string): void {
    if (this.#backing === undefined) return;
    const [real, allowed] = [found, this.#backing].map(realPath) as [string, string];
    if (!real.startsWith(allowed.endsWith(sep) ? allowed : `${allowed}${sep}`))
      throw new Unsupported(`it stands on ${found}, which is not in ${this.#backing}`);
  }
}

/** What is no file doesn't make anybody wait. */
const openedBelow = (path: string): HostFile => read(path, () => new HostFile(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)));

const realPath = (path: string): string => read(path, () => realpathSync(path));

const read = <T>(path: string, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    throw new Unsupported(`it stands on ${path}, which can't be read: ${inWords(error)}`, { cause: error });
  }
};
