/**
 * A root directory being unpacked. Links in it are the image's, not the host's: the way to every file is walked here part by
 * part, links are resolved as if the tree were the root, and the kernel is only given ways that hold none. Nobody else
 * can reach the tree meanwhile, so what was looked up stays true.
 */
import { lstatSync, mkdirSync, type PathLike, readdirSync, readlinkSync, rmdirSync, type Stats, unlinkSync } from 'node:fs';
import { Damage, Unsupported } from '../../oci/index.ts';
import type { ByteText } from '../../oci/tar/index.ts';
import { isPlain, join, printable } from './paths.ts';

/** As many links as path_resolution(7) follows. */
const linksMost = 40;
/** Parts of a path that are walked for one entry, links included: an honest archive needs a tenth. */
const stepsMost = 1000;
/** PATH_MAX with room for the host's part of a path, which is always shorter. */
const pathMost = 4096;

export class Tree {
  readonly root: string;
  readonly #rootBytes: Buffer;
  /** Directories known to be there and to be no links, by their place below the root; '' is the root. */
  readonly #directories = new Set<ByteText>(['']);
  /** Told of directories that had to be made though no entry named them, and of those that are removed. */
  readonly #watch: { implied(place: ByteText): void; removed(place: ByteText): void };

  constructor(root: string, watch: { implied(place: ByteText): void; removed(place: ByteText): void }) {
    this.root = root;
    this.#rootBytes = Buffer.from(`${root}/`);
    this.#watch = watch;
  }

  /** The host path of a place. */
  path(place: ByteText): PathLike {
    if (place.length + this.#rootBytes.length >= pathMost)
      throw new Unsupported(`the way to "${printable(place)}" is longer than ${pathMost} bytes`, 'make the image with shorter paths');
    if (place === '') return this.root;
    return isPlain(place) ? `${this.root}/${place}` : Buffer.concat([this.#rootBytes, Buffer.from(place, 'latin1')]);
  }

  /** The same as a text, which some system calls need; undefined where the bytes are no UTF-8. */
  textPath(place: ByteText): string | undefined {
    const path = this.path(place);
    if (typeof path === 'string') return path;
    const text = path.toString();
    return Buffer.from(text).equals(path as Buffer) ? text : undefined;
  }

  look(place: ByteText): Stats | undefined {
    return lstatSync(this.path(place), { throwIfNoEntry: false });
  }

  isDirectory(place: ByteText): boolean {
    if (this.#directories.has(place)) return true;
    const is = this.look(place)?.isDirectory() ?? false;
    if (is) this.#directories.add(place);
    return is;
  }

  makeDirectory(place: ByteText): void {
    mkdirSync(this.path(place), { mode: 0o700 });
    this.#directories.add(place);
  }

  /**
   * The real place of the directory that holds an entry. What is missing on the way is made if `make`, else the answer is
   * undefined.
   */
  directoryOf(parts: readonly ByteText[], make: boolean): ByteText | undefined {
    const pending = parts.slice(0, -1).reverse();
    let place: ByteText = '';
    for (let links = 0, steps = 0; pending.length > 0; steps++) {
      if (steps > stepsMost) throw new Damage(`the way to "${printable(parts.join('/'))}" has more than ${stepsMost} parts`);
      const part = pending.pop() ?? '';
      if (part === '..') {
        place = place.slice(0, Math.max(0, place.lastIndexOf('/')));
        continue;
      }
      const next = join(place, part);
      if (this.#directories.has(next)) {
        place = next;
        continue;
      }
      const found = this.look(next);
      if (found === undefined) {
        if (!make) return undefined;
        this.makeDirectory(next);
        this.#watch.implied(next);
        place = next;
      } else if (found.isDirectory()) {
        this.#directories.add(next);
        place = next;
      } else if (found.isSymbolicLink()) {
        if (++links > linksMost) throw new Damage(`the way to "${printable(parts.join('/'))}" has more than ${linksMost} links`);
        const target = readlinkSync(this.path(next), 'latin1');
        if (target.startsWith('/')) place = '';
        pending.push(
          ...target
            .split('/')
            .filter((step) => step !== '' && step !== '.')
            .reverse(),
        );
      } else {
        if (!make) return undefined;
        throw new Damage(`"${printable(parts.join('/'))}" lies below "${printable(next)}", which is no directory`);
      }
    }
    return place;
  }

  /** Names in a directory, as bytes. */
  names(place: ByteText): readonly ByteText[] {
    return readdirSync(this.path(place), 'latin1');
  }

  /** Removes whatever is at a place, and all below it. */
  remove(place: ByteText, found: Stats): void {
    if (!found.isDirectory()) {
      unlinkSync(this.path(place));
      return;
    }
    for (const name of this.names(place)) {
      const below = join(place, name);
      const there = this.look(below);
      if (there !== undefined) this.remove(below, there);
    }
    this.removeEmpty(place);
  }

  removeEmpty(place: ByteText): void {
    rmdirSync(this.path(place));
    this.#directories.delete(place);
    this.#watch.removed(place);
  }
}
