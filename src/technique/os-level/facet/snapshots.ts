/** States of an environment's files to come back to. */
import { existsSync, readdirSync, renameSync, rmdirSync } from 'node:fs';
import type { Abort } from '../../../environment/index.ts';
import { canReflink } from '../../../host/file/file-system.ts';
import { makeDirectory } from '../../../host/file/files.ts';
import { removeLargeTree } from '../../../host/file/tree.ts';
import { run } from '../../../host/program/run.ts';
import type { VirtualEnvironment } from '../environment.ts';

/** Made beside under a name no snapshot can have, then renamed: a crash leaves no half one. */
export const take = async (
  ve: VirtualEnvironment,
  snapshot: string,
  signal: Abort,
): Promise<{ readonly bytes: number; readonly how: string }> => {
  const { snapshots } = ve.place;
  const [half, whole] = [`${snapshots}/.${snapshot}`, `${snapshots}/${snapshot}`];
  makeDirectory(snapshots, 0o700);
  if (existsSync(half)) await removeLargeTree(half);
  makeDirectory(half, 0o700);
  try {
    await (await ve.root()).take(half, signal);
  } catch (error) {
    await removeLargeTree(half);
    removeIfEmpty(snapshots);
    throw error;
  }
  renameSync(half, whole);
  const shared = canReflink(snapshots);
  return { bytes: shared ? 0 : await sizeOf(whole), how: shared ? 'shares blocks until they change' : 'a full copy' };
};

export const prepareRestore = async (ve: VirtualEnvironment, snapshot: string, signal: Abort): Promise<void> => {
  const root = await ve.root();
  try {
    await root.prepareRestore(`${ve.place.snapshots}/${snapshot}`, signal);
  } catch (error) {
    await root.recover();
    throw error;
  }
};

export const restore = async (ve: VirtualEnvironment): Promise<void> => {
  const root = await ve.root();
  await root.unmount();
  await root.restore();
};

export const remove = async (ve: VirtualEnvironment, snapshot: string): Promise<void> => {
  const { snapshots } = ve.place;
  const [whole, half] = [`${snapshots}/${snapshot}`, `${snapshots}/.${snapshot}`];
  if (existsSync(whole)) renameSync(whole, half);
  if (existsSync(half)) await removeLargeTree(half);
  removeIfEmpty(snapshots);
};

/** Snapshots that are not known go, whole or half, and a half restored root gives way to the one before. */
export const recover = async (ve: VirtualEnvironment, known: readonly string[]): Promise<void> => {
  const { snapshots } = ve.place;
  const others = existsSync(snapshots) ? readdirSync(snapshots).filter((name) => !known.includes(name)) : [];
  for (const name of others) await removeLargeTree(`${snapshots}/${name}`);
  removeIfEmpty(snapshots);
  await (await ve.root()).recover();
};

const removeIfEmpty = (path: string): void => {
  if (existsSync(path) && readdirSync(path).length === 0) rmdirSync(path);
};

const sizeOf = async (path: string): Promise<number> => Number((await run('du', ['-s', '--block-size=1', path])).stdout.split('\t')[0]);
