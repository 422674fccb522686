import assert from 'node:assert/strict';
import type { Deed } from '../../../src/environment/command/index.ts';
import { type Chapter, clause } from '../clause.ts';

export const boot: Chapter = {
  title: 'Start with the host',
  clauses: [
    clause('start --onboot starts those with an order, in that order, and no others', ['launch', 'set', 'start', 'list'], async (on) => {
      await on.hold('--no-start', '--onboot', '20', on.image, 'late');
      await on.hold('--no-start', on.image, 'first', 'never');
      await on.ok('set', 'first', '--onboot', '10');
      assert.equal((await on.row('first')).onboot, 10);
      const deeds = await on.data<Deed[]>('start', '--onboot');
      assert.deepEqual(
        deeds.map(({ name, did }) => [name, did]),
        [
          ['first', 'started'],
          ['late', 'started'],
        ],
      );
      assert.equal(await on.phase('never'), 'stopped');
      const starts = await Promise.all(['first', 'late'].map(async (name) => Date.parse((await on.row(name)).startedAt ?? '')));
      assert.ok((starts[0] ?? 0) < (starts[1] ?? 0));
      await on.ok('set', 'first', '--onboot', 'none');
      assert.equal((await on.row('first')).onboot, null);
    }),
  ],
};
