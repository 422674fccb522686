/**
 * What every technique must do, told as a user would see it. One suite; what a technique can't do it lists with a reason, and that
 * list is what users read as its limits.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Deed, EnvironmentDetail, EnvironmentRow, SnapshotRow, UsageRow } from '../../src/environment/command/index.ts';
import { Stage, whyNot } from '../stage/stage.ts';

export interface Subject {
  readonly technique: string;
  /** An image that starts fast and has a shell. */
  readonly image: string;
  /** Names of tests it can't pass, and why. */
  readonly skips: Readonly<Record<string, string>>;
}

export const environmentSuite = async (subject: Subject): Promise<void> => {
  const { technique, image, skips } = subject;
  const missing = await whyNot(technique);
  const { isola, ok, data, refused, strike } = on(technique, image, missing === undefined);
  const it = (name: string, body: (t: TestContext) => Promise<void>): void => {
    const reason = missing ?? skips[name];
    void test(`${technique}: ${name}`, { ...(reason !== undefined && { skip: reason }) }, body);
  };

  it('run prints what the command prints, and leaves nothing behind', async () => {
    const told = await isola('run', image, '--', 'sh', '-c', 'echo out; echo err >&2');
    assert.deepEqual(told, { code: 0, stdout: 'out\n', stderr: 'err\n' });
    assert.deepEqual(await data<EnvironmentRow[]>('list'), []);
  });

  it('run ends with the command’s own status, also when a signal ended it', async () => {
    assert.equal((await isola('run', image, '--', 'sh', '-c', 'exit 7')).code, 7);
    assert.equal((await isola('run', image, '--', 'sh', '-c', 'kill -TERM $$')).code, 143);
  });

  it('run hands standard input on, byte for byte', async (t) => {
    const bytes = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join('');
    const told = await onStage(t, technique).tell(['run', image, '--', 'wc', '-c'], { input: bytes.repeat(1000) });
    assert.equal(told.stdout.trim(), String(Buffer.byteLength(bytes) * 1000));
  });

  it('a missing command is 127, one without permission 126, each with a sentence', async () => {
    assert.match(await refused(127, 'run', image, '--', 'no-such-command'), /has no command no-such-command/);
    assert.match(await refused(126, 'run', image, '--', '/etc/passwd'), /\/etc\/passwd .* can't be executed: it has no execute permission/);
  });

  it('a command that takes too long is ended with 124', async () => {
    assert.match(await refused(124, 'run', '--timeout', '300ms', image, '--', 'sleep', '60'), /took longer than 300 ms/);
  });

  it('environment variables, working directory, user and host name are as asked', async () => {
    const script = 'echo $GREETING; pwd; id -u; id -g; hostname';
    const out = await ok(
      'run',
      '-e',
      'GREETING=good day',
      '-w',
      '/tmp',
      '-u',
      '65534:65534',
      '--hostname',
      'elsewhere',
      image,
      '--',
      'sh',
      '-c',
      script,
    );
    assert.deepEqual(out.trim().split('\n'), ['good day', '/tmp', '65534', '65534', 'elsewhere']);
  });

  it('launch, list, show, stop, start, restart and delete tell the truth', async () => {
    assert.equal((await data<Deed[]>('launch', image, 'life'))[0]?.did, 'launched');
    const phase = async () => (await data<EnvironmentRow[]>('list', 'life'))[0]?.phase;
    assert.equal(await phase(), 'running');
    const shown = await data<EnvironmentDetail>('show', 'life');
    assert.deepEqual([shown.name, shown.technique, shown.spec.image], ['life', technique, image]);
    assert.equal((await data<Deed[]>('stop', '--force', 'life'))[0]?.phase, 'stopped');
    assert.equal(await phase(), 'stopped');
    assert.equal((await data<Deed[]>('stop', 'life'))[0]?.did, 'unchanged');
    assert.equal((await data<Deed[]>('start', 'life'))[0]?.did, 'started');
    assert.equal((await data<Deed[]>('start', 'life'))[0]?.did, 'unchanged');
    assert.equal((await data<Deed[]>('restart', '--force', 'life'))[0]?.did, 'restarted');
    assert.equal(await phase(), 'running');
    assert.match(await refused(1, 'delete', 'life'), /life is running, so it can't be deleted/);
    await ok('delete', '--force', 'life');
    assert.match(await refused(1, 'show', 'life'), /no environment is called life/);
    await ok('delete', '--force', 'life');
  });

  it('files written inside are there after a stop and a start', async () => {
    await ok('launch', image, 'lasting');
    await ok('exec', 'lasting', '--', 'sh', '-c', 'echo kept > /root/kept');
    await ok('restart', '--force', 'lasting');
    assert.equal(await ok('exec', 'lasting', '--', 'cat', '/root/kept'), 'kept\n');
    await ok('delete', '--force', 'lasting');
  });

  it('exec has streams and statuses of its own, and refuses what is not running', async () => {
    await ok('launch', '--hold', image, 'enter');
    assert.deepEqual(await isola('exec', 'enter', '--', 'sh', '-c', 'echo a; echo b >&2; exit 3'), {
      code: 3,
      stdout: 'a\n',
      stderr: 'b\n',
    });
    assert.equal(
      await ok('exec', '-u', '65534', '-w', '/tmp', '-e', 'X=1', 'enter', '--', 'sh', '-c', 'id -u; pwd; echo $X'),
      '65534\n/tmp\n1\n',
    );
    assert.match(await refused(127, 'exec', 'enter', 'no-such-command'), /enter has no command no-such-command/);
    await ok('stop', '--force', 'enter');
    assert.match(await refused(125, 'exec', 'enter', 'true'), /enter is stopped/);
    await ok('delete', 'enter');
  });

  it('logs show both streams, whole lines, and the last few', async () => {
    await ok(
      'launch',
      image,
      'chatty',
      '--',
      'sh',
      '-c',
      'printf "one\ntwo\n"; printf "part"; sleep 0.2; echo "ial"; echo three >&2; exec sleep 1000',
    );
    await ok('wait', 'chatty', '--for', 'log:/partial/', '--timeout', '10s');
    await ok('wait', 'chatty', '--for', 'log:/three/', '--timeout', '10s');
    const told = await isola('logs', 'chatty');
    assert.deepEqual([told.stdout, told.stderr], ['one\ntwo\npartial\n', 'three\n']);
    assert.equal((await isola('logs', '-n', '2', 'chatty')).stdout, 'partial\n');
    await ok('delete', '--force', 'chatty');
  });

  it('a command that ends is noticed, with its status, and cleaned up after', async () => {
    await ok('launch', image, 'brief', '--', 'sh', '-c', 'sleep 0.3; exit 5');
    const { exitCode } = await data<{ exitCode: number }>('wait', 'brief', '--timeout', '20s');
    assert.equal(exitCode, 5);
    assert.equal((await data<EnvironmentRow[]>('list', 'brief'))[0]?.phase, 'stopped');
    await ok('delete', 'brief');
  });

  it('pause stands still, resume goes on', async () => {
    await ok('launch', image, 'still', '--', 'sh', '-c', 'while :; do echo tick; sleep 0.02; done');
    const later = () => new Promise((resolve) => setTimeout(resolve, 300));
    const ticks = async () => (await ok('logs', 'still')).length;
    await ok('wait', 'still', '--for', 'log:/tick/', '--timeout', '10s');
    await ok('pause', 'still');
    assert.equal((await data<EnvironmentRow[]>('list', 'still'))[0]?.phase, 'paused');
    assert.match(await refused(125, 'exec', 'still', 'true'), /still is paused/);
    const frozen = await ticks();
    await later();
    assert.equal(await ticks(), frozen);
    await ok('resume', 'still');
    await later();
    assert.ok((await ticks()) > frozen);
    await ok('delete', '--force', 'still');
  });

  it('cp carries files, directories, modes and links, both ways, running and stopped', async (t) => {
    const here = mkdtempSync(join(tmpdir(), 'isola-cp-'));
    t.after(() => rmSync(here, { recursive: true }));
    mkdirSync(`${here}/site/sub`, { recursive: true });
    writeFileSync(`${here}/site/page`, 'hello');
    writeFileSync(`${here}/site/sub/run`, '#!/bin/sh\n', { mode: 0o755 });
    symlinkSync('page', `${here}/site/index`);
    await ok('launch', '--hold', image, 'files');
    for (const state of ['running', 'stopped']) {
      await ok('cp', `${here}/site`, `files:/srv-${state}`);
      await ok('cp', `files:/srv-${state}`, `${here}/back-${state}`);
      assert.equal(readFileSync(`${here}/back-${state}/index`, 'utf8'), 'hello');
      assert.equal(statSync(`${here}/back-${state}/sub/run`).mode & 0o777, 0o755);
      await ok('cp', `${here}/site/page`, `files:/tmp/renamed-${state}`);
      assert.match(await refused(1, 'cp', 'files:/no-such', here), /there is no files:\/no-such/);
      await ok('cp', `files:/tmp/renamed-${state}`, `${here}/page-${state}`).catch((error) => {
        // What lies in a /tmp that goes with the stop is gone.
        if (state === 'running') throw error;
      });
      if (state === 'running') await ok('stop', '--force', 'files');
    }
    await ok('delete', 'files');
  });

  it('a snapshot brings files back, and can be cloned', async () => {
    await ok('launch', '--hold', image, 'origin');
    await ok('exec', 'origin', '--', 'sh', '-c', 'echo first > /root/state');
    assert.equal((await data<SnapshotRow[]>('snapshot', 'create', 'origin', 'one'))[0]?.name, 'one');
    await ok('exec', 'origin', '--', 'sh', '-c', 'echo second > /root/state; echo new > /root/new');
    assert.match(await refused(1, 'snapshot', 'restore', 'origin', 'one'), /origin is running/);
    await ok('clone', '--start', 'origin/one', 'copy');
    assert.equal(await ok('exec', 'copy', '--', 'sh', '-c', 'cat /root/state; hostname'), 'first\ncopy\n');
    await ok('snapshot', 'restore', '--force', 'origin', 'one');
    assert.equal(await ok('exec', 'origin', '--', 'sh', '-c', 'cat /root/state; ls /root/new 2>/dev/null; true'), 'first\n');
    assert.match(await refused(1, 'snapshot', 'create', 'origin', 'one'), /has a snapshot called one already/);
    await ok('snapshot', 'delete', 'origin', 'one');
    assert.deepEqual(await data<SnapshotRow[]>('snapshot', 'list'), []);
    await ok('delete', '--force', 'origin', 'copy');
  });

  it('limits hold, change while it runs, and are counted', async () => {
    await ok('launch', '--hold', '--memory', '64M', '--pids', '20', '--cpus', '0.5', image, 'tight');
    // dd holds its block in memory: twice the limit can't be had.
    const greedy = await isola('exec', 'tight', '--', 'dd', 'if=/dev/zero', 'of=/dev/null', 'bs=128M', 'count=1');
    assert.notEqual(greedy.code, 0);
    const forks = await isola('exec', 'tight', '--', 'sh', '-c', 'for i in $(seq 40); do sleep 1 & done; wait');
    assert.match(forks.stderr, /can't fork|Resource temporarily unavailable/);
    const [usage] = await data<UsageRow[]>('stats', 'tight');
    assert.equal(usage?.memory.limit, 64 * 1024 ** 2);
    assert.equal(usage?.pids.limit, 20);
    assert.ok((usage?.memory.oomKills ?? 0) + (usage?.memory.hits ?? 0) > 0, 'the memory limit was hit');
    assert.ok((usage?.pids.hits ?? 0) > 0, 'the process limit was hit');
    await ok('set', 'tight', '--memory', '256M', '--pids', 'none');
    assert.equal((await isola('exec', 'tight', '--', 'dd', 'if=/dev/zero', 'of=/dev/null', 'bs=128M', 'count=1')).code, 0);
    assert.match(await refused(2, 'set', 'tight', '--memory', '1Q'), /--memory can't be "1Q"/);
    await ok('delete', '--force', 'tight');
  });

  it('environments reach each other by name, and not without a network', async () => {
    await ok('launch', '--hold', image, 'web', 'db');
    await ok('exec', 'web', '--', 'sh', '-c', 'mkdir /www && echo here > /www/index.html && httpd -h /www');
    assert.equal(await ok('exec', 'db', '--', 'wget', '-q', '-O', '-', 'http://web/'), 'here\n');
    await ok('rename', 'web', 'www');
    assert.equal(await ok('exec', 'db', '--', 'wget', '-q', '-O', '-', 'http://www/'), 'here\n');
    assert.notEqual((await isola('exec', 'db', '--', 'wget', '-q', '-T', '2', '-O', '-', 'http://web/')).code, 0);
    await ok('delete', '--force', 'www', 'db');
    assert.equal(await ok('run', '--network', 'none', image, '--', 'ls', '/sys/class/net'), 'lo\n');
  });

  it('a published port answers on the host’s loopback, and no longer when unpublished', async () => {
    const port = 20_000 + (process.pid % 20_000);
    await ok('launch', '--hold', '-p', `${port}:80`, image, 'site');
    await ok('exec', 'site', '--', 'sh', '-c', 'mkdir -p /www && echo served > /www/index.html && httpd -p 80 -h /www');
    await ok('wait', 'site', '--for', 'port:80', '--timeout', '5s');
    assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), 'served\n');
    assert.match(await refused(1, 'launch', '--hold', '-p', `${port}:80`, image, 'rival'), new RegExp(`port .*${port}.* is taken`));
    await ok('set', 'site', '--unpublish');
    await assert.rejects(fetch(`http://127.0.0.1:${port}/`));
    await ok('delete', '--force', 'site');
  });

  it('what is wrong is refused before anything is made', async () => {
    assert.match(await refused(125, 'run', 'no-such-image', 'true'), /no image is called no-such-image/);
    assert.match(await refused(2, 'lunch', image), /did you mean isola launch\?/);
    assert.match(await refused(2, 'launch', image, 'Bad_Name'), /"Bad_Name" can't be a name/);
    assert.match(await refused(2, 'launch', image, 'twice', 'twice'), /a name is given twice/);
    await ok('launch', '--hold', image, 'there');
    assert.match(await refused(1, 'launch', image, 'there'), /an environment called there is there already/);
    assert.match(await refused(1, 'show', 'ther'), /did you mean there\?/);
    await ok('delete', '--force', 'there');
    assert.deepEqual(await data<EnvironmentRow[]>('list'), []);
  });

  test.after(strike);
};

const stages = new Map<string, Stage>();
const onStage = (_: TestContext, technique: string): Stage => stages.get(technique) ?? new Stage();

const on = (technique: string, _image: string, works: boolean) => {
  const stage = new Stage();
  stages.set(technique, stage);
  const withTechnique = (args: readonly string[]): readonly string[] =>
    ['run', 'launch'].includes(args[0] ?? '') ? [args[0] ?? '', '--technique', technique, ...args.slice(1)] : args;
  return {
    isola: (...args: readonly string[]) => stage.isola(...withTechnique(args)),
    ok: (...args: readonly string[]) => stage.ok(...withTechnique(args)),
    data: <T>(...args: readonly string[]) => stage.data<T>(...withTechnique(args)),
    refused: (exit: number, ...args: readonly string[]) => stage.refused(exit, ...withTechnique(args)),
    strike: async () => {
      if (works) await stage.leave();
    },
  };
};
