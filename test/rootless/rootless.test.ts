/** Environments of ordinary users: made, used, killed and left by who is not root, beside others who do the same. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { DoctorReport, EnvironmentRow } from '../../src/environment/command/index.ts';
import { type Ended, endOf, User, unfit } from './user.ts';

const skip = unfit();

describe('an ordinary user', { skip }, () => {
  const user = new User(1);
  const rows = () => user.data<EnvironmentRow[]>('list');
  const isAsleep = () => user.traces().some((line) => /^\d+ sleep 1000/.test(line));
  after(() => user[Symbol.dispose]());

  test('has a store of his own below his home, and no namespace where he only asks for help', async () => {
    assert.equal((await user.isola('--help')).code, 0);
    assert.deepEqual(user.traces(), []);
    assert.deepEqual(await rows(), []);
    assert.equal(spawnSync('stat', ['-c', '%u', `${user.home}/.local/share/isola/isola.db`], { encoding: 'utf8' }).stdout, `${user.uid}\n`);
  });

  test('is root inside, alone, and gets the command’s exit status, streams and signals as root would', async () => {
    const { code, stdout, stderr } = await user.isola('run', 'busybox', '--', 'sh', '-c', 'id -u; echo oops >&2; kill -TERM $$');
    assert.deepEqual([code, stdout, stderr], [143, '0\n', 'oops\n']);
    assert.deepEqual(await user.tracesThatStay(), []);
  });

  test('reaches from one command what another started: entered, paused, copied to, stopped', async () => {
    await user.ok('launch', 'busybox', 'box', '--network', 'none', '--', 'sleep', '1000');
    const [row] = await rows();
    assert.equal(row?.phase, 'running');
    assert.match(await user.ok('exec', 'box', 'ps'), /sleep 1000/);
    writeFileSync(`${user.home}/note`, 'from outside\n');
    await user.ok('cp', `${user.home}/note`, 'box:/root/');
    assert.equal(await user.ok('exec', 'box', 'cat', '/root/note'), 'from outside\n');
    await user.ok('pause', 'box');
    const first = Number(row?.pid);
    assert.match(readFileSync(`/proc/${first}/status`, 'utf8'), /^State:\s+T/m);
    assert.equal((await rows())[0]?.phase, 'paused');
    await user.ok('resume', 'box');
    assert.match(readFileSync(`/proc/${first}/status`, 'utf8'), /^State:\s+[SR]/m);
    await user.ok('stop', '--force', 'box');
    await user.ok('start', 'box');
    assert.equal(await user.ok('exec', 'box', 'cat', '/root/note'), 'from outside\n');
    await user.ok('delete', '--force', 'box');
    assert.deepEqual(await user.tracesThatStay(), []);
  });

  test('publishes ports that anybody may, and names the others', async () => {
    const port = 20_000 + (process.pid % 20_000);
    const serve = 'echo served > /index.html; exec busybox httpd -f -p 80 -h /';
    await user.ok('launch', 'busybox', 'web', '--publish', `${port}:80`, '--', 'sh', '-c', serve);
    const [row] = await rows();
    assert.equal(await (await retry(() => fetch(`http://127.0.0.1:${port}/`))).text(), 'served\n');
    assert.match(row?.address ?? '', /^\d+\.\d+\.\d+\.\d+$/);
    const taken = await user.isola('run', '--publish', `${port}:80`, 'busybox', '--', 'true');
    assert.match(taken.stderr, new RegExp(`port 127\\.0\\.0\\.1:${port}/tcp is taken by passt`));
    const low = await user.isola('run', '--publish', '81:80', 'busybox', '--', 'true');
    assert.match(low.stderr, /--publish can't be "81"\n {2}on this host only root may publish a port below 1024\n$/);
    const changed = await user.isola('set', 'web', '--publish', `${port + 1}:80`);
    assert.match(changed.stderr, /published ports of web can't change while it runs/);
    await user.ok('delete', '--force', 'web');
    assert.deepEqual(await user.tracesThatStay(), []);
  });

  test('is refused every limit, in a sentence that names root', async () => {
    for (const limit of [
      ['--memory', '100M'],
      ['--pids', '50'],
      ['--cpus', '1'],
      ['--disk', '1G'],
      ['--net-rate', '1M'],
    ] as const) {
      const { code, stderr } = await user.isola('run', ...limit, 'busybox', '--', 'true');
      assert.equal(code, 125);
      assert.match(stderr, /can't be limited on this host: only root may set limits\n/, limit.join(' '));
    }
    const { stderr } = await user.isola('launch', 'busybox');
    assert.match(stderr, /an init system without root/);
    assert.deepEqual(await rows(), []);
  });

  test('is told which files of an image could not keep their owners', async () => {
    spawnSync('mkdir', ['-p', `${user.home}/root/bin`]);
    writeFileSync(`${user.home}/root/owned`, '');
    const tar = spawnSync('tar', [
      '-C',
      `${user.home}/root`,
      '--owner=33',
      '--group=33',
      '--numeric-owner',
      '-cf',
      `${user.home}/root.tar`,
      '.',
    ]);
    assert.equal(tar.status, 0);
    const { code, stderr } = await user.isola('image', 'import', `${user.home}/root.tar`, 'owned', '--verbose');
    assert.equal(code, 0, stderr);
    assert.match(stderr, /root\.tar: not kept, as this host does not take them: 3 owners/);
  });

  test('gets a namespace though the last one’s directory is just being taken away', async () => {
    const programs = `${user.home}/programs`;
    spawnSync('mkdir', ['-p', programs]);
    // As if it had been there when it was to be made, and no more when it was looked at.
    const mkdir = `#!/bin/sh\n[ -e "$HOME/late" ] || { : > "$HOME/late"; exit 1; }\nexec /bin/mkdir "$@"\n`;
    writeFileSync(`${programs}/mkdir`, mkdir, { mode: 0o755 });
    const enter = join(import.meta.dirname, '../../src/host/user/enter');
    const asked = user.begin('sh', [enter, 'sh', '-c', 'echo "$(id -u) ${ISOLA_NOT_ENTERED-entered}"'], {
      PATH: `${programs}:${process.env['PATH']}`,
    });
    assert.deepEqual(await endOf(asked), { code: 0, stdout: '0 entered\n', stderr: '' });
    assert.deepEqual(await user.tracesThatStay(), []);
  });

  test('interrupted, leaves nothing', async () => {
    const child = user.beginIsola('run', 'busybox', '--', 'sleep', '1000');
    const ended = endOf(child);
    await retry(async () => assert.ok(isAsleep()));
    process.kill(child.pid ?? 0, 'SIGINT');
    assert.equal((await ended).code, 130);
    assert.deepEqual(await user.tracesThatStay(), []);
  });

  test('whose command was killed, has all of it cleaned up by the next', async () => {
    const child = user.beginIsola('run', 'busybox', '--', 'sleep', '1000');
    const ended = endOf(child);
    await retry(async () => assert.ok(isAsleep()));
    process.kill(child.pid ?? 0, 'SIGKILL');
    await ended;
    const before = await user.data<DoctorReport>('doctor').catch(() => undefined);
    assert.equal(before, undefined, 'a left-over is told by the exit status');
    assert.equal((await user.isola('doctor', '--repair')).code, 0);
    assert.deepEqual(await rows(), []);
    assert.deepEqual(await user.tracesThatStay(), []);
  });

  test('whose namespace’s keeper was killed, still ends what runs', async () => {
    await user.ok('launch', 'busybox', 'box', '--network', 'none', '--', 'sleep', '1000');
    const keeper = user.traces().find((line) => line.includes('flock --exclusive'));
    process.kill(Number.parseInt(keeper ?? '', 10), 'SIGKILL');
    assert.equal((await rows())[0]?.phase, 'running');
    await user.ok('delete', '--force', 'box');
    assert.deepEqual(await user.tracesThatStay(), []);
  });

  test('shares one namespace among commands that begin at the same time', async () => {
    const many = await Promise.all(
      Array.from({ length: 6 }, (_, index) => user.isola('launch', 'busybox', `box${index}`, '--network', 'none', '--', 'sleep', '1000')),
    );
    assert.deepEqual(
      many.map(({ code, stderr }) => [code, stderr]),
      many.map(() => [0, '']),
    );
    const spaces = new Set((await rows()).map(({ pid }) => readlinkSync(`/proc/${pid}/root`)));
    assert.equal(spaces.size, 1);
    for (const { name } of await rows()) assert.equal(await user.ok('exec', name, 'id', '-u'), '0\n');
    await user.ok('delete', '--force', '--all');
    assert.deepEqual(await user.tracesThatStay(), []);
  });
});

describe('two ordinary users', { skip }, () => {
  test('have environments of one name at the same time, and neither sees the other’s', async () => {
    using one = new User(11);
    using other = new User(12);
    const both = [one, other] as const;
    const launched: readonly Ended[] = await Promise.all(both.map((user) => user.isola('launch', 'busybox', 'box', '--', 'sleep', '1000')));
    assert.deepEqual(
      launched.map(({ code }) => code),
      [0, 0],
    );
    for (const user of both) assert.equal((await user.data<EnvironmentRow[]>('list')).length, 1);
    const closed = await other.isola('--store', `${one.home}/.local/share/isola`, 'list');
    assert.match(closed.stderr, /needs root on this host/);
    await one.ok('delete', '--force', 'box');
    assert.deepEqual(await one.tracesThatStay(), []);
    assert.equal(await other.ok('exec', 'box', 'id', '-u'), '0\n');
    await other.ok('delete', '--force', 'box');
    assert.deepEqual(await other.tracesThatStay(), []);
  });
});

describe('a machine of an ordinary user', { skip: unfit('linux.uml') }, () => {
  test('has a kernel of its own, memory of its own size, and a way to the network', async () => {
    using user = new User(21);
    const script = 'uname -r; grep MemTotal /proc/meminfo; ip route';
    const said = await user.ok('run', '--technique', 'paravirtualization', '--memory', '96M', 'busybox', '--', 'sh', '-c', script);
    assert.doesNotMatch(said, new RegExp(`^${spawnSync('uname', ['-r'], { encoding: 'utf8' }).stdout.trim()}$`, 'm'));
    const kibibytes = Number(/MemTotal:\s+(\d+)/.exec(said)?.[1]);
    assert.ok(kibibytes > 64 * 1024 && kibibytes < 96 * 1024, said);
    assert.match(said, /^default via [\d.]+ dev eth0/m);
    assert.deepEqual(await user.tracesThatStay(), []);
  });

  test('goes on after a pause', async () => {
    using user = new User(22);
    const count = 'n=0; while :; do n=$((n + 1)); echo $n > /next; mv /next /n; done';
    await user.ok('launch', '--technique', 'paravirtualization', 'busybox', 'box', '--', 'sh', '-c', count);
    const counted = async () => Number(await user.ok('exec', 'box', 'cat', '/n'));
    await user.ok('pause', 'box');
    assert.match((await user.isola('exec', 'box', 'true')).stderr, /box is paused/);
    await user.ok('resume', 'box');
    const before = await counted();
    await retry(async () => assert.ok((await counted()) > before));
    await user.ok('delete', '--force', 'box');
    assert.deepEqual(await user.tracesThatStay(), []);
  });
});

describe('an emulated machine of an ordinary user', { skip: unfit('mke2fs') }, () => {
  test('is a computer of its own with a way to the network, and what it wrote is there when it starts again', async () => {
    using user = new User(23);
    await user.ok('launch', '--technique', 'emulation', '--hold', 'busybox', 'box');
    assert.match(await user.ok('exec', 'box', '--', 'sh', '-c', 'uname -r; ip route'), /^\d\S+-cloud-amd64\ndefault via [\d.]+ dev eth0/);
    await user.ok('exec', 'box', '--', 'sh', '-c', 'echo kept > /srv/kept; chown 33:33 /srv/kept');
    await user.ok('restart', 'box');
    assert.equal(await user.ok('exec', 'box', '--', 'sh', '-c', 'cat /srv/kept; stat -c %u /srv/kept'), 'kept\n33\n');
    await user.ok('delete', '--force', 'box');
    assert.deepEqual(await user.tracesThatStay(), []);
  });
});

const retry = async <T>(work: () => Promise<T>): Promise<T> => {
  for (const end = performance.now() + 60_000; ; ) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
};
