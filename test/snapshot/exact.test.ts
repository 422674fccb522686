/** What goes on from a snapshot does what the computer does that was saved: the same instructions, at the same times. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { firmware } from '../../src/computer/boot/firmware.ts';
import { begunWith } from '../../src/computer/boot/start.ts';
import { loadTranslator } from '../../src/computer/engine/index.ts';
import { Snapshot, saveSnapshot } from '../../src/computer/snapshot/index.ts';
import { emptyInput } from '../../src/environment/command/empty.ts';
import { whyNoFirmware } from '../boot/firmware.ts';
import { shellArchive, whyNoBusybox } from '../boot/shell.ts';
import { kernelFile } from '../oracle/kernel.ts';
import { patienceMs } from '../stage/patience.ts';
import { digests, type Made, made, mib, runTo, wakened } from './stage.ts';

const place = mkdtempSync(join(tmpdir(), 'isola-snapshot-'));
after(() => rmSync(place, { recursive: true }));
const file = join(place, 'computer.isola');
const facts = { computer: {}, media: {}, notes: {} };

/** Another one that goes on from what it is. */
const again = (one: Made, make: () => Made): Made => {
  saveSnapshot(one.pc, file, facts);
  using snapshot = new Snapshot(file);
  const other = make();
  snapshot.restore(other.pc, { facts });
  for (const [index, disk] of other.disks.entries()) disk.bytes.set(one.disks[index]?.bytes ?? []);
  return other;
};

const activityOf = ({ pc }: Made): string => pc.processor.save().activity;

test('firmware and a program in real mode are what they would have been, wherever they were saved, and who is saved is, too', {
  skip: whyNoFirmware(),
  timeout: patienceMs,
}, () => {
  const make = (): Made => made(firmware());
  const [one, untouched] = [make(), make()];
  // Firmware has some 20 ms; then a tick of the timer comes each 55 ms, behind which the program is at work for 10 µs.
  const moments = [...Array.from({ length: 6 }, (_, index) => BigInt(index + 1) * 2_654_321n), 40_000_000n, undefined, undefined];
  const activities = moments.map((given) => {
    if (given !== undefined) runTo(one, given);
    const moment = given ?? wakened(one);
    const activity = activityOf(one);
    const other = again(one, make);
    for (const each of [one, other, untouched]) runTo(each, moment + 1_000_000n);
    assert.deepEqual(digests(other), digests(one), `from ${moment} ns on`);
    assert.equal(digests(untouched)['memory'], digests(one)['memory'], `who was saved at ${moment} ns`);
    return activity;
  });
  assert.deepEqual(activities.slice(-4), ['active', 'halted', 'active', 'active']);
});

test('Linux goes on in the midst of its boot, translated and in another computer', {
  skip: whyNoBusybox(),
  timeout: patienceMs,
}, async () => {
  await loadTranslator();
  const initrd = join(place, 'initrd.gz');
  writeFileSync(initrd, shellArchive());
  const request = { ...(await emptyInput('boot')), kernel: kernelFile(), initrd, append: 'console=ttyS0' };
  const start = begunWith(request, () => {})?.start;
  const make = (): Made => made({ start }, 96 * mib);
  const one = make();
  assert.equal(one.pc.boot(), undefined);
  runTo(one, 230_000_000n);
  const before = one.sent().length;
  const other = again(one, make);
  for (const each of [one, other]) runTo(each, 290_000_000n);
  assert.deepEqual(digests(other), digests(one));
  assert.equal(other.sent(), one.sent().slice(before));
  assert.match(other.sent(), /\n\[ +0\.\d+\] /);
  for (const { pc } of [one, other]) assert.ok((pc.emulated?.translated?.regions ?? 0) > 0, 'some of it is translated');
});
