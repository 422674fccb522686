/** A store on a full or read-only disk: told in a sentence, nothing half made, and all works once there is room again. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { leftovers } from '../crash/aftermath.ts';
import { Stage, whyNot } from '../stage/stage.ts';

const skip = (await whyNot('os-level')) ?? false;
const KiB = 1024;

/** A file system of its own, small enough to fill. */
const smallDisk = (bytes: number): string => {
  const directory = mkdtempSync(join(tmpdir(), 'isola-small-'));
  assert.equal(spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=755`, 'small', directory]).status, 0);
  return directory;
};
const removeDisk = (directory: string): void => {
  assert.equal(spawnSync('umount', [directory]).status, 0, `umount ${directory}`);
  rmSync(directory, { recursive: true });
};

/** Leaves so many bytes free. */
const fill = (directory: string, leave: number): void => {
  const { bavail, bsize } = statfsSync(directory);
  writeFileSync(`${directory}/filler`, new Uint8Array(Math.max(0, bavail * bsize - leave)));
};

describe('a full disk', { skip }, () => {
  let disk: string;
  let files: string;
  let playground: Stage;
  before(async () => {
    disk = smallDisk(24 * KiB * KiB);
    files = mkdtempSync(join(tmpdir(), 'isola-full-'));
    mkdirSync(`${files}/tree/bin`, { recursive: true });
    writeFileSync(`${files}/tree/bin/sh`, new Uint8Array(3 * KiB * KiB), { mode: 0o755 });
    spawnSync('tar', ['-C', `${files}/tree`, '-cf', `${files}/tree.tar`, '.']);
    playground = new Stage(disk);
    await playground.ok('launch', 'busybox', 'busy', '--hold', '--network', 'none');
    await playground.ok('launch', 'busybox', 'disk', '--hold', '--network', 'none', '--disk', '8M');
    await playground.ok('stop', '--force', 'disk');
    await playground.ok('snapshot', 'create', 'busy', 'first');
  });
  after(async () => {
    rmSync(`${disk}/filler`, { force: true });
    await playground?.leave();
    removeDisk(disk);
    rmSync(files, { recursive: true });
  });

  /** With more and more room, until it is enough. Each time before, the command is refused and leaves all as it was. */
  const untilItFits = async (exit: number, line: readonly string[], undo: readonly string[]): Promise<void> => {
    const namesNow = async (): Promise<readonly string[]> => {
      const rows = await playground.look('list', { names: [], phase: undefined, quiet: false });
      return rows.map(({ name, phase }) => `${name} ${phase}`);
    };
    const names = await namesNow();
    let refusals = 0;
    for (const leave of [0, 8, 64, 256, 1000, 2000, 3000, 6000, 12_000]) {
      fill(disk, leave * KiB);
      const { code, stderr } = await playground.tell(line);
      rmSync(`${disk}/filler`);
      const told = `isola ${line.join(' ')}, ${leave} KiB left, ended with ${code}: ${stderr}`;
      assert.deepEqual(await leftovers(playground), [], told);
      if (code === 0) {
        assert.ok(refusals > 0, told);
        if (undo.length > 0) await playground.ok(...undo);
        return;
      }
      refusals++;
      assert.equal(code, exit, told);
      assert.match(stderr, /^isola: .*no space left.*\n {2}\S.+\n$/i, told);
      assert.deepEqual(await namesNow(), names, told);
    }
    assert.fail(`isola ${line.join(' ')} never went through`);
  };

  test('while an environment is launched', () =>
    untilItFits(1, ['launch', 'busybox', 'fresh', '--hold', '--network', 'none'], ['delete', '-f', 'fresh']));
  test('while one runs a command', () => untilItFits(125, ['run', '--root', 'copy', '--network', 'none', 'busybox', '--', 'true'], []));
  test('while one is cloned', () => untilItFits(1, ['clone', 'busy', 'fresh'], ['delete', 'fresh']));
  test('while a disk is cloned', () => untilItFits(1, ['clone', 'disk', 'fresh'], ['delete', 'fresh']));
  test('while a snapshot is taken', () =>
    untilItFits(1, ['snapshot', 'create', 'busy', 'second'], ['snapshot', 'delete', 'busy', 'second']));
  test('while a snapshot of a disk is taken', () =>
    untilItFits(1, ['snapshot', 'create', 'disk', 'second'], ['snapshot', 'delete', 'disk', 'second']));
  test('while an image is imported', () => untilItFits(1, ['image', 'import', `${files}/tree.tar`, 'fresh'], ['image', 'delete', 'fresh']));
  test('while files are copied in', async () => {
    await untilItFits(1, ['cp', `${files}/tree/bin/sh`, 'busy:/srv/copy'], ['exec', 'busy', '--', 'rm', '/srv/copy']);
  });
  test('while one is taken back to a snapshot', () => untilItFits(1, ['snapshot', 'restore', '--force', 'busy', 'first'], []));

  test('does not keep anybody from deleting and making room', async () => {
    for (const name of ['first', 'second']) await playground.ok('launch', 'busybox', name, '--hold', '--network', 'none');
    fill(disk, 0);
    await playground.ok('delete', '--force', 'first');
    fill(disk, 0);
    await playground.ok('stop', '--force', 'second');
    await playground.ok('delete', 'second');
    rmSync(`${disk}/filler`);
    assert.deepEqual(await leftovers(playground), []);
  });

  test('while a template is built', async () => {
    const tight = smallDisk(1500 * KiB);
    const beginner = new Stage(tight);
    try {
      assert.match(await beginner.refused(1, 'image', 'build', 'busybox'), /no space left/);
      assert.deepEqual(await leftovers(beginner), []);
      assert.deepEqual(await beginner.look('image list', { references: [], quiet: false }), []);
    } finally {
      await beginner.leave();
      removeDisk(tight);
    }
  });
});

test('a read-only store is refused in a sentence', { skip }, async () => {
  const disk = smallDisk(16 * KiB * KiB);
  const playground = new Stage(disk);
  try {
    await playground.ok('launch', 'busybox', 'kept', '--hold', '--no-start', '--network', 'none');
    assert.equal(spawnSync('mount', ['-o', 'remount,ro', disk]).status, 0);
    for (const line of [['list'], ['start', 'kept'], ['launch', 'busybox', 'fresh'], ['image', 'build', 'busybox', '--name', 'other']]) {
      assert.match(
        await playground.refused(1, ...line),
        /^isola: the store \S+ can't be used: .*(?:read-only|only be read|can’t be opened)/,
      );
    }
  } finally {
    spawnSync('mount', ['-o', 'remount,rw', disk]);
    await playground.leave();
    removeDisk(disk);
  }
});
