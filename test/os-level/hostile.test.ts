/** Root file systems and environments that mean isola harm, or those who use it. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { EnvironmentDetail, EnvironmentRow } from '../../src/environment/command/index.ts';
import { sh } from '../image/programs.ts';
import { stage, whyNot } from '../stage/stage.ts';
import { compiled } from './guest/compile.ts';
import { importRoot } from './hostile-image.ts';

suite('a hostile root file system', { skip: (await whyNot('os-level')) ?? false }, () => {
  const here = stage();
  let work: string;
  before(async () => {
    work = mkdtempSync(join(tmpdir(), 'isola-hostile-'));
    writeFileSync(join(work, 'secret'), 'of the host\n', { mode: 0o644 });
    chmodSync(work, 0o755);
    await importRoot(here, 'trap', (root) => {
      symlinkSync(`../../../../../..${work}/landing`, join(root, 'data'));
      mkdirSync(join(root, work, 'landing'), { recursive: true });
      symlinkSync('/lair', join(root, 'out'));
      symlinkSync(join(work, 'secret'), join(root, 'peek'));
      symlinkSync(work, join(root, 'lair'));
      mkdirSync(join(root, 'gift/nodes'), { recursive: true });
      writeFileSync(join(root, 'gift/program'), '#!/bin/sh\n');
      chmodSync(join(root, 'gift/program'), 0o6755);
      writeFileSync(join(root, `gift/${'long'.repeat(40)}`), 'x'.repeat(1000));
      sh('mknod', '--mode=666', join(root, 'gift/nodes/disk'), 'b', '7', '0');
    });
  });
  after(() => rmSync(work, { recursive: true }));

  test('whose /etc leads to the host’s reads nothing of it', async () => {
    await importRoot(here, 'led-astray', (root) => {
      rmSync(join(root, 'etc'), { recursive: true });
      symlinkSync(`../../../../../../../../../..${work}`, join(root, 'etc'));
      mkdirSync(join(root, 'tmp/in'), { recursive: true });
      symlinkSync(work, join(root, 'outside'));
    });
    const { code, stderr, stdout } = await here.isola(
      'run',
      '--network',
      'none',
      'led-astray',
      '--',
      'cat',
      '/etc/secret',
      '/outside/secret',
    );
    assert.ok(code !== 0 && stdout === '', `${code} ${stderr}`);
    assert.match(
      await here.refused(125, 'run', '--network', 'none', '-w', '/outside', 'led-astray', '--', 'ls'),
      /has no directory \/outside/,
    );
    assert.deepEqual(readdirSync(work), ['secret']);
  });

  test('whose /etc/passwd is an endless device or a pipe nobody writes to holds nobody up', async () => {
    await importRoot(here, 'endless', (root) => {
      for (const [name, ...device] of [
        ['passwd', 'c', '1', '5'],
        ['group', 'p'],
      ] as const) {
        rmSync(join(root, 'etc', name));
        sh('mknod', '--mode=666', join(root, 'etc', name), ...device);
      }
    });
    const told = await here.tell(['run', '--network', 'none', 'endless', '--', 'echo', 'well'], { killAfterMs: 120_000 });
    assert.deepEqual([told.code, told.stdout], [0, 'well\n']);
    assert.match(await here.refused(125, 'run', '--network', 'none', '-u', 'root', 'endless', '--', 'id'), /knows no user or group root/);
  });

  test('whose places for volumes are links gets its volumes inside, not on the host', async () => {
    mkdirSync(join(work, 'share'));
    writeFileSync(join(work, 'share/file'), 'shared\n');
    const out = await here.ok(
      'run',
      '--network',
      'none',
      '-v',
      `${work}/share:/data`,
      'trap',
      '--',
      'sh',
      '-c',
      'cat /data/file; cat /proc/self/mounts | grep -c landing',
    );
    assert.equal(out, 'shared\n1\n');
    assert.ok(!existsSync(join(work, 'landing')));
    rmSync(join(work, 'share'), { recursive: true });
  });

  test('whose files are copied in and out through links stays within itself', async () => {
    await here.ok('launch', '--hold', '--network', 'none', 'trap', 'box');
    for (const state of ['running', 'stopped']) {
      writeFileSync(join(work, 'mine'), 'mine');
      await here.isola('cp', join(work, 'mine'), 'box:/out/planted');
      assert.ok(!existsSync(join(work, 'planted')), `${state}: nothing is written through the link`);
      await here.ok('cp', 'box:/peek', join(work, 'peeked'));
      assert.ok(lstatSync(join(work, 'peeked')).isSymbolicLink(), `${state}: the link comes out as a link`);
      rmSync(join(work, 'peeked'));
      if (state === 'running') await here.ok('stop', '--force', 'box');
    }
    await here.ok('delete', 'box');
  });

  test('can’t plant a setuid program or a device on the host by a copy out of it', async () => {
    await here.ok('launch', '--hold', '--network', 'none', 'trap', 'giver');
    assert.match(await here.refused(1, 'cp', 'giver:/gift', join(work, 'gift')), /disk: Cannot mknod: Operation not permitted/);
    assert.ok(!existsSync(join(work, 'gift')), 'nothing half copied');
    await here.ok('exec', 'giver', '--', 'rm', '/gift/nodes/disk');
    await here.ok('cp', 'giver:/gift', join(work, 'gift'));
    assert.equal(statSync(join(work, 'gift/program')).mode & 0o7777, 0o755);
    assert.equal(readFileSync(join(work, `gift/${'long'.repeat(40)}`), 'utf8'), 'x'.repeat(1000));
    await here.ok('cp', '--archive', 'giver:/gift/program', join(work, 'kept'));
    assert.equal(statSync(join(work, 'kept')).mode & 0o7777, 0o6755);
    await here.ok('delete', '--force', 'giver');
    for (const name of ['gift', 'kept']) rmSync(join(work, name), { recursive: true });
  });

  test('with every capability and no filter gets nowhere', async (t) => {
    const programs = compiled('escape');
    const volume = ['-v', `${programs}:/programs:ro`];
    const all = ['--cap-add', 'ALL', '--seccomp', 'unconfined'];
    const told = (await here.ok('run', '--network', 'none', ...volume, ...all, 'trap', '--', '/programs/escape')).trim().split('\n');
    assert.ok(told.length > 25);
    assert.deepEqual(
      told.filter((line) => !line.includes(': refused: ')),
      [],
    );
    t.diagnostic(`${told.length} ways out refused`);
  });

  test('has user ids of its own, and so do its files on the host', async () => {
    await here.ok('launch', '--hold', '--network', 'none', 'trap', 'one', 'two');
    const shown = await Promise.all(['one', 'two'].map((name) => here.data<EnvironmentDetail>('show', name)));
    const [one, two] = shown.map(({ userIds, root }) => ({ first: userIds?.first ?? 0, count: userIds?.count ?? 0, root: root.path }));
    assert.ok(one && two && one.count === 65_536 && Math.abs(one.first - two.first) >= 65_536, 'no id is shared');
    await here.ok('exec', 'one', '--', 'sh', '-c', 'echo x > /tmp/made && mkdir /tmp/by && chown 5:7 /tmp/by');
    const [made, by] = ['made', 'by'].map((name) => statSync(join(one.root, 'tmp', name)));
    assert.deepEqual([made?.uid, made?.gid, by?.uid, by?.gid], [one.first, one.first, one.first + 5, one.first + 7]);
    assert.ok(one.first > 65_536, 'none of the host’s');
  });

  test('can neither see, signal nor trace a neighbour or the host', async () => {
    const [one, two] = await here.data<EnvironmentRow[]>('list');
    const victim = [two?.pid ?? 0, process.pid];
    for (const pid of victim) {
      const script = `test -e /proc/${pid} && echo seen; kill -0 ${pid} 2>&1`;
      assert.match(
        (await here.isola('exec', one?.name ?? '', '--', 'sh', '-c', script)).stdout,
        /^sh: can't kill pid \d+: No such process\n$/,
      );
    }
    assert.match(await here.ok('exec', one?.name ?? '', '--', 'sh', '-c', 'echo /proc/[0-9]*'), /^\/proc\/1 \/proc\/\d+\n$/);
    await here.ok('delete', '--force', 'one', 'two');
  });

  test('uses up no memory of the host’s by what isola writes of it', async () => {
    await here.ok('launch', '--network', 'none', 'trap', 'loud', '--', 'sh', '-c', 'yes $(seq 300) | head -c 40000000; exec sleep 1000');
    await here.ok('wait', 'loud', '--for', 'running');
    const { root } = await here.data<EnvironmentDetail>('show', 'loud');
    const log = join(root.path, '../log');
    for (let size = -1; size !== statSync(log).size; await new Promise((resolve) => setTimeout(resolve, 300))) size = statSync(log).size;
    assert.ok(statSync(log).size < 20 * 1024 ** 2, `the log has ${statSync(log).size} bytes`);
    await here.ok('delete', '--force', 'loud');
  });
});
