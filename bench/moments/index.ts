/** Moments of emulated machines that run: how long one stands still while it is kept, how soon another goes on from there, and how much memory those share. */
import { UndoScope } from '../../src/environment/index.ts';
import type { Row } from '../measure/row.ts';
import type { Bench, Scene } from '../scene/scene.ts';
import { pauseRows } from './pause.ts';
import { resumeRows } from './resume.ts';
import { shareRows } from './share.ts';

/** A Debian of the size that a machine has where nobody says. */
export const words = ['--technique', 'emulation', '--memory', '512M', 'debian/12'] as const;

const measure = async (scene: Scene): Promise<readonly Row[]> => {
  await using scope = new UndoScope();
  scope.defer(() => scene.isola.clear());
  scene.tell({ stage: 'making a Debian' });
  await scene.isola.do('launch', ...words, 'debian');
  return [...(await pauseRows(scene)), ...(await resumeRows(scene)), ...(await shareRows(scene))];
};

export const moments: Bench = {
  subject: 'emulated machines that are kept while they run: the pause, how soon one goes on from there, what forks share',
  measure,
};
