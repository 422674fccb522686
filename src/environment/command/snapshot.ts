/** Verbs about snapshots of an environment's files. */
import { snapshotRows } from './results.ts';
import { flag, one, perhaps, some, verb } from './verb.ts';

const name = one('NAME', 'environment', 'environment');
const snapshot = one('SNAPSHOT', 'snapshot', 'snapshot');

export const create = verb({
  words: ['snapshot', 'create'],
  summary: 'Keep an environment as it is now',
  details:
    'Of an emulated machine that runs, all that runs in it; of others, the files, for which they are frozen. Copy on write where the host’s file system can.',
  operands: { name, snapshot: perhaps('SNAPSHOT', 'nothing', 'its name; a number is made up if left away') },
  options: {},
  examples: [{ line: 'snapshot create web before-upgrade', does: 'keep a state to come back to' }],
  result: snapshotRows,
});

export const list = verb({
  words: ['snapshot', 'list'],
  summary: 'List snapshots',
  operands: { name: perhaps('NAME', 'environment', 'only of this environment') },
  options: {},
  examples: [{ line: 'snapshot list web', does: 'with time and size' }],
  result: snapshotRows,
});

export const restore = verb({
  words: ['snapshot', 'restore'],
  summary: 'Take an environment back to a snapshot',
  operands: { name, snapshot },
  options: { force: flag('stop it if it runs, and start it again afterwards', { short: 'f' }) },
  examples: [{ line: 'snapshot restore web before-upgrade', does: 'undo everything since' }],
  result: snapshotRows,
});

const deleteVerb = verb({
  words: ['snapshot', 'delete'],
  summary: 'Delete snapshots',
  operands: { name, snapshots: some('SNAPSHOT', 'snapshot', 'snapshots') },
  options: {},
  examples: [{ line: 'snapshot delete web before-upgrade', does: 'free its space' }],
  result: snapshotRows,
});

export { deleteVerb as delete };
