/**
 * Idle busybox environments, each with its own root file system, user ids, address and keeper. isola starts a batch by one command, as
 * many at once as it thinks right; podman, whose commands start one each, by a loop, and by as many loops at once as isola starts
 * environments; of an image, so that each has a root of its own too. Batches take turns, what is raised once for all is up on both sides
 * before, and the disk has what the one before wrote: who syncs pays for what is his.
 */
import { execFileSync } from 'node:child_process';
import type { EnvironmentRow } from '../../src/environment/command/index.ts';
import { type Scope, UndoScope } from '../../src/environment/index.ts';
import { medianInterval, ratioInterval } from '../../src/measure/index.ts';
import { atOnce } from '../../src/supervisor/verbs/deeds.ts';
import { inRounds } from '../measure/rounds.ts';
import { figureRow, type Row, ratioRow, readingRow } from '../measure/row.ts';
import { Annex } from '../scene/annex.ts';
import { Podman } from '../scene/podman.ts';
import type { Scene } from '../scene/scene.ts';
import { availableMib, chargedMib } from './memory.ts';

interface Amounts {
  readonly batches: number;
  readonly batch: number;
  readonly most: number;
}

export const idleRows = async (scene: Scene): Promise<readonly Row[]> => {
  const amounts = scene.isQuick ? { batches: 2, batch: 5, most: 20 } : { batches: 4, batch: 50, most: 500 };
  await using scope = new UndoScope();
  scope.defer(() => scene.isola.clear());
  await scene.tree('busybox');
  await scene.isola.do('launch', 'busybox', 'first', '--hold');
  return [...(await startRows(scene, amounts)), ...(await crowdRows(scene, amounts))];
};

/** How long they take to start. podman's are gone afterwards, isola's stay. */
const startRows = async (scene: Scene, { batches, batch }: Amounts): Promise<readonly Row[]> => {
  const { isola, signal } = scene;
  await using scope = new UndoScope();
  const { annex, podman } = await podmanForMany(scene, scope);
  const [own, peers] = [await scene.isolaStopwatch(scope), await scene.peerStopwatch(scope, annex)];
  const [ours, theirs] = [namesFrom(1, batches, batch), namesFrom(1, 2 * batches, batch)];
  const one = podman.line('run', '--detach', '--network=bridge', '--name={}', 'localhost/busybox', 'sleep', '1000000');
  const loopOf = (commands: number) => peers.time(['sh', '-c', manyAtOnce, 'many', (theirs.pop() ?? []).join('\n'), `${commands}`, ...one]);
  const samples = await inRounds(
    {
      isola: settled(() => own.time(isola.line('launch', 'busybox', ...(ours.pop() ?? []), '--hold'))),
      loop: settled(() => loopOf(1)),
      loops: settled(() => loopOf(atOnce.starting)),
    },
    {
      rounds: batches,
      signal,
      onRound: (done) => scene.tell({ stage: 'starting many', done: 3 * done * batch, of: 3 * batches * batch, unit: 'environments' }),
    },
  );
  const [wall = [], loop = [], loops = []] = ['isola', 'loop', 'loops'].map((who) => samples.of(who).map(({ wallMs }) => wallMs / 1000));
  const wording = { group: 'many', name: `start ${batches * batch} busybox`, quantity: 'wall time' };
  return [
    ratioRow(ratioInterval(wall, loop), { ...wording, against: 'a loop of podman run --detach', atMost: 0.3 }),
    ratioRow(ratioInterval(wall, loops), { ...wording, against: `${atOnce.starting} such loops at once` }),
    readingRow(sum(wall), { ...wording, unit: 's' }),
    readingRow(sum(loop), { ...wording, name: `start ${batches * batch} busybox by a loop of podman`, unit: 's' }),
    readingRow(sum(loops), {
      ...wording,
      name: `start ${batches * batch} busybox by ${atOnce.starting} loops of podman at once`,
      unit: 's',
    }),
  ];
};

const settled =
  <T>(measure: () => Promise<T>) =>
  (): Promise<T> => {
    execFileSync('sync');
    return measure();
  };

/** podman on an annex of its own, which takes hundreds of containers away at once. */
const podmanForMany = async (scene: Scene, scope: Scope): Promise<{ readonly annex: Annex; readonly podman: Podman }> => {
  const annex = await Annex.open(`${scene.directory}/annex-many`, scene.signal, 'many');
  scope.defer(() => annex.close());
  const podman = new Podman(`${scene.directory}/podman-many`, annex, scene.signal);
  await podman.do('import', `${await scene.tree('busybox')}.tar`, 'localhost/busybox');
  await podman.do('run', '--detach', '--network=bridge', 'localhost/busybox', 'sleep', '1000000');
  return { annex, podman };
};

const manyAtOnce = 'names=$1 most=$2; shift 2; echo "$names" | xargs -P "$most" -I {} "$@"';

/** How many can be, and what one costs: batch by batch, for others take and give back memory, too. */
const crowdRows = async (scene: Scene, { batches, batch, most }: Amounts): Promise<readonly Row[]> => {
  const { isola } = scene;
  const few = batches * batch;
  const costsMib: number[] = [];
  for (const names of namesFrom(few + 1, (most - few) / batch, batch)) {
    scene.tell({ stage: 'starting the rest', done: few + costsMib.length * batch, of: most, unit: 'environments' });
    const before = availableMib();
    await isola.do('launch', 'busybox', ...names, '--hold');
    costsMib.push((before - availableMib()) / batch);
  }
  const running = (await isola.data<EnvironmentRow[]>('list')).filter(({ phase, name }) => phase === 'running' && name !== 'first');
  const [group, quantity, unit] = ['many', 'memory missing on the host', 'MiB'] as const;
  return [
    readingRow(running.length, { group, name: 'idle busybox', quantity: 'running at once', unit: 'VEs', atLeast: most }),
    readingRow(chargedMib(running[0]?.id ?? '') / running.length, {
      group,
      name: 'idle busybox, its own pages included',
      quantity: 'memory charged to it and its keeper',
      unit,
      atMost: 2,
    }),
    figureRow(medianInterval(costsMib), { group, name: 'idle busybox, its own pages included', quantity, unit, atMost: 2 }),
  ];
};

/** Batches of names, the first `n<first>`. */
const namesFrom = (first: number, batches: number, batch: number): string[][] =>
  Array.from({ length: batches }, (_, at) => Array.from({ length: batch }, (_, n) => `n${first + at * batch + n}`));

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
