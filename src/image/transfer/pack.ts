/** Writes tar archives: of a root directory, and of the files of an OCI layout. */
import { createReadStream, lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { getXattr, listXattrs } from '../../host/kernel/libc.ffi.ts';
import { endMark, type Kind, padding, type TarEntry, writeHeader } from '../../oci/tar/index.ts';
import { isWithheld } from '../unpack/attributes.ts';
import { isPlain, join } from '../unpack/paths.ts';

const pieceBytes = 256 << 10;
const none: TarEntry['xattrs'] = new Map();

/** All of a tree in the order of names, with numeric owners; files of several names once, then as hard links. Sockets are left out. */
export const packTree = (root: string): AsyncGenerator<Uint8Array> => batched(treePieces(root));

async function* treePieces(root: string): AsyncGenerator<Uint8Array> {
  const seen = new Map<number, string>();
  yield writeHeader(entryOf(root, '', lstatSync(root), undefined));
  for (const { place, stats } of walk(root)) {
    const first = stats.nlink > 1 && !stats.isDirectory() ? seen.get(stats.ino) : undefined;
    if (stats.nlink > 1 && first === undefined) seen.set(stats.ino, place);
    const entry = entryOf(root, place, stats, first);
    yield writeHeader(entry);
    if (entry.kind !== 'file') continue;
    yield* contentOf(hostPath(root, place), entry.size);
    yield padding(entry.size);
  }
  yield endMark;
}

/** Small pieces joined: most files of a system are smaller than what a pipeline's turn costs. */
async function* batched(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let batch: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of source) {
    batch.push(piece);
    bytes += piece.length;
    if (bytes < pieceBytes) continue;
    yield Buffer.concat(batch);
    batch = [];
    bytes = 0;
  }
  yield Buffer.concat(batch);
}

export interface PackFile {
  readonly name: string;
  readonly size: number;
  /** Yields `size` bytes. */
  content(): AsyncIterable<Uint8Array>;
}

/** Plain files, owned by root and without times, so that equal files give equal archives; directories before what is in them. */
export async function* packFiles(files: readonly PackFile[]): AsyncGenerator<Uint8Array> {
  const made = new Set<string>();
  for (const { name, size, content } of files) {
    for (let slash = name.indexOf('/'); slash > 0; slash = name.indexOf('/', slash + 1)) {
      const directory = name.slice(0, slash);
      if (made.has(directory)) continue;
      made.add(directory);
      yield writeHeader(plain('directory', directory, 0o755, 0));
    }
    yield writeHeader(plain('file', name, 0o644, size));
    yield* content();
    yield padding(size);
  }
  yield endMark;
}

const plain = (kind: Kind, name: string, mode: number, size: number): TarEntry => ({
  ...{ kind, name, mode, size, linkName: '', uid: 0, gid: 0, mtime: 0, major: 0, minor: 0, xattrs: none },
});

interface Found {
  /** Below the root, as bytes. */
  readonly place: string;
  readonly stats: Stats;
}

/** A directory, then at once what is in it: GNU tar sets a directory's time when it sees the first name outside. */
function* walk(root: string): Generator<Found> {
  const pending = [...namesIn(root, '')];
  for (let place = pending.pop(); place !== undefined; place = pending.pop()) {
    const stats = lstatSync(hostPath(root, place));
    if (stats.isSocket()) continue;
    yield { place, stats };
    if (stats.isDirectory()) pending.push(...namesIn(root, place));
  }
}

/** The last first, as they are taken from the end. */
const namesIn = (root: string, directory: string): readonly string[] =>
  readdirSync(hostPath(root, directory), 'latin1')
    .sort()
    .reverse()
    .map((name) => join(directory, name));

const entryOf = (root: string, place: string, stats: Stats, first: string | undefined): TarEntry => {
  const kind = first === undefined ? kindOf(stats) : 'hardlink';
  const path = hostPath(root, place);
  return {
    kind,
    name: place === '' ? './' : place,
    linkName: first ?? (kind === 'symlink' ? readlinkSync(path, 'latin1') : ''),
    mode: stats.mode & 0o7777,
    uid: stats.uid,
    gid: stats.gid,
    size: kind === 'file' ? stats.size : 0,
    // Milliseconds are rounded up by some kernels' float: whole seconds stay whole.
    mtime: Math.round(stats.mtimeMs * 1000) / 1_000_000,
    ...deviceOf(stats, kind),
    xattrs: first === undefined ? xattrsOf(path) : none,
  };
};

const kindOf = (stats: Stats): Kind => {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isCharacterDevice()) return 'character';
  return stats.isBlockDevice() ? 'block' : 'fifo';
};

/** The reverse of makedev(3), as far as a number holds it. */
const deviceOf = ({ rdev }: Stats, kind: Kind): { readonly major: number; readonly minor: number } => {
  if (kind !== 'character' && kind !== 'block') return { major: 0, minor: 0 };
  const packed = BigInt(rdev);
  const major = ((packed >> 8n) & 0xfffn) | ((packed >> 32n) & 0xfffff000n);
  const minor = (packed & 0xffn) | ((packed >> 12n) & 0xffffff00n);
  return { major: Number(major), minor: Number(minor) };
};

/** Names that are no UTF-8 can't have any: unpacking could not set them. */
const xattrsOf = (path: string | Buffer): TarEntry['xattrs'] => {
  const text = path.toString();
  if (typeof path !== 'string' && !Buffer.from(text).equals(path)) return none;
  const names = listXattrs(text).filter((name) => !isWithheld(name));
  if (names.length === 0) return none;
  return new Map(
    names.flatMap((name) => {
      const value = getXattr(text, name);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
};

async function* contentOf(path: string | Buffer, size: number): AsyncGenerator<Uint8Array> {
  if (size === 0) return;
  if (size <= pieceBytes) {
    const whole = readFileSync(path);
    if (whole.length !== size) throw changed(path);
    yield whole;
    return;
  }
  let done = 0;
  for await (const piece of createReadStream(path, { highWaterMark: pieceBytes })) {
    done += piece.length;
    yield piece;
  }
  if (done !== size) throw changed(path);
}

const changed = (path: string | Buffer): Error => new Error(`${path} has changed while it was read`);

const hostPath = (root: string, place: string): string | Buffer => {
  if (place === '') return root;
  return isPlain(place) ? `${root}/${place}` : Buffer.concat([Buffer.from(`${root}/`), Buffer.from(place, 'latin1')]);
};
