/** Copies of whole directory trees, with everything a root file system holds. */
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
import { type Abort, Refusal } from '../../environment/index.ts';
import { run } from '../program/run.ts';
import { hasCode } from './files.ts';

export interface CopyOptions {
  /** Added to every owner's user and group id, and to the root id of file capabilities. */
  readonly shift: number;
  readonly signal?: Abort;
  /** Called now and then with the number of entries copied so far. */
  readonly onProgress?: (entries: number) => void;
}

/**
 * Copies a tree with owners, modes, times, links, devices and extended attributes; file contents are shared copy on write where
 * the file system can (FICLONE). `target` may be there as an empty directory. Nobody else may write to either tree meanwhile.
 * Throws `no-space`.
 */
export const copyTree = async (source: string, target: string, options: CopyOptions): Promise<void> => {
  const copier = new Copier(await import('../kernel/libc.ffi.ts'), options);
  try {
    await copier.copy(source, target);
  } catch (error) {
    if (hasCode(error, 'ENOSPC') || hasCode(error, 'EDQUOT'))
      throw new Refusal('no-space', ['the root file system', target], { cause: error });
    throw error;
  }
};

type Libc = typeof import('../kernel/libc.ffi.ts');

class Copier {
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

/** Adds to the owner of everything in a tree, in place, as a shifted copy would. */
export const shiftOwners = async (path: string, shift: number): Promise<void> => {
  const libc = await import('../kernel/libc.ffi.ts');
  const seen = new Set<number>();
  const visit = (at: string): void => {
    const stats = lstatSync(at);
    if (stats.isDirectory()) for (const name of readdirSync(at)) visit(`${at}/${name}`);
    if (stats.nlink > 1 && !stats.isDirectory()) {
      if (seen.has(stats.ino)) return;
      seen.add(stats.ino);
    }
    const kept = shiftedAttributes.flatMap((name) => {
      const value = libc.getXattr(at, name);
      return value === undefined ? [] : [{ name, value }];
    });
    lchownSync(at, stats.uid + shift, stats.gid + shift);
    if (!stats.isSymbolicLink()) chmodSync(at, stats.mode & 0o7777);
    for (const { name, value } of kept) libc.setXattr(at, name, shiftAttribute(name, value, shift));
  };
  visit(path);
};

/** Attributes that name ids themselves. */
const shiftedAttributes = ['security.capability', 'system.posix_acl_access', 'system.posix_acl_default'] as const;

const shiftAttribute = (name: string, value: Uint8Array, shift: number): Uint8Array => {
  if (name === 'security.capability') return shiftCapability(value, shift);
  return name.startsWith('system.posix_acl_') ? shiftAcl(value, shift) : value;
};

/** Entries of a POSIX access control list that name a user or a group: linux include/uapi/linux/posix_acl.h, ACL_USER and ACL_GROUP. */
const named: ReadonlySet<number> = new Set([0x02, 0x08]);

/** After a version of 4 bytes, entries of 8: tag, permissions, id: posix_acl_xattr.h. */
export const shiftAcl = (value: Uint8Array, shift: number): Uint8Array => {
  const shifted = Uint8Array.from(value);
  const view = new DataView(shifted.buffer);
  for (let at = 4; at + 8 <= shifted.length; at += 8)
    if (named.has(view.getUint16(at, true))) view.setUint32(at + 4, view.getUint32(at + 4, true) + shift, true);
  return shifted;
};

/**
 * File capabilities count only in the user namespace whose root is named in them; revision 2 names the host's, so a shifted copy
 * needs revision 3: capabilities(7), "File capability extended attribute versioning".
 */
export const shiftCapability = (value: Uint8Array, shift: number): Uint8Array => {
  const old = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const revision = old.getUint32(0, true) >>> 24;
  if (shift === 0 || (revision !== 2 && revision !== 3)) return value;
  const rootId = (revision === 3 ? old.getUint32(20, true) : 0) + shift;
  const shifted = new Uint8Array(rootId === 0 ? 20 : 24);
  shifted.set(value.subarray(0, 20));
  const view = new DataView(shifted.buffer);
  view.setUint32(0, (((rootId === 0 ? 2 : 3) << 24) | (old.getUint32(0, true) & 0xff_ffff)) >>> 0, true);
  if (rootId !== 0) view.setUint32(20, rootId, true);
  return shifted;
};

/** Removes a tree of any size: rm(1) takes a fifth of the time of Node's own removal for 10,000 files (140 against 700 ms). */
export const removeLargeTree = async (path: string): Promise<void> => {
  await run('rm', ['-rf', '--one-file-system', '--', path]);
};
