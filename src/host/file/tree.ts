/** Copies of whole directory trees, with everything a root file system holds. */
import { chmodSync, lchownSync, lstatSync, readdirSync } from 'node:fs';
import { Refusal } from '../../environment/index.ts';
import { run } from '../program/run.ts';
import type { CopyOptions } from './copier.ts';
import { hasCode } from './files.ts';
import { shiftAttribute, shiftedAttributes } from './shift.ts';

export type { CopyOptions } from './copier.ts';

let underWay = 0;
let besides = false;

/**
 * Copies a tree with owners, modes, times, links, devices and extended attributes; file contents are shared copy on write where
 * the file system can (FICLONE). `target` may be there as an empty directory. Nobody else may write to either tree meanwhile.
 * Throws `no-space`.
 */
export const copyTree = async (source: string, target: string, options: CopyOptions): Promise<void> => {
  // Where one is under way already, more are likely to come; a thread is dearer than one small copy.
  besides = underWay > 0 || (besides && (await import('./beside.ts')).hasThread());
  underWay++;
  try {
    if (besides) await (await import('./beside.ts')).copyBeside(source, target, options);
    else await copyHere(source, target, options);
  } catch (error) {
    if (hasCode(error, 'ENOSPC') || hasCode(error, 'EDQUOT'))
      throw new Refusal('no-space', ['the root file system', target], { cause: error });
    throw error;
  } finally {
    underWay--;
  }
};

const copyHere = async (source: string, target: string, options: CopyOptions): Promise<void> => {
  const [libc, { Copier }] = await Promise.all([import('../kernel/libc.ffi.ts'), import('./copier.ts')]);
  await new Copier(libc, options).copy(source, target);
};

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

/** Removes a tree of any size: rm(1) takes a fifth of the time of Node's own removal for 10,000 files (140 against 700 ms). */
export const removeLargeTree = async (path: string): Promise<void> => {
  await run('rm', ['-rf', '--one-file-system', '--', path]);
};
