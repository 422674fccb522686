import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { until } from '../program/processes.ts';
import { run } from '../program/run.ts';
import { detachLoops, diskUse, loops, makeDiskImage, mountDiskImage, resizeDiskImage } from './disk-image.ts';

const skip = process.getuid?.() === 0 ? false : 'only root may mount';
const MiB = 1024 ** 2;

const place = (context: TestContext): { readonly image: string; readonly target: string } => {
  const directory = mkdtempSync(join(tmpdir(), 'isola-disk-'));
  mkdirSync(`${directory}/root`);
  context.after(async () => {
    await run('umount', [`${directory}/root`], { accept: [0, 32] });
    await detachLoops((file) => file.startsWith(directory));
    rmSync(directory, { recursive: true });
  });
  return { image: `${directory}/disk.img`, target: `${directory}/root` };
};
const devicesOf = (image: string): readonly string[] => loops().flatMap(({ device, file }) => (file === image ? [device] : []));

test('the loop device goes with the mount', { skip }, async (context) => {
  const { image, target } = place(context);
  await makeDiskImage(image, 16 * MiB);
  await mountDiskImage(image, target);
  assert.equal(devicesOf(image).length, 1);
  await run('umount', [target]);
  assert.ok(await until(() => devicesOf(image).length === 0, 60_000));
});

test('an image that another mount namespace still holds is mounted from the same device, and stays sound', { skip }, async (context) => {
  const { image, target } = place(context);
  await makeDiskImage(image, 16 * MiB);
  await mountDiskImage(image, target);
  const [device] = devicesOf(image);
  const holder = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', 'echo here; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(holder.stdout, 'data');
  await run('umount', [target]);
  assert.deepEqual(devicesOf(image), [device]);
  await mountDiskImage(image, target);
  assert.deepEqual(devicesOf(image), [device]);
  writeFileSync(`${target}/later`, 'kept');
  holder.kill('SIGKILL');
  await once(holder, 'close');
  await run('umount', [target]);
  await mountDiskImage(image, target);
  assert.equal(readFileSync(`${target}/later`, 'utf8'), 'kept');
  await run('umount', [target]);
  await run('e2fsck', ['-f', '-n', image]);
});

test('a growing that was broken off is completed by asking for the size it has', { skip }, async (context) => {
  const { image, target } = place(context);
  await makeDiskImage(image, 16 * MiB);
  // Killed before resize2fs.
  await run('truncate', ['-s', '64M', image]);
  await resizeDiskImage(image, target, statSync(image).size, 'web');
  await mountDiskImage(image, target);
  assert.ok(diskUse(target).size > 48 * MiB, String(diskUse(target).size));
});

test('an XFS image grows while it is not mounted too', { skip }, async (context) => {
  const { image, target } = place(context);
  await makeDiskImage(image, 320 * MiB);
  await resizeDiskImage(image, target, 640 * MiB, 'web');
  await mountDiskImage(image, target);
  assert.ok(diskUse(target).size > 500 * MiB, String(diskUse(target).size));
});

for (const [kind, bytes] of [
  ['xfs', 320 * MiB],
  ['ext', 16 * MiB],
] as const) {
  test(`a copy of an ${kind} disk is mounted beside the original`, { skip }, async (t) => {
    const work = mkdtempSync(join(tmpdir(), 'isola-disk-'));
    const at = (name: string): string => join(work, name);
    t.after(() => {
      spawnSync('umount', [at('first'), at('second')]);
      rmSync(work, { recursive: true });
    });
    for (const name of ['first', 'second']) mkdirSync(at(name));
    await makeDiskImage(at('first.img'), bytes);
    await mountDiskImage(at('first.img'), at('first'));
    const type = spawnSync('stat', ['-f', '-c', '%T', at('first')], { encoding: 'utf8' }).stdout;
    assert.ok(type.startsWith(kind), type);
    writeFileSync(join(at('first'), 'file'), 'content');
    spawnSync('sh', ['-c', `fsfreeze -f first && cp first.img second.img; fsfreeze -u first`], { cwd: work });
    await mountDiskImage(at('second.img'), at('second'));
    assert.equal(readFileSync(join(at('second'), 'file'), 'utf8'), 'content');
  });
}
