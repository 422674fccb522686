/** For how long a machine stands still while it is kept, as its own process tells. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SnapshotRow } from '../../src/environment/command/index.ts';
import { medianInterval } from '../../src/measure/index.ts';
import { figureRow, type Row } from '../measure/row.ts';
import type { Scene } from '../scene/scene.ts';
import { words } from './index.ts';

const mostMs = 100;
/** What a machine does between two moments: it writes 60 MiB anew, and then only computes. */
const writes = 'pkill -f "^sh -c while" ; head -c 60M /dev/urandom > /dev/shm/written; sh -c "while :; do :; done" > /dev/null 2>&1 &';
/** The same 60 MiB over and over: no round of putting aside leaves less than the one before. */
const goesOnWriting = 'sh -c "while :; do cp /dev/shm/written /dev/shm/copy; done" > /dev/null 2>&1 &';
const ceases = 'pkill -f "^sh -c while"; rm -f /dev/shm/written /dev/shm/copy';

export const pauseRows = async (scene: Scene): Promise<readonly Row[]> => {
  const { isola } = scene;
  const rounds = scene.isQuick ? 2 : 10;
  const inside = (script: string): Promise<string> => isola.do('exec', 'debian', '--', 'sh', '-c', script);
  const kept = async (name: string): Promise<number> => {
    const [row] = await isola.data<readonly [SnapshotRow]>('snapshot', 'create', name, 'bench');
    await isola.do('snapshot', 'delete', name, 'bench');
    return Number(/stood still for ([\d.]+) ms/.exec(row.how)?.[1] ?? Number.NaN);
  };
  const each = async (what: string, before: () => Promise<unknown>): Promise<readonly number[]> => {
    const all: number[] = [];
    for (let round = 0; round < rounds; round++) {
      scene.tell({ stage: `keeping a machine ${what}`, done: round, of: rounds });
      await before();
      all.push(await kept('debian'));
    }
    return all;
  };
  const launched: number[] = [];
  for (let round = 0; round < Math.ceil(rounds / 2); round++) {
    scene.tell({ stage: 'keeping a machine that has just been launched', done: round, of: Math.ceil(rounds / 2) });
    await isola.do('launch', ...words, 'fresh');
    launched.push(await kept('fresh'));
    await isola.do('delete', '--force', 'fresh');
  }
  const idle = await each('that idles', () => sleep(scene.isQuick ? 1000 : 5000, undefined, { signal: scene.signal }));
  const written = await each('that has written 60 MiB', () => inside(writes));
  await inside(goesOnWriting);
  const writing = await each('that goes on writing', () => sleep(1000, undefined, { signal: scene.signal }));
  await inside(ceases);
  const row = (name: string, times: readonly number[], atMost?: number): Row =>
    figureRow(medianInterval(times), { group: 'pause', name, quantity: 'it stands still', unit: 'ms', atMost });
  return [
    row('Debian, 512 MiB, just launched', launched, mostMs),
    row('Debian, 512 MiB, idle', idle, mostMs),
    row('Debian, 512 MiB, 60 MiB written just before, and a busy loop', written, mostMs),
    row('Debian, 512 MiB, which copies 60 MiB in memory, over and over', writing),
  ];
};
