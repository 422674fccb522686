/** What is User-Mode Linux's own: its kernel, how it ends, what can't be asked of it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import type { EnvironmentDetail, EnvironmentRow } from '../../src/environment/command/index.ts';
import { until } from '../../src/host/program/processes.ts';
import { stage, whyNot } from '../stage/stage.ts';

const skip = (await whyNot('paravirtualization')) ?? false;

/** The child of that name; the relay's own keeps the kernel. */
const childOf = (pid: number, name: RegExp): number =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .map(Number)
    .find((child) => name.test(readFileSync(`/proc/${child}/comm`, 'utf8').trim())) ?? 0;

suite('a machine of User-Mode Linux', { skip }, () => {
  const here = stage();
  const launch = (...words: readonly string[]): Promise<string> => here.ok('launch', '--technique', 'paravirtualization', ...words);
  const inside = (name: string, script: string): Promise<string> => here.ok('exec', name, '--', 'sh', '-c', script);
  const shown = (name: string): Promise<EnvironmentDetail> => here.data<EnvironmentDetail>('show', name);
  const phase = async (name: string): Promise<string | undefined> => (await here.data<EnvironmentRow[]>('list', name))[0]?.phase;
  const stopped = async (name: string): Promise<void> => {
    await here.ok('wait', name, '--for', 'stopped', '--timeout', '2m');
  };

  test('has a kernel of its own, on one processor, with its network where others have it', async () => {
    await launch('--hold', 'busybox', 'own');
    assert.match(
      await inside('own', 'uname -r; grep -c ^processor /proc/cpuinfo; cat /proc/cpuinfo'),
      /^\d+\.\d+\S*\n1\n[\s\S]*User Mode Linux/,
    );
    assert.match(await inside('own', 'ls /sys/class/net'), /^eth0\nlo\n/);
    assert.equal(await inside('own', 'ls /'), await here.ok('run', '--technique', 'os-level', 'busybox', '--', 'ls', '/'));
  });

  test('sees nothing of the host but its own files, though its kernel mounts what its root wants', async () => {
    const script =
      'mkdir -p /mnt/h; mount -t hostfs -o / host /mnt/h 2>&1; ls /mnt/h; ls -A /mnt/h/machine; ls /mnt/h/proc | head -n 1; cat /mnt/h/etc/shadow 2>&1; true';
    const seen = await inside('own', script);
    assert.match(seen, /^dev\n(?:lib\n)?(?:lib64\n)?machine\nproc\n/);
    assert.match(seen, /can't open '\/mnt\/h\/etc\/shadow'/);
  });

  test('is confined on the host: no process of it is the host’s root, and a filter stands before its system calls', async () => {
    const { pid } = await shown('own');
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    for (const one of [String(pid), ...children]) {
      const status = readFileSync(`/proc/${one}/status`, 'utf8');
      assert.ok(Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]) > 65_535, status);
      assert.match(status, /^Seccomp:\s+2$/m);
      assert.match(status, /^NoNewPrivs:\s+1$/m);
    }
    await here.ok('delete', '--force', 'own');
  });

  test('a kernel that panics is stopped, and its log says why', async () => {
    await launch('--hold', 'busybox', 'panics');
    assert.match(
      await here.refused(125, 'exec', 'panics', '--', 'sh', '-c', 'echo c > /proc/sysrq-trigger; sleep 120'),
      /panics ended while sh ran in it: /,
    );
    await stopped('panics');
    // Whoever cleans up after it writes that down, and it has ended a moment before.
    const end = performance.now() + 60_000;
    let said = '';
    while (said === '' && performance.now() < end) said = (await here.isola('logs', 'panics')).stderr;
    assert.match(said, /isola, of its end: its kernel gave up: sysrq triggered crash/);
    assert.equal((await shown('panics')).exit?.cause, 'panic');
    await here.ok('start', 'panics');
    assert.equal(await inside('panics', 'echo well'), 'well\n');
    await here.ok('delete', '--force', 'panics');
  });

  test('what a program inside prints is not taken for its kernel’s last words', async () => {
    const script = 'echo "isola: nonsense" >&2; echo "Kernel panic - not syncing: not so"; sleep 1000';
    await launch('busybox', 'pretends', '--', 'sh', '-c', script);
    await here.ok('wait', 'pretends', '--for', 'log:/not so/', '--timeout', '2m');
    await here.ok('stop', '--force', 'pretends');
    assert.doesNotMatch((await here.isola('logs', 'pretends')).stderr, /of its end/);
    await here.ok('delete', 'pretends');
  });

  for (const [servant, find] of [
    ['relay', (pid: number) => pid],
    ['kernel', (pid: number) => childOf(pid, /^relay$/)],
    ['server of its files', (pid: number) => childOf(pid, /^share$/)],
  ] as const) {
    test(`whose ${servant} is killed is stopped with all its processes, and starts again`, async () => {
      await launch('--hold', 'busybox', 'struck');
      const pid = find((await shown('struck')).pid ?? 0);
      process.kill(pid, 'SIGKILL');
      await until(() => !spawnSync('pgrep', ['-f', 'umid=machine.*struck']).stdout.length, 60_000);
      await stopped('struck');
      assert.equal(await phase('struck'), 'stopped');
      if (servant.startsWith('server'))
        assert.match(
          (await here.isola('logs', 'struck')).stderr,
          /of its end: the server of its files \(\/machine\/root\) ended by signal 9/,
        );
      await here.ok('start', 'struck');
      assert.equal(await inside('struck', 'echo again'), 'again\n');
      await here.ok('delete', '--force', 'struck');
      assert.deepEqual((await here.data<{ leftovers: string[] }>('doctor')).leftovers, []);
    });
  }

  test('an agent that is killed inside leaves the console, and exec says so', async () => {
    await launch('busybox', 'mute', '--', 'sh', '-c', 'echo up; while :; do sleep 1; done');
    await here.isola(
      'exec',
      'mute',
      '--',
      'sh',
      '-c',
      'for p in /proc/[0-9]*; do grep -q isola-agent $p/comm && kill -9 ${p#/proc/}; done; sleep 5',
    );
    assert.match(await here.refused(125, 'exec', 'mute', 'true'), /the agent in mute can't be reached/);
    assert.match(await here.ok('logs', 'mute'), /^up\n/);
    await here.ok('stop', '--force', 'mute');
    await here.ok('delete', 'mute');
  });

  test('a root whose init is not there is told in a sentence, and nothing of it runs on', async () => {
    await launch('busybox', 'headless');
    await inside('headless', 'rm /sbin/init; sync');
    await here.ok('stop', '--force', 'headless');
    assert.match(
      await here.refused(1, 'start', 'headless'),
      /headless could not be started: its root file system has no init at \/sbin\/init/,
    );
    assert.equal(await phase('headless'), 'stopped');
    await here.ok('delete', 'headless');
  });

  test('what it can’t do is refused with what to do instead', async () => {
    const refused = (...words: readonly string[]): Promise<string> =>
      here.refused(125, 'run', '--technique', 'paravirtualization', ...words, 'busybox', 'true');
    assert.match(await refused('--network', 'host'), /doesn't offer --network host\n {2}a guest kernel has a network of its own/);
    assert.match(await refused('--cap-add', 'CAP_SYS_TIME'), /doesn't offer --cap-add and --cap-drop/);
    assert.match(await refused('--cpus', '2'), /has one processor/);
    assert.match(await refused('--memory', '8M'), /nothing starts below 24 MiB/);
    await launch('--hold', '--memory', '64M', 'busybox', 'fixed');
    assert.match(await here.refused(1, 'set', 'fixed', '--memory', '128M'), /the memory of fixed can't change while it runs/);
    await here.ok('delete', '--force', 'fixed');
  });

  test('without User-Mode Linux, or with one too old, says what is missing', async () => {
    const bin = `${here.store}-bin`;
    mkdirSync(bin);
    try {
      const path = (process.env['PATH'] ?? '').split(':');
      writeFileSync(`${bin}/linux.uml`, '#!/bin/sh\necho 4.19.1\n', { mode: 0o755 });
      const old = await here.tell(['run', '--technique', 'paravirtualization', 'busybox', 'true'], {
        env: { PATH: [bin, ...path].join(':') },
      });
      assert.equal(old.code, 125);
      assert.match(old.stderr, /its kernel 4\.19\.1 is too old/);
    } finally {
      spawnSync('rm', ['-rf', bin]);
    }
  });
});
