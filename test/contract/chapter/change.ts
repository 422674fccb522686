import assert from 'node:assert/strict';
import type { UsageRow } from '../../../src/environment/command/index.ts';
import { type Chapter, clause } from '../clause.ts';

const mebi = 1024 ** 2;
const greed = ['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=160M', 'count=1'];

export const change: Chapter = {
  title: 'Changes',
  clauses: [
    clause('a memory limit changes while it runs', ['set', 'exec', 'stats'], async (on) => {
      await on.hold('--memory', '96M', on.image, 'wide');
      assert.notEqual((await on.isola('exec', 'wide', '--', ...greed)).code, 0);
      await on.ok('set', 'wide', '--memory', '256M');
      assert.equal((await on.isola('exec', 'wide', '--', ...greed)).code, 0);
      assert.equal((await on.data<UsageRow[]>('stats', 'wide'))[0]?.memory.limit, 256 * mebi);
    }),

    clause('a memory limit set while it is stopped holds from the next start', ['set', 'start', 'exec'], async (on) => {
      await on.hold('--no-start', '--memory', '96M', on.image, 'wide');
      await on.ok('set', 'wide', '--memory', '512M');
      await on.ok('start', 'wide');
      assert.equal((await on.isola('exec', 'wide', '--', ...greed)).code, 0);
    }),

    clause('--cpus and --pids change while it runs, and are lifted', ['set', 'stats', 'show'], async (on) => {
      await on.hold('--cpus', '0.5', '--pids', '30', on.image, 'tuned');
      await on.ok('set', 'tuned', '--cpus', '0.75', '--pids', 'none');
      const [usage] = await on.data<UsageRow[]>('stats', 'tuned');
      assert.equal(usage?.cpu.limitCpus, 0.75);
      assert.deepEqual((await on.show('tuned')).spec.limits, { cpus: 0.75 });
      assert.equal((await on.isola('exec', 'tuned', '--', 'sh', '-c', 'for i in $(seq 40); do sleep 0.2 & done; wait')).stderr, '');
    }),

    clause('what can’t change is refused, and nothing changes', ['set', 'show'], async (on) => {
      const shared = await on.shared();
      const before = await on.show(shared);
      assert.match(await on.refused(2, 'set', shared, '--memory', '1Q'), /--memory can't be "1Q"/);
      assert.match(await on.refused(1, 'set', shared, '--volume', '/tmp:/tmp'), /shared/);
      assert.match(await on.refused(1, 'set', 'no-such', '--pids', '10'), /no environment is called no-such/);
      assert.deepEqual(await on.show(shared), before);
    }),
  ],
};
