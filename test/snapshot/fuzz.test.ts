import { test } from 'node:test';
import { fuzz } from '../../fuzz/mutation.ts';
import { file, snapshotSeed } from '../../fuzz/snapshot/file.ts';

test('half a second of random snapshots is refused in sentences, or they are computers that run', () => {
  snapshotSeed();
  fuzz('snapshot', file, 0.5, 1);
});
