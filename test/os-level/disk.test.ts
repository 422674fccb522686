/** Limits of the disk: how much, and how fast. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { before, suite, test } from 'node:test';
import type { UsageRow } from '../../src/environment/command/index.ts';
import { stage, whyNot } from '../stage/stage.ts';

const mebi = 1024 ** 2;

suite('a disk of its own', { skip: (await whyNot('os-level')) ?? (existsSync('/dev/loop-control') ? false : 'no loop devices') }, () => {
  const here = stage();
  const inside = (...command: readonly string[]) => here.isola('exec', 've', '--', 'sh', '-c', command.join(' '));
  const usage = async () => ((await here.data<UsageRow[]>('stats', 've'))[0] as UsageRow).disk;
  /** Size in MiB, as df tells it. */
  const size = async () => Number((await inside('df -m / | tail -1')).stdout.trim().split(/\s+/)[1]);

  before(async () => {
    await here.ok('launch', '--hold', '--network', 'none', '--disk', '320M', 'busybox', 've');
  });

  test('df shows its size, and what goes beyond is refused with “no space left”', async () => {
    const mib = await size();
    assert.ok(mib > 240 && mib <= 320, `${mib} MiB`);
    const { code, stderr } = await inside('dd if=/dev/zero of=/full bs=1M count=400');
    assert.ok(code !== 0);
    assert.match(stderr, /No space left on device/);
    const use = await usage();
    assert.ok((use?.used ?? 0) > 200 * mebi && (use?.limit ?? 0) <= 320 * mebi);
  });

  test('it grows while it runs, and never shrinks', async (t) => {
    if (!readFileSync('/proc/filesystems', 'utf8').includes('\txfs\n')) return t.skip('ext4 can’t grow while mounted here');
    await here.ok('set', 've', '--disk', '500M');
    const mib = await size();
    assert.ok(mib > 400 && mib <= 500, `${mib} MiB`);
    assert.equal((await inside('dd if=/dev/zero of=/more bs=1M count=100')).code, 0);
    assert.match(await here.refused(1, 'set', 've', '--disk', '400M'), /can only grow/);
    await inside('rm /full /more');
    await here.ok('restart', '--force', 've');
    assert.equal(await size(), mib);
  });

  test('one that was made without a size can’t be given one', async () => {
    await here.ok('launch', '--hold', '--network', 'none', 'busybox', 'plain');
    assert.match(await here.refused(1, 'set', 'plain', '--disk', '1G'), /was made without a size/);
    await here.ok('delete', '--force', 'plain', 've');
  });
});

suite('rates of the disk', { skip: (await whyNot('os-level')) ?? false }, () => {
  const here = stage();
  /** Seconds that 8 MiB take, past the page cache. */
  const seconds = async (line: string): Promise<number> => {
    const start = performance.now();
    await here.ok('exec', 've', '--', 'sh', '-c', line);
    return (performance.now() - start) / 1000;
  };
  const write = 'dd if=/dev/zero of=/root/f bs=1M count=8 oflag=direct 2>&1';
  const read = 'dd if=/root/f of=/dev/null bs=1M count=8 iflag=direct 2>&1';

  test('writing and reading past the cache take as long as they shall; lifted, no longer', async (t) => {
    const told = await here.isola('launch', '--hold', '--network', 'none', '--io-write', '2M', 'busybox', 've');
    if (told.code !== 0) {
      assert.match(told.stderr, /disk rate can't be limited on this host: no single disk stands behind/);
      return t.skip('no single disk stands behind the store');
    }
    const limited = await seconds(write);
    assert.ok(limited > 3, 'writing');
    await here.ok('set', 've', '--io-write', 'none', '--io-read', '2M');
    assert.ok((await seconds(read)) > 3, 'reading');
    await here.ok('set', 've', '--io-read', 'none');
    // If not at once, for others are at work on this disk, then at the third time.
    const free: number[] = [];
    while (free.length < 3 && !free.some((one) => one < limited)) free.push(await seconds(`${write}; ${read}`));
    assert.ok(
      free.some((one) => one < limited),
      `without limits ${free.join(', ')} s`,
    );
    const [usage] = await here.data<UsageRow[]>('stats', 've');
    assert.ok((usage?.io?.writtenBytes ?? 0) >= 16 * mebi && (usage?.io?.readBytes ?? 0) >= 16 * mebi);
    await here.ok('delete', '--force', 've');
  });

  test('a weight is refused where no scheduler weighs', async () => {
    const told = await here.isola('launch', '--hold', '--network', 'none', '--io-weight', '500', 'busybox', 'weighed');
    if (told.code !== 0) assert.match(told.stderr, /disk weight can't be limited on this host: .+\n {2}(echo bfq|leave)/);
    await here.ok('delete', '--force', 'weighed');
  });
});
