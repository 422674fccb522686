/** Limits, set at creation and changed while it runs: by what they do, by the kernel's own files, and by what stats says. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { before, suite, test } from 'node:test';
import type { EnvironmentRow, UsageRow } from '../../src/environment/command/index.ts';
import { stage, whyNot } from '../stage/stage.ts';

const mebi = 1024 ** 2;

suite('limits', { skip: (await whyNot('os-level')) ?? false }, () => {
  const here = stage();
  const inside = (...command: readonly string[]) => here.isola('exec', 've', '--', ...command);
  const usage = async (name = 've') => (await here.data<UsageRow[]>('stats', name))[0] as UsageRow;

  /** Contents of the first file that is there, of the controller's group; the names of both versions. */
  const kernel = async (...files: readonly string[]): Promise<string> => {
    const [row] = await here.data<EnvironmentRow[]>('list', 've');
    const group = `isola-${await here.tag()}/${row?.id}`;
    const points = ['', 'unified/', ...files.map((file) => `${file.split('.')[0]}/`)];
    const paths = files.flatMap((file) => points.map((point) => `/sys/fs/cgroup/${point}${group}/${file}`));
    return readFileSync(paths.find(existsSync) ?? `no ${files.join(' or ')}`, 'utf8').trim();
  };

  before(async () => {
    const given = ['--memory', '64M', '--pids', '30', '--cpus', '0.5', '--cpu-weight', '50', '--cpuset', '0'];
    await here.ok('launch', '--hold', '--network', 'none', ...given, 'busybox', 've');
  });

  /** Processor seconds that two busy loops get in a second. */
  const share = async (): Promise<number> => {
    const start = await usage();
    const from = performance.now();
    const loop = ['timeout', '2', 'sh', '-c', 'while :; do :; done'];
    await Promise.all([inside(...loop), inside(...loop)]);
    const used = (await usage()).cpu.usedSeconds - start.cpu.usedSeconds;
    return used / ((performance.now() - from) / 1000);
  };

  test('processor time: half of one, then a fifth, and what was held back is counted', async () => {
    assert.match(await kernel('cpu.cfs_quota_us', 'cpu.max'), /^50000/);
    const half = await share();
    assert.ok(half < 0.6, `${half} of a processor`);
    await here.ok('set', 've', '--cpus', '0.2');
    assert.match(await kernel('cpu.cfs_quota_us', 'cpu.max'), /^20000/);
    const fifth = await share();
    assert.ok(fifth < 0.3, `${fifth} of a processor`);
    const { cpu } = await usage();
    assert.ok((cpu.throttledPeriods ?? 0) > 0 && (cpu.throttledSeconds ?? 0) > 0);
    await here.ok('set', 've', '--cpus', 'none');
    assert.match(await kernel('cpu.cfs_quota_us', 'cpu.max'), /^(-1|max)/);
  });

  test('processors: one, then all', async () => {
    assert.equal(await kernel('cpuset.cpus'), '0');
    assert.match((await inside('grep', 'Cpus_allowed_list', '/proc/self/status')).stdout, /\t0\n$/);
    assert.equal((await inside('nproc')).stdout, '1\n');
    await here.ok('set', 've', '--cpuset', 'none');
    assert.equal((await inside('nproc')).stdout, `${cpus().length}\n`);
    assert.match(await here.refused(2, 'set', 've', '--cpuset', '900'), /this host has processors/);
  });

  test('weights: of two that compete for one processor, nine times the weight gets most', async () => {
    await here.ok('launch', '--hold', '--network', 'none', '--cpuset', '0', '--cpu-weight', '900', 'busybox', 'heavy');
    await here.ok('set', 've', '--cpuset', '0', '--cpu-weight', '100');
    const used = async () => [(await usage('heavy')).cpu.usedSeconds, (await usage()).cpu.usedSeconds] as const;
    // Both must be at it for as long as is measured.
    const loop = ['sh', '-c', 'echo begun > /begun; while [ ! -e /end ]; do :; done'];
    const both = ['heavy', 've'] as const;
    const loops = both.map((name) => here.ok('exec', name, '--', ...loop));
    for (const name of both) while ((await here.isola('exec', name, '--', 'test', '-e', '/begun')).code !== 0);
    const [heavyBefore, lightBefore] = await used();
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const [heavy, light] = await used();
    for (const name of both) await here.ok('exec', name, '--', 'touch', '/end');
    await Promise.all(loops);
    assert.ok(heavy - heavyBefore > 3 * (light - lightBefore), `${heavy - heavyBefore} against ${light - lightBefore} seconds`);
    await here.ok('delete', '--force', 'heavy');
    await here.ok('set', 've', '--cpuset', 'none', '--cpu-weight', 'none');
  });

  test('memory: what exceeds it is killed and counted; a larger limit lets it live', async () => {
    assert.equal(await kernel('memory.limit_in_bytes', 'memory.max'), String(64 * mebi));
    const greedy = ['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=100M', 'count=1'];
    assert.equal((await inside(...greedy)).code, 137);
    const { memory } = await usage();
    assert.deepEqual([memory.limit, (memory.oomKills ?? 0) > 0, (memory.hits ?? 0) > 0], [64 * mebi, true, true]);
    await here.ok('set', 've', '--memory', '200M');
    assert.equal((await inside(...greedy)).code, 0);
    assert.equal((await usage()).memory.limit, 200 * mebi);
    assert.match(await here.refused(1, 'set', 've', '--memory', '1M'), /--memory 1 MiB is too small/);
    assert.equal((await usage()).memory.limit, 200 * mebi, 'a refusal changes nothing');
    await here.ok('set', 've', '--memory', 'none');
    assert.equal((await usage()).memory.limit, null);
  });

  test('swap goes beyond memory, or is refused where the kernel does not count it', async () => {
    await here.ok('set', 've', '--memory', '64M');
    const told = await here.isola('set', 've', '--swap', '32M');
    if (told.code === 0)
      assert.match(await kernel('memory.memsw.limit_in_bytes', 'memory.swap.max'), new RegExp(`^(${96 * mebi}|${32 * mebi})$`));
    else assert.match(told.stderr, /swap can't be limited on this host: its kernel does not count swap/);
    assert.match(await here.refused(2, 'launch', '--swap', '1G', 'busybox'), /--swap is counted beyond --memory/);
    await here.ok('set', 've', '--memory', 'none', '--swap', 'none');
  });

  test('processes: what exceeds them can’t be forked and is counted; more can be had at once', async () => {
    assert.equal(await kernel('pids.max'), '30');
    const forks = ['sh', '-c', 'for i in $(seq 40); do sleep 1 & done; wait'];
    assert.match((await inside(...forks)).stderr, /can't fork/);
    const { pids } = await usage();
    assert.ok(pids.limit === 30 && (pids.hits ?? 0) > 0);
    await here.ok('set', 've', '--pids', '100');
    assert.deepEqual(await inside(...forks), { code: 0, stdout: '', stderr: '' });
    await here.ok('set', 've', '--pids', 'none');
    assert.equal(await kernel('pids.max'), '2048', 'never without any');
  });

  test('its own /proc tells of its limits, and follows them', async () => {
    await here.ok('set', 've', '--memory', '96M', '--cpus', '1', '--cpuset', '0');
    const total = async () => Number(/^MemTotal:\s+(\d+) kB$/m.exec((await inside('cat', '/proc/meminfo')).stdout)?.[1]) * 1024;
    assert.equal(await total(), 96 * mebi);
    await here.ok('set', 've', '--memory', '128M');
    assert.equal(await total(), 128 * mebi);
    assert.equal((await inside('grep', '-c', '^processor', '/proc/cpuinfo')).stdout, '1\n');
    assert.equal((await inside('cat', '/sys/devices/system/cpu/online')).stdout, '0\n');
    await here.ok('set', 've', '--cpuset', 'none', '--cpus', 'none');
    assert.equal((await inside('grep', '-c', '^processor', '/proc/cpuinfo')).stdout, `${cpus().length}\n`);
    const uptime = Number((await inside('cat', '/proc/uptime')).stdout.split('.')[0]);
    const host = Number(readFileSync('/proc/uptime', 'utf8').split('.')[0]);
    const [row] = await here.data<EnvironmentRow[]>('list', 've');
    const age = (Date.now() - Date.parse(row?.startedAt ?? '')) / 1000;
    assert.ok(Math.abs(uptime - age) < 5 && uptime < host, `up ${uptime} s of ${host} s`);
  });

  test('stats says the same in every format', async () => {
    await here.ok('set', 've', '--memory', '128M', '--pids', '77');
    assert.match(await here.ok('stats', 've'), /\bve\b.*128 MiB/);
    const [header = '', line = ''] = (await here.ok('stats', 've', '--format', 'csv')).split('\n');
    const field = (name: string) => line.split(',')[header.split(',').indexOf(name)];
    assert.deepEqual([field('name'), field('memory.limit'), field('pids.limit')], ['ve', String(128 * mebi), '77']);
    assert.match(await here.ok('stats', 've', '--format', 'yaml'), /limit: 77\n/);
    const watched = await here.data<UsageRow[]>('stats', 've', '--interval', '300ms');
    assert.equal(typeof watched[0]?.cpu.percent, 'number');
  });

  test('limits are written down: they are there after a restart', async () => {
    await here.ok('restart', '--force', 've');
    const { memory, pids } = await usage();
    assert.deepEqual([memory.limit, pids.limit], [128 * mebi, 77]);
    assert.equal(await kernel('pids.max'), '77');
    await here.ok('delete', '--force', 've');
  });
});
