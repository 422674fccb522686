/** Owners, modes, times and extended attributes, set as the archive says. */
import { chmodSync, fchmodSync, fchownSync, futimesSync, lchownSync, lutimesSync, utimesSync } from 'node:fs';
import { hasCode } from '../../host/index.ts';
import { makeNode, setXattr } from '../../host/kernel/libc.ffi.ts';
import { isRootless } from '../../host/user/index.ts';
import type { ByteText, TarEntry } from '../../oci/tar/index.ts';
import type { Tree } from './tree.ts';

/** What of a directory is set when all is in it: adding files changes its time, and its mode may forbid adding. */
export type Attributes = Pick<TarEntry, 'mode' | 'uid' | 'gid' | 'mtime' | 'xattrs'>;

/** What could not be kept, counted by kind, for one sentence at the end. */
export class Losses {
  readonly #counts = new Map<string, number>();

  add(kind: string): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
  }

  /** `2 device nodes, 1 extended attribute`, or undefined. */
  get sentence(): string | undefined {
    const parts = [...this.#counts].map(([kind, count]) => `${count} ${kind}${count === 1 ? '' : 's'}`);
    return parts.length === 0 ? undefined : `not kept, as this host does not take them: ${parts.join(', ')}`;
  }
}

/** For an open file. Changing the owner clears setuid and capabilities (chown(2)), so it comes first. */
export const applyToFile = (file: number, { uid, gid, mode, mtime }: Attributes, losses: Losses): void => {
  giveTo(() => fchownSync(file, uid, gid), losses);
  fchmodSync(file, mode);
  futimesSync(file, timeOf(mtime), timeOf(mtime));
};

/** An ordinary user's namespace may have no such id: chown(2), EINVAL. Then it stays its root's. */
const giveTo = (give: () => void, losses: Losses): void => {
  try {
    give();
  } catch (error) {
    if (!hasCode(error, 'EINVAL') || !isRootless()) throw error;
    losses.add('owner');
  }
};

/** For a directory, device or pipe: anything but a link. */
export const applyToPlace = (tree: Tree, place: ByteText, attributes: Attributes, losses: Losses): void => {
  const path = tree.path(place);
  giveTo(() => lchownSync(path, attributes.uid, attributes.gid), losses);
  chmodSync(path, attributes.mode);
  applyXattrs(tree, place, attributes.xattrs, losses);
  utimesSync(path, timeOf(attributes.mtime), timeOf(attributes.mtime));
};

/** A link has no mode of its own. */
export const applyToLink = (tree: Tree, place: ByteText, attributes: Attributes, losses: Losses): void => {
  const path = tree.path(place);
  giveTo(() => lchownSync(path, attributes.uid, attributes.gid), losses);
  applyXattrs(tree, place, attributes.xattrs, losses);
  lutimesSync(path, timeOf(attributes.mtime), timeOf(attributes.mtime));
};

/** Node takes negative numbers for now, and dates for what they are; ext4 ends in 2446. */
const timeOf = (mtime: number): number | Date =>
  mtime < 0 ? new Date(Math.max(mtime, -(2 ** 31)) * 1000) : Math.min(mtime, 15_032_385_535);

/**
 * Labels belong to the host's policy, not to the image; and what overlayfs reads as its own notes (linux
 * Documentation/filesystems/overlayfs.rst) must not come from a stranger.
 */
const withheldForm = /^(?:security\.(?:selinux|ima|evm)|(?:trusted|user)\.overlay\..*)$/;

export const isWithheld = (name: string): boolean => withheldForm.test(name);

export const applyXattrs = (tree: Tree, place: ByteText, xattrs: TarEntry['xattrs'], losses: Losses): void => {
  for (const [name, value] of xattrs) {
    if (isWithheld(name)) continue;
    const path = tree.textPath(place);
    try {
      if (path === undefined || !/^[!-~]+$/.test(name)) losses.add('extended attribute');
      else setXattr(path, name, value);
    } catch (error) {
      if (!['ENOTSUP', 'EPERM', 'EINVAL', 'ERANGE', 'E2BIG'].some((code) => hasCode(error, code))) throw error;
      losses.add('extended attribute');
    }
  }
};

const types = { character: 0o020000, block: 0o060000, fifo: 0o010000 } as const;

/** Makes a device node or pipe; false where the host forbids it. */
export const makeSpecial = (tree: Tree, place: ByteText, kind: keyof typeof types, major: number, minor: number): boolean => {
  const path = tree.textPath(place);
  if (path === undefined) return false;
  try {
    makeNode(path, types[kind] | 0o600, deviceNumber(major, minor));
    return true;
  } catch (error) {
    if (kind !== 'fifo' && (hasCode(error, 'EPERM') || hasCode(error, 'EINVAL'))) return false;
    throw error;
  }
};

/** As glibc's makedev(3) packs it: 12 bits of minor around 32 of major. */
const deviceNumber = (major: number, minor: number): bigint => {
  const [high, low] = [BigInt(major), BigInt(minor)];
  return ((high & 0xfffff000n) << 32n) | ((high & 0xfffn) << 8n) | ((low & 0xffffff00n) << 12n) | (low & 0xffn);
};
