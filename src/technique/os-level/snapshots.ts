/** States of an environment's files to come back to. */
import { existsSync, readdirSync, renameSync } from 'node:fs';
import { canReflink } from '../../host/file-system.ts';
import { makeDirectory } from '../../host/files.ts';
import { run } from '../../host/run.ts';
import { removeLargeTree } from '../../host/tree.ts';
import type { VirtualEnvironment } from './environment.ts';

/** Made beside under a name no snapshot can have, then renamed: a crash leaves no half one. */
export const take = async (ve: VirtualEnvironment, snapshot: string): Promise<{ readonly bytes: number; readonly how: string }> => {
  const { snapshots } = ve.place;
  const [half, whole] = [`${snapshots}/.${snapshot}`, `${snapshots}/${snapshot}`];
  makeDirectory(snapshots, 0o700);
  if (existsSync(half)) await removeLargeTree(half);
  makeDirectory(half, 0o700);
  try {
    await (await ve.root()).take(half);
  } catch (error) {
    await removeLargeTree(half);
    throw error;
  }
  renameSync(half, whole);
  const shared = canReflink(snapshots);
  return { bytes: shared ? 0 : await sizeOf(whole), how: shared ? 'shares blocks until they change' : 'a full copy' };
};

export const restore = async (ve: VirtualEnvironment, snapshot: string): Promise<void> => {
  const root = await ve.root();
  await root.unmount();
  await root.restore(`${ve.place.snapshots}/${snapshot}`);
};

export const remove = async (ve: VirtualEnvironment, snapshot: string): Promise<void> => {
  const { snapshots } = ve.place;
  const [whole, half] = [`${snapshots}/${snapshot}`, `${snapshots}/.${snapshot}`];
  if (existsSync(whole)) renameSync(whole, half);
  if (existsSync(half)) await removeLargeTree(half);
  if (existsSync(snapshots) && readdirSync(snapshots).length === 0) await removeLargeTree(snapshots);
};

/** Half snapshots go, and a half restored root gives way to the one before. */
export const recover = async (ve: VirtualEnvironment): Promise<void> => {
  const { snapshots } = ve.place;
  const half = existsSync(snapshots) ? readdirSync(snapshots).filter((name) => name.startsWith('.')) : [];
  for (const name of half) await removeLargeTree(`${snapshots}/${name}`);
  await (await ve.root()).recover();
};

const sizeOf = async (path: string): Promise<number> => Number((await run('du', ['-s', '--block-size=1', path])).stdout.split('\t')[0]);
