/** Copies of root file systems: made with progress, and put in another's place without a moment in which neither is whole. */
import { existsSync, renameSync, statSync } from 'node:fs';
import type { Abort, Call } from '../../environment/index.ts';
import { type CopyOptions, copyTree, removeLargeTree } from '../../host/file/tree.ts';
import { run } from '../../host/program/run.ts';

/** Copies a tree beside another one, whose place it shall take. */
export const copyBeside = async (source: string, target: string, signal: Abort): Promise<void> => {
  const fresh = `${target}.new`;
  if (existsSync(fresh)) await removeLargeTree(fresh);
  await copyTree(source, fresh, { shift: 0, signal });
};

/** Puts that copy in its place; a crash leaves one of the two whole. */
export const putInPlace = async (target: string): Promise<void> => {
  const [fresh, old] = [`${target}.new`, `${target}.old`];
  if (existsSync(old)) await removeLargeTree(old);
  if (existsSync(target)) renameSync(target, old);
  renameSync(fresh, target);
  if (existsSync(old)) await removeLargeTree(old);
};

/** After a crash within these: the old one is back, or the new one in place, and nothing beside it. */
export const recoverTree = async (target: string): Promise<void> => {
  const [fresh, old] = [`${target}.new`, `${target}.old`];
  if (!existsSync(target) && existsSync(old)) renameSync(old, target);
  for (const path of [fresh, old]) if (existsSync(path)) await removeLargeTree(path);
};

/** How a root is copied for a new environment, with progress. */
export const copying = (shift: number, of: number | undefined, { signal, progress }: Call): CopyOptions => ({
  shift,
  signal,
  onProgress: (done) => progress({ stage: 'copying the root file system', done, unit: 'files', ...(of !== undefined && { of }) }),
});

/** Shares blocks where the file system can, and leaves holes as holes. */
export const copyImage = async (source: string, target: string, signal: Abort): Promise<void> => {
  await run('cp', ['--reflink=auto', '--sparse=always', '--', source, target], { signal });
};

/** What a file with a file system takes of the host, and its size. */
export const imageUse = (path: string): { readonly used: number; readonly size: number } => {
  const { blocks, size } = statSync(path);
  return { used: blocks * 512, size };
};
