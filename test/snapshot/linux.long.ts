/**
 * Debian's kernel from its first instruction to a shell that waits, saved every 103 ms of its time: `tools/node --test test/snapshot/linux.long.ts`. Last result, 27 November 2026: equal each of
 * 14 times, at work and at rest, and whoever was saved is what one is that was never.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { begunWith } from '../../src/computer/boot/start.ts';
import { loadTranslator } from '../../src/computer/engine/index.ts';
import { Snapshot, saveSnapshot } from '../../src/computer/snapshot/index.ts';
import { emptyInput } from '../../src/environment/command/empty.ts';
import { shellArchive, whyNoBusybox } from '../boot/shell.ts';
import { kernelFile } from '../oracle/kernel.ts';
import { digests, type Made, made, mib, runTo } from './stage.ts';

const place = mkdtempSync(join(tmpdir(), 'isola-snapshot-'));
after(() => rmSync(place, { recursive: true }));
const [file, initrd] = [join(place, 'computer.isola'), join(place, 'initrd.gz')];
const facts = { computer: {}, media: {}, notes: {} };

test('Linux goes on from wherever it was saved', { skip: whyNoBusybox(), timeout: 1_800_000 }, async (t) => {
  await loadTranslator();
  writeFileSync(initrd, shellArchive());
  const request = { ...(await emptyInput('boot')), kernel: kernelFile(), initrd, append: 'console=ttyS0' };
  const make = (): Made => {
    const one = made({ start: begunWith(request, () => {})?.start }, 96 * mib);
    assert.equal(one.pc.boot(), undefined);
    return one;
  };
  const [one, untouched] = [make(), make()];
  const activities: string[] = [];
  for (let count = 1n; count <= 14n; count++) {
    const moment = count * 103_456_789n;
    for (const each of [one, untouched]) runTo(each, moment);
    activities.push(one.pc.processor.save().activity);
    saveSnapshot(one.pc, file, facts);
    using snapshot = new Snapshot(file);
    const other = made({}, 96 * mib);
    snapshot.restore(other.pc, { facts, isMapped: count % 2n === 0n });
    for (const [index, disk] of other.disks.entries()) disk.bytes.set(one.disks[index]?.bytes ?? []);
    for (const each of [one, other, untouched]) runTo(each, moment + 40_000_000n);
    assert.deepEqual(digests(other), digests(one), `from ${moment} ns on`);
    assert.equal(digests(untouched)['memory'], digests(one)['memory'], `who was saved at ${moment} ns`);
  }
  t.diagnostic(`${activities.join(' ')}; ${one.sent().slice(-40)}`);
  assert.deepEqual(new Set(activities), new Set(['active', 'halted']));
});
