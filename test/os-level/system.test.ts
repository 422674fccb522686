/** Environments that boot an init system, judged by that system itself. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { before, suite, test } from 'node:test';
import type { Deed, EnvironmentRow } from '../../src/environment/command/index.ts';
import { readHierarchies } from '../../src/host/cgroup/hierarchies.ts';
import { stage, whyNot } from '../stage/stage.ts';
import { provideDebian } from './debian.ts';
import { compiled } from './guest/compile.ts';

const skip = (await whyNot('os-level')) ?? (readHierarchies().unified === undefined ? 'no unified control groups' : false);

suite('a Debian system', { skip }, () => {
  const here = stage();
  const inside = (...command: readonly string[]) => here.ok('exec', 'sys', '--', ...command);
  const row = async (name = 'sys') => (await here.data<EnvironmentRow[]>('list', name))[0];

  /** Groups at the top of what a systemd could write to, without those of isola's stores and of podman. */
  const topGroups = (): readonly string[] => {
    const { legacy, unified } = readHierarchies();
    const points = [unified, legacy.get('name=systemd')].filter((point) => point !== undefined);
    const names = (point: string) =>
      readdirSync(point, { withFileTypes: true }).flatMap((one) => (one.isDirectory() ? [`${point}/${one.name}`] : []));
    return points.flatMap(names).filter((path) => !/\/(isola-|libpod)/.test(path));
  };
  const programs = compiled('escape');
  let groupsBefore: readonly string[];

  before(async () => {
    await provideDebian(here, 12);
    groupsBefore = topGroups();
    await here.ok('launch', '--wait', 'debian/12', 'sys', '-v', `${programs}:/programs:ro`);
  });

  test('boots to running, with no unit that failed', async () => {
    assert.equal(await inside('systemctl', 'is-system-running'), 'running\n');
    assert.equal(await inside('systemctl', '--failed', '--no-legend'), '');
    assert.equal(await inside('systemctl', 'is-active', 'systemd-journald', 'systemd-logind', 'dbus'), 'active\nactive\nactive\n');
    assert.match(await inside('systemd-detect-virt'), /^(oci|container-other)\n$/);
  });

  test('its systemd keeps its groups in its own part of the tree, and the host’s are as before', async () => {
    const { unified } = readHierarchies();
    const own = `${unified}/isola-${await here.tag()}/${(await row())?.id}`;
    assert.ok(existsSync(`${own}/init.scope`) && existsSync(`${own}/system.slice/systemd-journald.service`));
    assert.deepEqual(topGroups(), groupsBefore);
    assert.match(await inside('cat', '/sys/fs/cgroup/init.scope/cgroup.procs'), /^1\n/, 'inside it looks like the whole tree');
  });

  test('journald keeps what is logged, and logind answers', async () => {
    await inside('logger', '-t', 'proof', 'written down');
    await inside('journalctl', '--sync');
    assert.match(await inside('journalctl', '-t', 'proof', '-o', 'cat'), /^written down\n$/);
    assert.match(await inside('loginctl', 'seat-status', 'seat0'), /^seat0\n/);
  });

  test('what it warns of at boot is known', async () => {
    const known = [/Failed to set fd limit/, /File system check|kernel command line/i];
    const warnings = (await inside('journalctl', '-b', '-p', 'warning', '-o', 'cat')).trim().split('\n');
    assert.deepEqual(
      warnings.filter((line) => line !== '' && !known.some((one) => one.test(line))),
      [],
    );
  });

  test('has a network, its own name, and those of its neighbours', async () => {
    await here.ok('launch', '--hold', 'busybox', 'neighbour');
    const { address } = (await row()) ?? {};
    const [other] = await here.data<EnvironmentRow[]>('list', 'neighbour');
    assert.match(await inside('ip', '-4', '-o', 'address', 'show', 'eth0'), new RegExp(` ${address}/`));
    assert.equal(await inside('hostname'), 'sys\n');
    assert.match(await inside('getent', 'hosts', 'sys'), new RegExp(`^${address} `));
    assert.match(await inside('getent', 'hosts', 'neighbour'), new RegExp(`^${other?.address} `));
    await here.ok('delete', '--force', 'neighbour');
  });

  test('services are confined by their own units, as on a machine', async () => {
    const properties = [
      '-p',
      'PrivateTmp=yes',
      '-p',
      'ProtectSystem=strict',
      '-p',
      'PrivateDevices=yes',
      '-p',
      'TasksMax=20',
      '-p',
      'DynamicUser=yes',
    ];
    const said = await inside(
      'systemd-run',
      '--wait',
      '--pipe',
      '--quiet',
      ...properties,
      'sh',
      '-c',
      'id -u; touch /etc/x 2>&1; ls /tmp | wc -l',
    );
    assert.match(said, /^6\d{4}\ntouch: .*Read-only file system\n0\n$/);
  });

  test('root inside, with all that an init system has, gets nowhere on the host', async () => {
    const told = (await inside('/programs/escape')).trim().split('\n');
    assert.ok(told.length > 25);
    assert.deepEqual(
      told.filter((line) => !line.includes(': refused: ')),
      [],
    );
  });

  test('rebooted from inside, it comes up again with its files and without what was in memory', async () => {
    await inside('sh', '-c', 'echo kept > /root/kept; touch /run/gone');
    const started = (await row())?.startedAt;
    await here.isola('exec', 'sys', '--', 'systemctl', 'reboot');
    await eventually(async () => (await row())?.startedAt !== started && (await row())?.phase === 'running');
    await here.ok('wait', 'sys', '--for', 'ready', '--timeout', '5m');
    assert.equal(
      await inside('sh', '-c', 'cat /root/kept; ls /run/gone 2>&1; systemctl is-system-running'),
      "kept\nls: cannot access '/run/gone': No such file or directory\nrunning\n",
    );
  });

  test('stops when asked, within seconds, and is not killed', async () => {
    const start = performance.now();
    const [deed] = await here.data<Deed[]>('stop', '--grace', '3m', 'sys');
    assert.deepEqual([deed?.did, deed?.phase], ['stopped', 'stopped']);
    assert.ok(performance.now() - start < 60_000, `${performance.now() - start} ms`);
    await here.ok('start', 'sys');
    await here.ok('wait', 'sys', '--for', 'ready', '--timeout', '5m');
    assert.match(
      await inside('journalctl', '--no-pager', '-o', 'cat'),
      /Reached target .*(Power-Off|System Halt|Exit|Final)|Stopped target|Stopping/i,
    );
  });

  test('powered off from inside, it is stopped, and known to be', async () => {
    await here.isola('exec', 'sys', '--', 'systemctl', 'poweroff');
    await here.ok('wait', 'sys', '--timeout', '5m');
    await eventually(async () => (await row())?.phase === 'stopped');
    await here.ok('delete', 'sys');
  });

  test('several at once all come up', async () => {
    await here.ok('launch', '--wait', 'debian/12', 'one', 'two', 'three', '--network', 'none');
    for (const name of ['one', 'two', 'three'])
      assert.equal(await here.ok('exec', name, '--', 'systemctl', 'is-system-running'), 'running\n');
    await here.ok('delete', '--force', '--all');
  });
});

/** Asks again and again; fails after five minutes. */
const eventually = async (holds: () => Promise<boolean>): Promise<void> => {
  for (const end = performance.now() + 300_000; !(await holds()); await new Promise((resolve) => setTimeout(resolve, 100)))
    assert.ok(performance.now() < end, 'it did not happen within five minutes');
};
