import assert from 'node:assert/strict';
import type { UsageRow } from '../../../src/environment/command/index.ts';
import { type Chapter, clause } from '../clause.ts';
import type { Ground } from '../ground.ts';

const mebi = 1024 ** 2;
/** dd holds its block in memory. */
const greed = (mib: number): readonly string[] => ['dd', 'if=/dev/zero', 'of=/dev/null', `bs=${mib}M`, 'count=1'];
const usage = async (on: Ground, name: string): Promise<UsageRow> => {
  const [row] = await on.data<UsageRow[]>('stats', name);
  assert.ok(row);
  return row;
};
/** Size of the root file system in MiB, as df tells it. */
const size = async (on: Ground, name: string): Promise<number> =>
  Number((await on.inside(name, 'df -m / | tail -n 1')).trim().split(/\s+/)[1]);

export const limits: Chapter = {
  title: 'Limits',
  clauses: [
    clause('--memory holds, and is what free and /proc/meminfo show', ['launch', 'exec', 'stats'], async (on) => {
      await on.hold('--memory', '96M', on.image, 'tight');
      const total = Number(/^MemTotal:\s+(\d+) kB/.exec(await on.inside('tight', 'cat /proc/meminfo'))?.[1]) / 1024;
      assert.ok(total > 76 && total <= 96, `${total} MiB`);
      assert.notEqual((await on.isola('exec', 'tight', '--', ...greed(160))).code, 0);
      assert.equal((await usage(on, 'tight')).memory.limit, 96 * mebi);
    }),

    clause('a memory limit that was hit is counted', ['launch', 'exec', 'stats'], async (on) => {
      await on.hold('--memory', '96M', on.image, 'tight');
      // It holds all that comes until a line ends: more and more, as a kernel that refuses what is too much at once gives it.
      await on.isola('exec', 'tight', '--', 'tail', '/dev/zero');
      const { memory } = await usage(on, 'tight');
      assert.ok((memory.oomKills ?? 0) + (memory.hits ?? 0) > 0, JSON.stringify(memory));
    }),

    clause('--pids holds, and is counted', ['launch', 'exec', 'stats'], async (on) => {
      await on.hold('--pids', '20', on.image, 'few');
      const forks = await on.isola('exec', 'few', '--', 'sh', '-c', 'for i in $(seq 40); do sleep 1 & done; wait');
      assert.match(forks.stderr, /can't fork|Resource temporarily unavailable/);
      const { pids } = await usage(on, 'few');
      assert.equal(pids.limit, 20);
      assert.ok((pids.hits ?? 0) > 0, 'the limit was hit');
    }),

    clause('--cpus holds', ['launch', 'exec', 'stats'], async (on) => {
      await on.hold('--cpus', '0.25', on.image, 'slow');
      const before = (await usage(on, 'slow')).cpu;
      const start = performance.now();
      await on.isola('exec', '--timeout', '2s', 'slow', '--', 'sh', '-c', 'while :; do :; done');
      const { usedSeconds, limitCpus } = (await usage(on, 'slow')).cpu;
      assert.equal(limitCpus, 0.25);
      const share = (usedSeconds - before.usedSeconds) / ((performance.now() - start) / 1000);
      assert.ok(share < 0.4, `${share} of a processor`);
      // However long it was kept from working its clock is right, whenever between question and answer it looks at it.
      await on.inside('slow', "timeout 4 sh -c 'while :; do :; done' 2> /dev/null; true");
      const asked = Date.now() / 1000;
      const seconds = Number(await on.inside('slow', 'date +%s'));
      const now = Date.now() / 1000;
      assert.ok(seconds >= asked - 2 && seconds <= now + 2, `its clock says ${seconds}, the host’s ${asked} to ${now}`);
    }),

    clause('--disk holds, and is what df shows', ['launch', 'exec'], async (on) => {
      await on.hold('--disk', '320M', on.image, 'small');
      const mib = await size(on, 'small');
      assert.ok(mib > 240 && mib <= 320, `${mib} MiB`);
      await on.inside('small', 'fallocate -l 180M /much');
      const { code, stderr } = await on.isola('exec', 'small', '--', 'dd', 'if=/dev/zero', 'of=/full', 'bs=1M', 'count=400');
      assert.notEqual(code, 0);
      assert.match(stderr, /No space left on device/);
    }),

    clause('stats count processor time, memory, processes and bytes of the network', ['stats', 'exec'], async (on) => {
      const shared = await on.shared();
      const before = await usage(on, shared);
      await on.inside(shared, 'i=0; while [ $i -lt 60000 ]; do i=$((i + 1)); done');
      await on.isola('exec', shared, '--', 'timeout', '60', 'nslookup', 'shared');
      const after = await usage(on, shared);
      assert.ok(after.cpu.usedSeconds > before.cpu.usedSeconds, 'processor time');
      assert.ok(after.memory.used > 0 && after.pids.used >= 1, JSON.stringify(after));
      assert.ok((after.network?.sentBytes ?? 0) > (before.network?.sentBytes ?? 0), JSON.stringify(after.network));
      const [over] = await on.data<UsageRow[]>('stats', '--interval', '200ms', shared);
      assert.ok(over?.cpu.percent !== null, 'a share over an interval');
    }),
  ],
};
