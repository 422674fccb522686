/** A diskette that is changed while a program uses it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { patienceMs } from '../stage/patience.ts';
import { assembled } from './assembled.ts';
import { whyNoFirmware } from './firmware.ts';
import { booted, type, until } from './stage.ts';

suite('a diskette in its drive', { skip: whyNoFirmware(), timeout: patienceMs }, () => {
  const place = mkdtempSync(join(tmpdir(), 'isola-change-'));
  after(() => rmSync(place, { recursive: true }));
  const floppy = (letter: string, kib: number): string => {
    const image = Buffer.alloc(kib * 1024, letter);
    image.set(assembled('change.s'));
    writeFileSync(join(place, letter), image);
    return join(place, letter);
  };

  test('is another one by an order, and the program reads that, of another format, too', async (t) => {
    const computer = await booted(t, floppy('x', 1440), '--memory', '16M', '--display', 'none', '--control', join(place, 'control'));
    await until(computer, '$');
    type(computer, ' ');
    await until(computer, '$x', 15_000);
    for (const [letter, kib, shown] of [
      ['y', 1440, '$xy'],
      ['z', 720, '$xyz'],
    ] as const) {
      assert.deepEqual(computer.order(`insert a ${floppy(letter, kib)}`), ['done']);
      type(computer, ' ');
      await until(computer, shown, 15_000);
    }
    assert.deepEqual(computer.order('disks'), [`a ${join(place, 'z')}`, 'done']);
  });
});
