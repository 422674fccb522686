/** Commands inside at their edges: terminals, signals, bytes, and images with nothing but a program. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import { lacking, sh } from '../image/programs.ts';
import { commandLine, stage, whyNot } from '../stage/stage.ts';
import { onTerminal as changing, untilSized } from '../stage/terminal.ts';
import { importRoot } from './hostile-image.ts';

suite('streams', { skip: (await whyNot('os-level')) ?? lacking('script', 'gcc') }, () => {
  const here = stage();
  const quoted = [...commandLine, '--store', here.store].join(' ');
  /** What a command prints on a terminal of 30 rows and 100 columns. */
  const onTerminal = (line: string): string =>
    spawnSync('script', ['--quiet', '--return', '--command', `stty rows 30 cols 100; ${line}`, '/dev/null'], {
      encoding: 'utf8',
      timeout: 300_000,
    }).stdout;

  before(async () => {
    await here.ok('launch', '--hold', '--network', 'none', 'busybox', 've');
    await importRoot(here, 'program-only', (root) => {
      for (const name of ['bin', 'etc', 'tmp']) rmSync(join(root, name), { recursive: true });
      writeFileSync(join(root, 'p.c'), 'int puts(const char *); int main(int n, char **w) { puts(n > 1 ? w[1] : "alone"); return 4; }');
      sh('gcc', '-static', '-o', join(root, 'program'), join(root, 'p.c'));
      rmSync(join(root, 'p.c'));
      cpSync(join(root, 'program'), join(root, 'locked'));
      chmodSync(join(root, 'locked'), 0o644);
      writeFileSync(join(root, 'script'), '#!/bin/sh\necho never\n', { mode: 0o755 });
      writeFileSync(join(root, 'garbage'), 'neither program nor script', { mode: 0o755 });
      mkdirSync(join(root, 'directory'));
    });
  });

  test('a terminal inside has the size of the one outside, and follows it', async () => {
    const wait = `${untilSized([30, 100])}; stty size; ${untilSized([40, 120])}; stty size`;
    const scene = { size: [30, 100], reaction: { seen: '30 100', size: [40, 120] } } as const;
    for (const verb of ['exec --tty ve', 'run --tty --network none busybox'])
      assert.match(await changing(here, [...verb.split(' '), '--', 'sh', '-c', wait], scene), /30 100\r\n[\s\S]*40 120\r\n/, verb);
  });

  test('run on a terminal is on one inside too, and elsewhere is not', async () => {
    assert.match(onTerminal(`${quoted} run --network none busybox -- tty`), /\/dev\/(console|pts\/\d+)\r?\n/);
    assert.equal((await here.isola('exec', 've', '--', 'tty')).stdout, 'not a tty\n');
  });

  test('signals reach the command, and its end is told as theirs', async () => {
    const inside = `trap "echo told; exit 5" TERM; echo ready; while :; do sleep 0.1; done`;
    const script = [
      `said=$(mktemp); ${quoted} exec ve -- sh -c '${inside}' > $said & pid=$!`,
      'until grep -q ready $said; do sleep 0.1; done; kill -TERM $pid; wait $pid; echo status $?; cat $said; rm $said',
    ];
    assert.match(sh('sh', '-c', script.join('\n')), /status 5\nready\ntold\n/);
    assert.equal((await here.isola('exec', 've', '--', 'sh', '-c', 'kill -SEGV $$')).code, 139);
    assert.equal((await here.isola('exec', 've', '--', 'sh', '-c', 'kill -KILL $$')).code, 137);
  });

  test('users are named, with their groups', async () => {
    await here.ok(
      'exec',
      've',
      '--',
      'sh',
      '-c',
      'echo "web:x:33:44::/srv:/bin/sh" >> /etc/passwd; printf "web:x:44:\\nlogs:x:55:web\\n" >> /etc/group; mkdir -p /srv',
    );
    const who = 'id -u; id -g; id -G; echo $HOME';
    assert.equal(await here.ok('exec', '-u', 'web', 've', '--', 'sh', '-c', who), '33\n44\n44 55\n/srv\n');
    assert.equal(await here.ok('exec', '-u', 'web:logs', 've', '--', 'sh', '-c', who), '33\n55\n55\n/srv\n');
    assert.equal(await here.ok('exec', '-u', '1234:99', 've', '--', 'sh', '-c', who), '1234\n99\n99\n/\n');
    assert.match(await here.refused(125, 'exec', '-u', 'nobody-here', 've', '--', 'id'), /knows no user or group nobody-here/);
  });

  test('an image without a shell, without /etc, with one static program', async () => {
    const run = ['run', '--network', 'none', 'program-only', '--'];
    assert.deepEqual(await here.isola(...run, '/program', 'with a word'), { code: 4, stdout: 'with a word\n', stderr: '' });
    await here.ok('launch', '--hold', '--network', 'none', 'program-only', 'bare');
    assert.deepEqual(await here.isola('exec', 'bare', '--', '/program'), { code: 4, stdout: 'alone\n', stderr: '' });
    assert.match(await here.refused(127, 'shell', 'bare'), /has no command sh/);
    await here.ok('delete', '--force', 'bare');
    assert.match(await here.refused(127, ...run, 'program'), /has no command program/);
    assert.match(await here.refused(126, ...run, '/locked'), /no execute permission/);
    assert.match(await here.refused(126, ...run, '/directory'), /it is a directory/);
    assert.match((await here.isola(...run, '/garbage')).stderr, /garbage/);
    assert.equal((await here.isola(...run, '/garbage')).code, 126);
    assert.match(await here.refused(126, ...run, '/script'), /script/);
  });

  test('cp works in an image that has no tar of its own', async (t) => {
    await here.ok('launch', '--hold', '--network', 'none', 'program-only', 'bare');
    t.after(() => here.ok('delete', '--force', 'bare'));
    assert.equal((await here.tell(['cp', '-', 'bare:/in'], { input: sh('tar', '-C', '/etc', '-cf', '-', 'hostname') })).code, 0);
    assert.match((await here.isola('cp', 'bare:/in', '-')).stdout, /hostname/);
  });
});
