/**
 * How processes come to their places, by isola's own program and by the host's: an npm package brings the former for one kind of processor alone,
 * so the latter has to do on others. Judged by what /proc says of the processes.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { after, suite, test } from 'node:test';
import { controlGroup, readHierarchies } from '../../src/host/cgroup/index.ts';
import { until } from '../../src/host/program/processes.ts';
import { holdNamespaces } from '../../src/jail/start/namespaces.ts';
import { inGroups } from '../../src/jail/start/runtime.ts';
import { buildUsher } from '../../tools/build-guest.ts';

const skip = process.getuid?.() === 0 ? false : 'control groups are root’s';
const base = 0x7fff_0000;
const nothing = mkdtempSync(`${tmpdir()}/isola-usher-`);
after(() => rmSync(nothing, { recursive: true }));

const ways = [
  { way: 'isola’s own program', guest: dirname(buildUsher()) },
  { way: 'the host’s programs', guest: nothing },
] as const;

for (const { way, guest } of ways) {
  suite(`led by ${way}`, { skip }, () => {
    test('namespaces are an environment’s own, made by its root’s id, and gone when nobody needs them', async () => {
      const held = await holdNamespaces(guest, base, 'own');
      assert.ok(held);
      for (const kind of ['user', 'net']) assert.notEqual(namespace(held.pid, kind), namespace('self', kind));
      assert.equal(namespace(held.pid, 'mnt'), namespace('self', 'mnt'));
      assert.deepEqual(readFileSync(`/proc/${held.pid}/uid_map`, 'utf8').trim().split(/\s+/), ['0', String(base), '65536']);
      assert.match(readFileSync(`/proc/${held.pid}/status`, 'utf8'), new RegExp(`^Uid:\\s+${base}\\s`, 'm'));
      held.release();
      assert.ok(await until(() => !existsSync(`/proc/${held.pid}`), 10_000));
    });

    test('a network of nobody’s has its loopback up', async () => {
      const held = await holdNamespaces(guest, null, 'loopback');
      assert.ok(held);
      assert.equal(held.user, undefined);
      const { stdout } = spawnSync('nsenter', [`--net=${held.network}`, 'ip', '-br', 'address', 'show', 'lo'], { encoding: 'utf8' });
      assert.match(stdout, /^lo\s.*127\.0\.0\.1\/8/);
      held.release();
    });

    test('a program is in every group, and sees one version of them where it is not to see both', async () => {
      const path = `isola-usher-test-${process.pid}`;
      const group = controlGroup(path);
      await group.create(null);
      try {
        const ran = (view: boolean, ...line: string[]): string => {
          const [program = '', ...args] = inGroups(group.entrances, { guest, view }, line);
          const { stdout, stderr, status } = spawnSync(program, args, { encoding: 'utf8' });
          assert.equal(status, 0, stderr);
          return stdout;
        };
        const memberships = ran(false, 'cat', '/proc/self/cgroup').split('\n');
        assert.equal(memberships.filter((line) => line.endsWith(`:/${path}`)).length, group.entrances.length);
        const { legacy, unified } = readHierarchies();
        const isHybrid = legacy.size > 0 && unified === '/sys/fs/cgroup/unified';
        if (isHybrid) assert.ok(ran(true, 'ls', '/sys/fs/cgroup').includes('cgroup.procs'));
        assert.equal(existsSync('/sys/fs/cgroup/cgroup.procs'), legacy.size === 0);
      } finally {
        await group.remove();
      }
    });
  });
}

const namespace = (pid: number | 'self', kind: string): string => readlinkSync(`/proc/${pid}/ns/${kind}`);

test('a program on a read-only mount of its own is as any other, but can’t be written through /proc', { skip }, () => {
  const write = ['sh', '-c', 'echo "$0 $1"; : > "/proc/$$/exe"', 'first', 'second'];
  const [apart, plain] = [['--read-only'], []].map((options) =>
    spawnSync(buildUsher(), ['enter', ...options, '--', ...write], { encoding: 'utf8' }),
  );
  assert.equal(apart?.stdout, 'first second\n');
  assert.match(apart?.stderr ?? '', /Read-only file system/);
  assert.equal(plain?.stdout, 'first second\n');
  assert.match(plain?.stderr ?? '', /Text file busy/);
});
