/** How soon a computer goes on from a moment: in a process that was made for it, and by the command that makes machines of it. */
import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { medianInterval } from '../../src/measure/index.ts';
import { figureRow, type Row } from '../measure/row.ts';
import type { Scene } from '../scene/scene.ts';
import type { Resumed } from './resumed.ts';

const mostMs = 60;
const program = join(import.meta.dirname, 'resumed.ts');

export const resumeRows = async (scene: Scene): Promise<readonly Row[]> => {
  const { isola, isQuick } = scene;
  await isola.do('snapshot', 'create', 'debian', 'ready');
  const [memory = ''] = globSync(`${isola.directory}/ve/*/snapshots/ready/layers/memory`);
  const rounds = isQuick ? 3 : 20;
  const told: Resumed[] = [];
  const commands: number[] = [];
  for (let round = 0; round < rounds; round++) {
    scene.tell({ stage: 'going on from a moment', done: round, of: rounds });
    told.push(JSON.parse(execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', program, memory], { encoding: 'utf8' })));
    const begun = performance.now();
    await isola.do('clone', 'debian/ready', 'fork');
    commands.push(performance.now() - begun);
    await isola.do('delete', '--force', 'fork');
  }
  const row = (name: string, quantity: string, times: readonly number[], atMost?: number): Row =>
    figureRow(medianInterval(times), { group: 'restore', name, quantity, unit: 'ms', atMost });
  const of = (what: keyof Resumed): readonly number[] => told.map((one) => one[what]);
  const first = 'Debian, 512 MiB, from its file’s opening to the guest’s first instruction';
  return [
    row(`${first}, the first in its process`, 'wall time', of('firstMs'), mostMs),
    row(`${first}, the first in its process`, 'time of a processor', of('firstCpuMs')),
    row(`${first}, the second in its process`, 'wall time', of('secondMs'), mostMs),
    row(
      'Debian, 512 MiB, from the process’s begin to the guest’s first instruction, its sources read one by one',
      'wall time',
      of('sinceBeginMs'),
    ),
    row('isola clone debian/ready fork, until its agent has told it who it is', 'wall time', commands),
  ];
};
