/**
 * Whole commands, from the fork of the launcher to its end: `./isola run IMAGE -- true` against `podman run --rm` of an equal tree. Each
 * is followed by a pause in which what it leaves to another process is done, so that it costs neither.
 */
import { type Scope, UndoScope } from '../../src/environment/index.ts';
import { medianInterval, ratioInterval } from '../../src/measure/index.ts';
import { inRounds, type Subjects } from '../measure/rounds.ts';
import { figureRow, type Row, ratioRow } from '../measure/row.ts';
import type { Timed } from '../measure/stopwatch.ts';
import type { Scene } from '../scene/scene.ts';

/** With nothing else, isola raises lxcfs, its bridge and a name server for this one start, podman its bridge; else they are up. */
type Company = 'nothing else runs' | 'another one runs';

interface Case {
  readonly image: string;
  readonly network: 'bridge' | 'none';
  readonly atMost?: number;
}

/** The first is both sides' default. */
const cases: readonly Case[] = [
  { image: 'busybox', network: 'bridge', atMost: 0.6 },
  { image: 'busybox', network: 'none' },
  { image: 'debian/12', network: 'bridge' },
];

export const commandRows = async (scene: Scene, company: Company): Promise<readonly Row[]> => {
  await using scope = new UndoScope();
  const subjects = await subjectsOf(scene, scope);
  if (company === 'another one runs') await keepCompany(scene, scope);
  const rounds = scene.isQuick ? 3 : 30;
  const samples = await inRounds(subjects, {
    rounds,
    signal: scene.signal,
    onRound: (done) => scene.tell({ stage: `timing whole commands, ${company}`, done, of: rounds }),
  });
  return cases.flatMap((one) => {
    const [ours, theirs] = [keyOf('isola', one), keyOf('podman', one)].map((key) => samples.of(key).map(({ wallMs }) => wallMs));
    const wording = { group: `whole command, ${company}`, quantity: 'wall time' };
    const name = `run ${one.image}, network ${one.network}`;
    return [
      ratioRow(ratioInterval(ours!, theirs!), { ...wording, name, against: 'podman run --rm', atMost: one.atMost }),
      figureRow(medianInterval(ours!), { ...wording, name, unit: 'ms' }),
    ];
  });
};

const keyOf = (who: 'isola' | 'podman', { image, network }: Case): string => `${who} ${image} ${network}`;

const subjectsOf = async (scene: Scene, scope: Scope): Promise<Subjects<Timed>> => {
  const { isola, podman } = scene;
  const [own, peers] = [await scene.isolaStopwatch(scope), await scene.peerStopwatch(scope)];
  const subjects: Record<string, () => Promise<Timed>> = {};
  for (const one of cases) {
    const tree = await scene.tree(one.image);
    const ours = isola.line('run', ...(one.network === 'bridge' ? [] : ['--network', one.network]), one.image, '--', 'true');
    const theirs = podman.line('run', '--rm', `--network=${one.network}`, '--rootfs', tree, 'true');
    subjects[keyOf('isola', one)] = () => own.time(ours).finally(() => isola.rest());
    subjects[keyOf('podman', one)] = () => peers.time(theirs).finally(() => podman.rest());
  }
  return subjects;
};

const keepCompany = async (scene: Scene, scope: Scope): Promise<void> => {
  const { isola, podman } = scene;
  scope.defer(() => isola.clear());
  await isola.do('launch', 'busybox', 'company', '--hold');
  scope.defer(() => podman.remove('company'));
  await podman.do('run', '--detach', '--name=company', '--network=bridge', '--rootfs', await scene.tree('busybox'), 'sleep', '1000000');
};
