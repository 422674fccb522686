/** Stores at odd places: those that work, and those that are refused before anything is made. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, describe, test } from 'node:test';
import { commandLine, stage, whyNot } from '../stage/stage.ts';
import { refuses } from './line.ts';

// Asked first: what waits between tests and suites ends the file's own hooks early.
const skip = await whyNot('os-level');
const base = mkdtempSync(`${tmpdir()}/isola-places-`);
chmodSync(base, 0o755);
after(() => rmSync(base, { recursive: true, force: true }));

test('what can’t be a store is refused by its path', async () => {
  for (const [path, says] of [
    ['', /the store "" can't be used: it has no name/],
    ['/etc/passwd', /the store \/etc\/passwd can't be used/],
    ['/etc/passwd/below', /\/etc\/passwd\/below can't be used: not a directory/],
    ['/proc/none', /\/proc\/none can't be used: no such file or directory/],
    [`${base}/${'x'.repeat(300)}`, /can't be used: name too long/],
  ] as const) {
    await refuses(base, ['--store', path, 'list'], 1, says);
  }
});

describe('odd places', { skip }, () => {
  const place = stage();
  const isola = (store: string, ...args: readonly string[]) => {
    const [node, ...flags] = commandLine;
    const { status, stdout, stderr } = spawnSync(node, [...flags, '--store', store, ...args], { encoding: 'utf8', input: '' });
    return { status, out: stdout, err: stderr };
  };

  for (const [what, path] of [
    ['blanks and other scripts in its path', `${base}/with blanks & ünïcode 漢字`],
    ['a path longer than a socket’s name', `${base}/${'x'.repeat(120)}/${'y'.repeat(120)}`],
  ] as const) {
    test(`a store with ${what} is like any other`, () => {
      try {
        assert.deepEqual(isola(path, 'launch', '-q', 'busybox', 'box', '--hold'), { status: 0, out: 'box\n', err: '' });
        assert.deepEqual(isola(path, 'exec', 'box', '--', 'echo', 'inside'), { status: 0, out: 'inside\n', err: '' });
        assert.equal(isola(path, 'console', 'box').status, 0);
        assert.deepEqual(isola(path, 'run', 'busybox', '--', 'echo', 'ran'), { status: 0, out: 'ran\n', err: '' });
      } finally {
        assert.equal(isola(path, 'delete', '-qf', '--all').status, 0);
      }
    });
  }

  test('a store where nothing may be executed is refused before anything is made', () => {
    const mounted = `${base}/noexec`;
    mkdirSync(mounted);
    assert.equal(spawnSync('mount', ['-t', 'tmpfs', '-o', 'mode=755,noexec', 'tmpfs', mounted]).status, 0);
    try {
      for (const [exit, ...args] of [
        [125, 'run', 'busybox', 'true'],
        [1, 'launch', 'busybox', 'box', '--hold'],
      ] as const) {
        const { status, err } = isola(mounted, ...args);
        assert.equal(status, exit, err);
        assert.match(err, /^isola: the store \S+ can't be used: its file system is mounted noexec, .*\n {2}choose another with --store/);
      }
      assert.equal(isola(mounted, 'list', '-q').out, '');
    } finally {
      assert.equal(spawnSync('umount', [mounted]).status, 0);
    }
  });

  test('a copy out writes to a device and never replaces it, and is refused where no file can be', async () => {
    await place.ok('launch', '-q', 'busybox', 'web', '--hold');
    const full = statSync('/dev/full').rdev;
    assert.match(await place.refused(1, 'cp', 'web:/bin/busybox', '/dev/full'), /No space left on device/);
    assert.equal(statSync('/dev/full').rdev, full);
    const line = `'${commandLine.join("' '")}' --store '${place.store}' cp web:/etc/passwd /dev/stdout | cat`;
    assert.match(spawnSync('sh', ['-c', line], { encoding: 'utf8' }).stdout, /^root:/);
    assert.match(await place.refused(2, 'cp', 'web:/etc', '/dev/null'), /\/dev\/null is no directory, but \/etc is one/);
    assert.match(await place.refused(1, 'cp', 'web:/etc/passwd', '/proc/none'), /\/proc\/none can't be written: /);
    assert.match(await place.refused(1, 'cp', 'web:/etc/passwd', `${base}/none/x`), /there is no \S+\/none\n/);
    assert.match(await place.refused(1, 'image', 'export', 'busybox', '/proc/none.tar'), /\/proc\/none\.tar can't be written: /);
    assert.match(await place.refused(1, 'image', 'import', `${base}/none`, 'x'), /there is no \S+\/none\n/);
    assert.equal(existsSync(`${base}/none`), false);
  });
});
