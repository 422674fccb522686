/**
 * What a store makes for its emulated machines before the first can start, their kernel and the moments that they go on from, made once on a machine and handed to
 * the stores of tests that are about something else: it takes as long as two boots. A store whose isola is another one finds that it has none, and makes its own.
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
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lock } from './lock.ts';
import { Stage } from './stage.ts';

const house = join(import.meta.dirname, '../..');
const kept = join(house, '.isola/test-machines');
/** When these were written, isola was another one. */
const marks = ['joined/index.json', 'guest/agent'].map((name) => join(house, '.isola', name));

/** A kernel is known by when it was made, which what is copied to another file system isn't. */
const canKeep = (): boolean => statSync(tmpdir()).dev === statSync(house).dev;

/** To an empty store, where what is kept may lie on the file system of stores. */
export const provideMachines = async (stage: Stage): Promise<void> => {
  if (!canKeep()) return;
  await using _lock = await lock(`${kept}.lock`);
  if (!isFresh()) await make();
  chmodSync(stage.store, 0o711);
  symlinkSync(join(kept, 'kernels'), `${stage.store}/kernels`);
  mkdirSync(`${stage.store}/outsets`, { mode: 0o711 });
  for (const name of readdirSync(join(kept, 'outsets')))
    copyFileSync(join(kept, 'outsets', name), `${stage.store}/outsets/${name}`, fs.COPYFILE_FICLONE);
};

const isFresh = (): boolean => {
  const made = statSync(join(kept, 'outsets'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return existsSync(join(kept, 'kernels')) && marks.every((path) => (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) < made);
};

/** A usual one and a small one, in a store that anybody may go through, as those of tests are. */
const make = async (): Promise<void> => {
  const stage = new Stage();
  try {
    for (const memory of ['512M', '160M']) await stage.ok('run', '--technique', 'emulation', '--memory', memory, 'busybox', '--', 'true');
    rmSync(kept, { recursive: true, force: true });
    mkdirSync(kept);
    for (const name of ['kernels', 'outsets']) renameSync(`${stage.store}/${name}`, join(kept, name));
  } finally {
    await stage.leave();
  }
};
