/** Applies layers, bottom first, to an empty directory: image-spec v1.1, layer.md, "Applying Changesets". */
import { closeSync, constants, linkSync, openSync, symlinkSync, writeSync } from 'node:fs';
import { hasCode } from '../../host/index.ts';
import { Damage, Unsupported } from '../../oci/index.ts';
import { type ByteText, type TarEntry, TarReader, type TarSink, whiteoutOf } from '../../oci/tar/index.ts';
import { type Attributes, applyToFile, applyToLink, applyToPlace, applyXattrs, Losses, makeSpecial } from './attributes.ts';
import { join, partsOf, printable } from './paths.ts';
import type { Space } from './space.ts';
import { Tree } from './tree.ts';

/** Of a directory that no entry describes. */
const implied: Attributes = { mode: 0o755, uid: 0, gid: 0, mtime: 0, xattrs: new Map() };
const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

/** The unpacking of one image. Layers are read one after the other; `finish` must follow the last. */
export class Layers {
  readonly #tree: Tree;
  readonly #space: Space;
  readonly #losses = new Losses();
  readonly #directories = new Map<ByteText, Attributes>([['', implied]]);
  /** What the layer at hand wrote, and the directories on the way to it: whiteouts pass these by. */
  #written = new Set<ByteText>();
  #touched = new Set<ByteText>();
  #file: { readonly descriptor: number; readonly place: ByteText; readonly entry: TarEntry } | undefined;

  /** `root` is an empty directory. */
  constructor(root: string, space: Space) {
    this.#space = space;
    this.#tree = new Tree(root, {
      implied: (place) => void this.#directories.set(place, implied),
      removed: (place) => void this.#directories.delete(place),
    });
  }

  /** A reader for the next layer. Whatever is thrown while it is fed, `abandon` must be called then. */
  next(): TarReader {
    this.#written = new Set();
    this.#touched = new Set(['']);
    const sink: TarSink = {
      entry: (entry) => this.#entry(entry),
      content: (piece) => this.#content(piece),
      end: () => this.#end(),
    };
    return new TarReader(sink);
  }

  /** Gives directories their attributes. Returns a sentence about what the host did not take, if anything. */
  finish(): string | undefined {
    for (const [place, attributes] of this.#directories) applyToPlace(this.#tree, place, attributes, this.#losses);
    return this.#losses.sentence;
  }

  /** Closes what is open; what was unpacked is of no use then. */
  abandon(): void {
    if (this.#file !== undefined) closeSync(this.#file.descriptor);
    this.#file = undefined;
  }

  #entry(entry: TarEntry): void {
    try {
      this.#apply(entry);
    } catch (error) {
      if (hasCode(error, 'ENAMETOOLONG'))
        throw new Unsupported(`"${printable(entry.name)}" is too long a name for this host`, 'make the image with shorter names');
      throw error;
    }
  }

  #apply(entry: TarEntry): void {
    const parts = partsOf(entry.name);
    const base = parts.at(-1);
    if (base === undefined) {
      if (entry.kind !== 'directory') throw new Damage(`its root is a ${entry.kind}`);
      this.#directories.set('', entry);
      return;
    }
    const whiteout = whiteoutOf(base);
    if (whiteout !== undefined) {
      const directory = this.#tree.directoryOf(parts, false);
      if (directory === undefined) return;
      if (whiteout.kind === 'opaque') this.#hideBelow(directory);
      else if (whiteout.kind === 'name') this.#hide(join(directory, whiteout.name));
      return;
    }
    this.#space.file(entry.size);
    const place = join(this.#tree.directoryOf(parts, true) ?? '', base);
    this.#make(entry, place);
    this.#note(place);
  }

  #make(entry: TarEntry, place: ByteText): void {
    switch (entry.kind) {
      case 'directory':
        this.#makeDirectory(entry, place);
        break;
      case 'file':
        this.#makeFile(entry, place);
        break;
      case 'hardlink':
        this.#makeHardLink(entry, place);
        break;
      case 'symlink':
        this.#clear(place);
        symlinkSync(Buffer.from(entry.linkName, 'latin1'), this.#tree.path(place));
        applyToLink(this.#tree, place, entry, this.#losses);
        break;
      case 'character':
      case 'block':
      case 'fifo':
        this.#clear(place);
        if (makeSpecial(this.#tree, place, entry.kind, entry.major, entry.minor)) applyToPlace(this.#tree, place, entry, this.#losses);
        else this.#losses.add('device node');
    }
  }

  #makeDirectory(entry: TarEntry, place: ByteText): void {
    if (!this.#tree.isDirectory(place)) {
      this.#clear(place);
      this.#tree.makeDirectory(place);
    }
    this.#directories.set(place, entry);
  }

  #makeFile(entry: TarEntry, place: ByteText): void {
    const path = this.#tree.path(place);
    const open = (): number => openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    let descriptor: number;
    try {
      descriptor = open();
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
      this.#clear(place);
      descriptor = open();
    }
    this.#file = { descriptor, place, entry };
  }

  /** The link's own owner, mode and so on are those of the file it is. */
  #makeHardLink(entry: TarEntry, place: ByteText): void {
    const parts = partsOf(entry.linkName);
    const directory = this.#tree.directoryOf(parts, false);
    const target = directory === undefined ? '' : join(directory, parts.at(-1) ?? '');
    const found = directory === undefined ? undefined : this.#tree.look(target);
    if (target === place && found !== undefined) return;
    if (found === undefined || found.isDirectory()) throw this.#badLink(entry);
    this.#clear(place);
    try {
      linkSync(this.#tree.path(target), this.#tree.path(place));
    } catch (error) {
      // Clearing the place may have removed the target with it.
      throw hasCode(error, 'ENOENT') ? this.#badLink(entry) : error;
    }
  }

  #badLink({ name, linkName }: TarEntry): Damage {
    return new Damage(`"${printable(name)}" is a hard link to "${printable(linkName)}", and there is no such file in the image`);
  }

  #content(piece: Uint8Array): void {
    // A whiteout is a name; what some writers put into it means nothing.
    if (this.#file === undefined) return;
    this.#space.spend(piece.length);
    for (let at = 0; at < piece.length; ) at += writeSync(this.#file.descriptor, piece, at);
  }

  #end(): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#file = undefined;
    try {
      applyToFile(file.descriptor, file.entry, this.#losses);
    } finally {
      closeSync(file.descriptor);
    }
    if (file.entry.xattrs.size > 0) applyXattrs(this.#tree, file.place, file.entry.xattrs, this.#losses);
  }

  /** Makes room for something that is not what was there. */
  #clear(place: ByteText): void {
    const found = this.#tree.look(place);
    if (found !== undefined) this.#tree.remove(place, found);
  }

  #note(place: ByteText): void {
    this.#written.add(place);
    for (let at = place.lastIndexOf('/'); at > 0; at = place.lastIndexOf('/', at - 1)) {
      const above = place.slice(0, at);
      if (this.#touched.has(above)) return;
      this.#touched.add(above);
    }
  }

  /** Removes what layers below put at a place; what this layer wrote there or below stays. */
  #hide(place: ByteText): void {
    const found = this.#tree.look(place);
    if (found === undefined) return;
    const kept = this.#written.has(place);
    if (found.isDirectory() && (kept || this.#touched.has(place))) this.#hideBelow(place);
    else if (!kept) this.#tree.remove(place, found);
  }

  #hideBelow(directory: ByteText): void {
    for (const name of this.#tree.names(directory)) this.#hide(join(directory, name));
  }
}
