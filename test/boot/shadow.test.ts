/** Memory below 1 MiB after SeaBIOS, tried by a boot sector. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { patienceMs } from '../stage/patience.ts';
import { assembled } from './assembled.ts';
import { whyNoFirmware } from './firmware.ts';
import { told } from './programs.ts';
import { booted } from './stage.ts';

suite('after SeaBIOS', { skip: whyNoFirmware(), timeout: patienceMs }, () => {
  const place = mkdtempSync(join(tmpdir(), 'isola-shadow-'));
  after(() => rmSync(place, { recursive: true }));

  test('its copy can’t be written until the host bridge is told so, its image is beneath it, and memory is beneath the adapters', async (t) => {
    const floppy = join(place, 'floppy');
    const image = new Uint8Array(1440 * 1024);
    image.set(assembled('shadow.s'));
    writeFileSync(floppy, image);
    const computer = await booted(t, floppy, '--memory', '16M', '--display', 'none');
    const { code } = await computer.end;
    // Lock, F-segment, VGA BIOS, opened, closed, split, adapters: a bit each.
    assert.equal(code, told(0x7f));
  });
});
