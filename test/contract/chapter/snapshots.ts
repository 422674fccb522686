import assert from 'node:assert/strict';
import type { SnapshotRow } from '../../../src/environment/command/index.ts';
import { type Chapter, clause } from '../clause.ts';

export const snapshots: Chapter = {
  title: 'Snapshots and clones',
  clauses: [
    clause(
      'a snapshot brings files back',
      ['snapshot create', 'snapshot list', 'snapshot restore', 'snapshot delete', 'exec'],
      async (on) => {
        const listed = async () => (await on.data<SnapshotRow[]>('snapshot', 'list', 'origin')).map(({ name }) => name);
        await on.hold(on.image, 'origin');
        await on.inside('origin', 'echo first > /root/state');
        assert.equal((await on.data<SnapshotRow[]>('snapshot', 'create', 'origin', 'one'))[0]?.name, 'one');
        await on.inside('origin', 'echo second > /root/state; echo new > /root/new');
        assert.match(await on.refused(1, 'snapshot', 'restore', 'origin', 'one'), /origin is running/);
        await on.ok('snapshot', 'restore', '--force', 'origin', 'one');
        assert.equal(await on.inside('origin', 'cat /root/state; ls /root/new 2>/dev/null; true'), 'first\n');
        assert.match(await on.refused(1, 'snapshot', 'create', 'origin', 'one'), /has a snapshot called one already/);
        assert.deepEqual(await listed(), ['one']);
        await on.ok('snapshot', 'delete', 'origin', 'one');
        assert.deepEqual(await listed(), []);
      },
    ),

    clause('one that is stopped has snapshots, too', ['snapshot create', 'snapshot restore', 'cp'], async (on) => {
      await on.hold('--no-start', on.image, 'origin');
      await on.ok('snapshot', 'create', 'origin', 'pure');
      await on.ok('cp', '/etc/hostname', 'origin:/root/added');
      await on.ok('snapshot', 'restore', 'origin', 'pure');
      assert.match(await on.refused(1, 'cp', 'origin:/root/added', '/tmp/never'), /there is no origin:\/root\/added/);
    }),

    clause(
      'a clone has the files of a snapshot, or those of now, and a name and address of its own',
      ['clone', 'snapshot create'],
      async (on) => {
        await on.hold(on.image, 'origin');
        await on.inside('origin', 'echo first > /root/state');
        await on.ok('snapshot', 'create', 'origin', 'one');
        await on.inside('origin', 'echo second > /root/state');
        await on.ok('clone', '--start', 'origin/one', 'old');
        await on.ok('clone', '--start', 'origin', 'now');
        assert.equal(await on.inside('old', 'cat /root/state; hostname'), 'first\nold\n');
        assert.equal(await on.inside('now', 'cat /root/state; hostname; echo changed > /root/state'), 'second\nnow\n');
        assert.equal(await on.inside('origin', 'cat /root/state'), 'second\n');
        const rows = await Promise.all(['origin', 'old', 'now'].map((name) => on.row(name)));
        assert.equal(new Set(rows.map(({ address }) => address)).size, 3);
        assert.ok(rows.every(({ technique }) => technique === on.technique));
      },
    ),
  ],
};
