/**
 * What being inside costs: one program works inside environments and beside them, on one file system, on the same processor, in slices
 * of some milliseconds that take turns in random order. Processor time is compared, which nobody else can take; of what waits for the
 * disk, wall time. All begin anew now and then: which pages of memory a process happens to have is chance, and lasts as long as it does.
 */
import { availableParallelism } from 'node:os';
import { UndoScope } from '../../src/environment/index.ts';
import { kindOf, ratioInterval, type Work, workNames } from '../../src/measure/index.ts';
import { inRounds, type Samples, samplesOf } from '../measure/rounds.ts';
import { type Row, ratioRow } from '../measure/row.ts';
import { type Spent, Workload } from '../measure/workload.ts';
import type { Bench, Scene } from '../scene/scene.ts';
import { type Configuration, configurations } from './configurations.ts';
import { bare, bareAgain, forget, leastFilter, type Side, sidesOf } from './sides.ts';

const sliceMs = 12;

/** Without a network all is measured but that. */
const works = workNames.filter((work) => kindOf(work).needs === undefined);

type Taken = Map<string, Spent[]>;

const measure = async (scene: Scene): Promise<readonly Row[]> => {
  await using scope = new UndoScope();
  const sides = await sidesOf(scene, scope);
  const taken: Taken = new Map();
  const sessions = scene.isQuick ? 1 : 6;
  for (let session = 0; session < sessions; session++) {
    await oneSession(scene, sides, taken, (done) =>
      scene.tell({ stage: 'working inside and outside', done: session * works.length + done, of: sessions * works.length }),
    );
  }
  return rowsOf(samplesOf(taken));
};

export const overhead: Bench = { subject: 'work inside against the bare host, by kind of work and of environment', measure };

const oneSession = async (scene: Scene, sides: readonly Side[], taken: Taken, onWork: (done: number) => void): Promise<void> => {
  await using scope = new UndoScope();
  const workers = new Map<string, Workload>();
  for (const side of sides) {
    await forget(side);
    const worker = new Workload(side.line, scene.signal);
    scope.defer(() => worker.close());
    workers.set(side.name, worker);
  }
  for (const [done, work] of works.entries()) {
    onWork(done);
    let processor = anyProcessor();
    const loops = (await workers.get(bare)?.loopsFor(work, sliceMs, processor)) ?? 1;
    const samples = await inRounds(
      Object.fromEntries([...workers].map(([name, worker]) => [name, () => worker.perform(work, loops, processor)])),
      {
        rounds: 10,
        signal: scene.signal,
        onRound: () => {
          processor = anyProcessor();
        },
      },
    );
    for (const { name } of sides) {
      const key = keyOf(name, work);
      taken.set(key, [...(taken.get(key) ?? []), ...samples.of(name)]);
    }
  }
};

/** What has no root file system of isola's has no bars. */
const groups = [...configurations, { name: leastFilter, bars: {} as Configuration['bars'] }];

const rowsOf = (samples: Samples<Spent>): readonly Row[] =>
  groups.flatMap(({ name: group, bars }) =>
    works.map((work) => {
      const { name, quantity } = kindOf(work);
      const times = (side: string): readonly number[] =>
        samples.of(keyOf(side, work)).map(({ wallMs, cpuMs }) => (quantity === 'wall time' ? wallMs : cpuMs));
      const noise = ratioInterval(times(bareAgain), times(bare));
      return ratioRow(ratioInterval(times(group), times(bare)), { group, name, quantity, against: bare, noise, atMost: bars[work] });
    }),
  );

const keyOf = (side: string, work: Work): string => `${side}: ${work}`;

const anyProcessor = (): number => Math.floor(Math.random() * availableParallelism());
