/** What the launcher adds to the command it starts: the same command line with it and with Node directly. */
import { join } from 'node:path';
import { UndoScope } from '../../src/environment/index.ts';
import { medianInterval } from '../../src/measure/index.ts';
import { inRounds } from '../measure/rounds.ts';
import { figureRow, type Row } from '../measure/row.ts';
import type { Scene } from '../scene/scene.ts';

const home = join(import.meta.dirname, '../..');

export const launcherRows = async (scene: Scene): Promise<readonly Row[]> => {
  await using scope = new UndoScope();
  const env = { NODE_COMPILE_CACHE: `${home}/.isola/cache` };
  const stopwatch = await scene.isolaStopwatch(scope, env);
  const direct = [
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    '--min-semi-space-size=16',
    `${home}/tools/join/start.cjs`,
    'list',
  ];
  const rounds = scene.isQuick ? 10 : 100;
  const samples = await inRounds(
    { launcher: () => stopwatch.time(scene.isola.line('list')), direct: () => stopwatch.time(direct) },
    { rounds, signal: scene.signal, onRound: (done) => scene.tell({ stage: 'timing the launcher', done, of: rounds }) },
  );
  const walls = (subject: string): readonly number[] => samples.of(subject).map(({ wallMs }) => wallMs);
  const bare = walls('direct');
  const added = walls('launcher').map((ms, round) => ms - (bare[round] ?? Number.NaN));
  const group = 'launcher';
  return [
    figureRow(medianInterval(added), { group, name: 'list, beyond Node on what it starts', quantity: 'wall time', unit: 'ms', atMost: 5 }),
    figureRow(medianInterval(walls('launcher')), { group, name: 'list', quantity: 'wall time', unit: 'ms' }),
  ];
};
