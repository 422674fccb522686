import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeDiskImage, mountDiskImage } from './disk-image.ts';

const skip = process.getuid?.() !== 0 && 'only root may mount';
const MiB = 1024 ** 2;

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
