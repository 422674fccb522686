/** States of an environment's files to come back to. */
import { existsSync, readdirSync, renameSync, rmdirSync } from 'node:fs';
import type { Abort } from '../../environment/index.ts';
import { canReflink } from '../../host/file/file-system.ts';
import { makeDirectory } from '../../host/file/files.ts';
import { removeLargeTree } from '../../host/file/tree.ts';
import { run } from '../../host/program/run.ts';
import type { Jailed } from '../jailed.ts';
import { isMoving } from '../root/moving.ts';

/** Made beside under a name no snapshot can have, then renamed: a crash leaves no half one. */
export const take = async (
  jailed: Jailed,
  snapshot: string,
  signal: Abort,
  fill = async (directory: string): Promise<void> => (await jailed.root()).take(directory, signal),
): Promise<{ readonly bytes: number; readonly how: string }> => {
  const { snapshots } = jailed.place;
  const [half, whole] = [`${snapshots}/.${snapshot}`, `${snapshots}/${snapshot}`];
  makeDirectory(snapshots, 0o700);
  if (existsSync(half)) await removeLargeTree(half);
  makeDirectory(half, 0o700);
  try {
    await fill(half);
  } catch (error) {
    await removeLargeTree(half);
    removeIfEmpty(snapshots);
    throw error;
  }
  renameSync(half, whole);
  const shared = canReflink(snapshots);
  return { bytes: shared ? 0 : await sizeOf(whole), how: shared ? 'shares blocks until they change' : 'a full copy' };
};

export const prepareRestore = async (jailed: Jailed, snapshot: string, signal: Abort): Promise<void> => {
  const root = await jailed.root();
  try {
    await root.prepareRestore(`${jailed.place.snapshots}/${snapshot}`, signal);
  } catch (error) {
    await root.recover();
    throw error;
  }
};

export const restore = async (jailed: Jailed): Promise<void> => {
  const root = await jailed.root();
  await root.unmount();
  await root.restore();
};

export const remove = async (jailed: Jailed, snapshot: string): Promise<void> => {
  const { snapshots } = jailed.place;
  const [whole, half] = [`${snapshots}/${snapshot}`, `${snapshots}/.${snapshot}`];
  if (existsSync(whole)) renameSync(whole, half);
  if (existsSync(half)) await removeLargeTree(half);
  removeIfEmpty(snapshots);
};

/** Snapshots that are not known go, whole or half, and a half restored root gives way to the one before. */
export const recover = async (jailed: Jailed, known: readonly string[]): Promise<void> => {
  const { snapshots } = jailed.place;
  const others = existsSync(snapshots) ? readdirSync(snapshots).filter((name) => !known.includes(name)) : [];
  for (const name of others) await removeLargeTree(`${snapshots}/${name}`);
  removeIfEmpty(snapshots);
  if (isMoving(jailed)) await (await import('./shelf.ts')).recover(jailed);
  await (await jailed.root()).recover();
};

const removeIfEmpty = (path: string): void => {
  if (existsSync(path) && readdirSync(path).length === 0) rmdirSync(path);
};

const sizeOf = async (path: string): Promise<number> => Number((await run('du', ['-s', '--block-size=1', path])).stdout.split('\t')[0]);
