/** What a machine's files can do that a directory reached by hostfs could not. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { stage, whyNot } from '../stage/stage.ts';

const skip = (await whyNot('paravirtualization')) ?? (spawnSync('musl-gcc', ['--version']).error ? 'musl-tools is not installed' : false);

suite('the files of a machine', { skip }, () => {
  const here = stage();
  const inside = (name: string, script: string): Promise<string> => here.ok('exec', name, '--', 'sh', '-c', script);
  const launch = (...words: readonly string[]): Promise<string> =>
    here.ok('launch', '--technique', 'paravirtualization', '--hold', ...words);

  test('have all that programs expect of a disk, on the root and on a volume', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'isola-files-'));
    try {
      mkdirSync(join(folder, 'shown'));
      execFileSync('musl-gcc', ['-static', '-O1', '-o', join(folder, 'tries'), join(import.meta.dirname, 'tries.c')]);
      await launch('-v', `${folder}/shown:/shown`, 'busybox', 'able');
      await here.ok('cp', join(folder, 'tries'), 'able:/bin/tries');
      for (const place of ['/root', '/shown']) {
        const seen = await inside('able', `cd ${place} && tries`);
        assert.deepEqual(
          seen.split('\n').filter((line) => !line.endsWith(': as it should be')),
          [''],
          place,
        );
        assert.equal(seen.split('\n').length, 10);
      }
    } finally {
      await here.isola('delete', '--force', 'able');
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('a volume shows at once what the host and another environment write there', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'isola-files-'));
    try {
      writeFileSync(join(folder, 'file'), 'first');
      await launch('-v', `${folder}:/shown`, 'busybox', 'one');
      assert.equal(await inside('one', 'cat /shown/file; ls /shown'), 'firstfile\n');
      writeFileSync(join(folder, 'file'), 'second');
      writeFileSync(join(folder, 'more'), 'x');
      assert.equal(await inside('one', 'cat /shown/file; ls /shown'), 'secondfile\nmore\n');
      await inside('one', 'echo inside > /shown/made');
      assert.equal(readFileSync(join(folder, 'made'), 'utf8'), 'inside\n');
      assert.equal(await here.ok('run', '--technique', 'os-level', '-v', `${folder}:/v`, 'busybox', '--', 'cat', '/v/made'), 'inside\n');
    } finally {
      await here.isola('delete', '--force', 'one');
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('what a program inside has written is on the host at once, though nothing inside ends well', async () => {
    await launch('busybox', 'sudden');
    await inside('sudden', 'echo written > /root/now');
    const { pid } = await here.data<{ pid: number }>('show', 'sudden');
    process.kill(pid, 'SIGKILL');
    await here.ok('wait', 'sudden', '--for', 'stopped', '--timeout', '20s');
    await here.ok('start', 'sudden');
    assert.equal(await inside('sudden', 'cat /root/now'), 'written\n');
    await here.ok('delete', '--force', 'sudden');
  });

  test('a tree of more files than its server keeps open is written, read and removed', async () => {
    await launch('--memory', '128M', 'busybox', 'wide');
    // A server keeps 4096 open: guest/share/main.c.
    const make = 'mkdir /t && cd /t && for d in $(seq 1 42); do mkdir $d; for f in $(seq 1 100); do echo $d-$f > $d/$f; done; done';
    const look =
      'find /t | wc -l && cat /t/*/* | sort | md5sum && for d in $(seq 1 42); do for f in $(seq 1 100); do echo $d-$f; done; done | sort | md5sum';
    const [found, read, expected] = (await inside('wide', `${make}; ${look}`)).split('\n');
    assert.equal(found, '4243');
    assert.equal(read, expected);
    assert.equal(await inside('wide', 'rm -r /t && ls -d /t 2>/dev/null | wc -l'), '0\n');
    await here.ok('delete', '--force', 'wide');
  });

  test('a volume that is only read is closed on the host’s side, too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'isola-files-'));
    try {
      writeFileSync(join(folder, 'file'), 'kept');
      await launch('-v', `${folder}:/shown:ro`, 'busybox', 'reader');
      // Its root may mount all volumes for itself, without the guest's own protection.
      const script = 'mkdir /all && mount -t virtiofs volumes /all && cat /all/0/file; echo changed > /all/0/file; rm /all/0/file';
      assert.match((await here.isola('exec', 'reader', '--', 'sh', '-c', script)).stderr, /Read-only file system/);
      assert.equal(readFileSync(join(folder, 'file'), 'utf8'), 'kept');
      assert.equal(statSync(folder).nlink, 2);
    } finally {
      await here.isola('delete', '--force', 'reader');
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
