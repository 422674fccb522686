/** Whole Debian systems, each with its own systemd. Their roots are overlays: 60 copies of a Debian would be 13 GB of disk, not of memory. */
import { UndoScope } from '../../src/environment/index.ts';
import { type Row, readingRow } from '../measure/row.ts';
import type { Scene } from '../scene/scene.ts';
import { availableMib } from './memory.ts';

export const systemRows = async (scene: Scene): Promise<readonly Row[]> => {
  const { isola } = scene;
  const count = scene.isQuick ? 3 : 60;
  const names = Array.from({ length: count }, (_, at) => `system${at + 1}`);
  await using scope = new UndoScope();
  scope.defer(() => isola.clear());
  await scene.tree('debian/12');
  scene.tell({ stage: `booting ${count} Debian systems` });
  const [before, begun] = [availableMib(), performance.now()];
  await isola.do('launch', '--wait', '--root', 'overlay', 'debian/12', ...names);
  const seconds = (performance.now() - begun) / 1000;
  const missing = before - availableMib();
  let running = 0;
  for (const name of names) {
    const state = await isola.do('exec', name, '--', 'sh', '-c', 'systemctl is-system-running || true');
    if (state.trim() === 'running') running++;
    scene.tell({ stage: 'asking each system', done: names.indexOf(name) + 1, of: count, unit: 'environments' });
  }
  const [group, name] = ['many', 'Debian with systemd'];
  return [
    readingRow(running, { group, name, quantity: 'systemd’s “running” at once', unit: 'VEs', atLeast: count }),
    readingRow(missing / count, { group, name, quantity: 'memory missing on the host', unit: 'MiB' }),
    readingRow(seconds, { group, name: `boot ${count} to “running”`, quantity: 'wall time', unit: 's' }),
  ];
};
