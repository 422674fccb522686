/**
 * What a store makes for its emulated machines before the first can start, their kernel and the moments that they go on from, made once on a machine and handed to
 * the stores of tests that are about something else: it takes as long as a boot, twice. A store whose isola is another one finds that it has none, and makes its own.
 */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  constants as fs,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { lock } from './lock.ts';
import { Stage } from './stage.ts';

const house = join(import.meta.dirname, '../..');
const kept = join(house, '.isola/test-machines');
/** When these were written, isola was another one. */
const marks = ['joined/index.json', 'guest/agent'].map((name) => join(house, '.isola', name));

/** To an empty store. */
export const provideMachines = async (stage: Stage): Promise<void> => {
  await using _lock = await lock(`${kept}.lock`);
  if (!isFresh()) await make();
  chmodSync(stage.store, 0o711);
  // The kernel is known by when it was made.
  symlinkSync(join(kept, 'kernels'), `${stage.store}/kernels`);
  mkdirSync(`${stage.store}/outsets`, { mode: 0o711 });
  for (const name of readdirSync(join(kept, 'outsets')))
    copyFileSync(join(kept, 'outsets', name), `${stage.store}/outsets/${name}`, fs.COPYFILE_FICLONE);
};

const isFresh = (): boolean => {
  const made = statSync(join(kept, 'outsets'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return existsSync(join(kept, 'kernels')) && marks.every((path) => (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) < made);
};

/** One that has a network, one that looks after a disk, and a small one. In a store that anybody may go through, as those of tests are, and on the same file system, or it would be another kernel. */
const make = async (): Promise<void> => {
  const stage = new Stage();
  try {
    await stage.ok('run', '--technique', 'emulation', '--keep', '--name', 'first', 'busybox', '--', 'true');
    await stage.ok('cp', 'first:/root', '-');
    await stage.ok('run', '--technique', 'emulation', '--memory', '160M', 'busybox', '--', 'true');
    rmSync(kept, { recursive: true, force: true });
    mkdirSync(kept);
    for (const name of ['kernels', 'outsets']) renameSync(`${stage.store}/${name}`, join(kept, name));
  } finally {
    await stage.leave();
  }
};
