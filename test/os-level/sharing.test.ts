/** A store on a file system whose files can share blocks: copies take no room, and are as good as the original. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { EnvironmentDetail } from '../../src/environment/command/index.ts';
import { Stage } from '../stage/stage.ts';

suite('on XFS', () => {
  const directory = mkdtempSync(join(tmpdir(), 'isola-sharing-'));
  const mountPoint = `${directory}/mounted`;
  const place = process.env['TMPDIR'];
  let stage: Stage;

  before(async () => {
    chmodSync(directory, 0o711);
    execFileSync('truncate', ['-s', '1G', `${directory}/xfs.img`]);
    execFileSync('mkfs.xfs', ['-q', '-m', 'reflink=1', `${directory}/xfs.img`]);
    mkdirSync(mountPoint);
    execFileSync('mount', ['-o', 'loop', `${directory}/xfs.img`, mountPoint]);
    process.env['TMPDIR'] = mountPoint;
    stage = new Stage();
    await stage.ok('launch', 'busybox', 'plain', '--hold', '--network', 'none');
  });
  after(async () => {
    if (place === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = place;
    try {
      await stage?.leave();
    } finally {
      execFileSync('umount', [mountPoint]);
      rmSync(directory, { recursive: true });
    }
  });

  /** MiB that something takes there. */
  const takes = async (work: () => Promise<unknown>): Promise<number> => {
    const free = (): number => {
      execFileSync('sync', ['--file-system', mountPoint]);
      const { bavail, bsize } = statfsSync(mountPoint);
      return (bavail * bsize) / 1024 ** 2;
    };
    const before = free();
    await work();
    return before - free();
  };

  test('a clone and a snapshot share their contents with the original, and show says so', async () => {
    await stage.ok('exec', 'plain', '--', 'sh', '-c', 'head -c 64m /dev/urandom > /srv/large && sync');
    assert.ok((await takes(() => stage.ok('clone', 'plain', 'twin'))) < 8);
    assert.ok((await takes(() => stage.ok('snapshot', 'create', 'plain', 'first'))) < 8);
    const { root } = await stage.data<EnvironmentDetail>('show', 'plain');
    assert.equal(root.kind, 'directory');
    assert.match(root.reason, /shares blocks on xfs/);
  });

  test('a disk image that shares blocks can be mounted as the one it was copied from', async () => {
    for (const [fileSystem, size, mebi] of [
      ['ext4', '128M', 64],
      ['xfs', '320M', 64],
    ] as const) {
      await stage.ok('launch', 'busybox', `disk-${fileSystem}`, '--hold', '--disk', size, '--network', 'none');
      await stage.ok('exec', `disk-${fileSystem}`, '--', 'sh', '-c', `head -c ${mebi}m /dev/urandom > /srv/large && sync`);
      assert.ok((await takes(() => stage.ok('clone', `disk-${fileSystem}`, `copy-${fileSystem}`))) < mebi / 2);
      await stage.ok('start', `copy-${fileSystem}`);
      assert.equal(await stage.ok('exec', `copy-${fileSystem}`, '--', 'sh', '-c', 'wc -c < /srv/large'), `${mebi * 1024 ** 2}\n`);
    }
  });
});
