/** How long a further process takes to enter what runs already: `isola exec` against `podman exec`. */
import { UndoScope } from '../src/environment/index.ts';
import { medianInterval, ratioInterval } from '../src/measure/index.ts';
import { inRounds } from './measure/rounds.ts';
import { figureRow, type Row, ratioRow } from './measure/row.ts';
import type { Bench, Scene } from './scene/scene.ts';

const measure = async (scene: Scene): Promise<readonly Row[]> => {
  const { isola, podman } = scene;
  await using scope = new UndoScope();
  const tree = await scene.tree('busybox');
  scope.defer(() => isola.clear());
  await isola.do('launch', 'busybox', 'inside', '--hold');
  scope.defer(() => podman.remove('inside'));
  await podman.do('run', '--detach', '--name=inside', '--network=bridge', '--rootfs', tree, 'sleep', '1000000');

  const [own, peers] = [await scene.isolaStopwatch(scope), await scene.peerStopwatch(scope)];
  const rounds = scene.isQuick ? 5 : 60;
  const samples = await inRounds(
    {
      isola: () => own.time(isola.line('exec', 'inside', '--', 'true')),
      podman: () => peers.time(podman.line('exec', 'inside', 'true')).finally(() => podman.rest()),
    },
    { rounds, signal: scene.signal, onRound: (done) => scene.tell({ stage: 'timing exec', done, of: rounds }) },
  );
  const [ours = [], theirs = []] = ['isola', 'podman'].map((who) => samples.of(who).map(({ wallMs }) => wallMs));
  const wording = { group: 'exec', name: 'exec true in a running busybox', quantity: 'wall time' };
  return [
    ratioRow(ratioInterval(ours, theirs), { ...wording, against: 'podman exec', atMost: 0.5 }),
    figureRow(medianInterval(ours), { ...wording, unit: 'ms' }),
  ];
};

export const exec: Bench = { subject: 'a further process in a running environment against podman’s', measure };
