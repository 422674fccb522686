/** The page with a disk that is read from its server by pieces: a computer that was saved there goes on in Chromium, and what it writes is kept. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { serve } from '../../examples/browser/serve.ts';
import { type Content, siteOf } from '../../examples/browser/site.ts';
import { assembled } from '../boot/assembled.ts';
import { whyNoFirmware } from '../boot/firmware.ts';
import { booted, until } from '../boot/stage.ts';
import { Chromium, whyNoChromium } from './chromium.ts';

const mib = 1024 ** 2;
const place = mkdtempSync(join(tmpdir(), 'isola-kept-'));
after(() => rmSync(place, { recursive: true }));
const pictures = join(import.meta.dirname, '../../.isola/pictures');

const [screen, status, kept] = ['screen', 'status', 'kept'].map((id) => `document.querySelector('#${id}').textContent`) as [
  string,
  string,
  string,
];
const click = (id: string): string => `document.querySelector('#${id}').click()`;

/** It shows a question mark; then each key that it has written to its second sector. */
const diskOf = (name: string): string => {
  const bytes = new Uint8Array(mib);
  bytes.set(assembled('keep.s'));
  bytes[512] = '?'.charCodeAt(0);
  const path = join(place, name);
  writeFileSync(path, bytes);
  return path;
};

const opened = async (site: ReadonlyMap<string, Content>, then: (chromium: Chromium) => Promise<void>): Promise<void> => {
  await using server = await serve(site, 0);
  await using chromium = new Chromium();
  await chromium.open(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await then(chromium);
  assert.deepEqual(chromium.said, []);
};

suite('in Chromium', { skip: whyNoChromium() || whyNoFirmware(), timeout: 240_000 }, () => {
  test('a computer that isola boot saved goes on at once; what it writes lasts, and then it is refused what was saved before', async (t) => {
    const [disk, restore] = [diskOf('disk.img'), join(place, 'saved.isola')];
    const first = await booted(t, disk, '--memory', '32M');
    await until(first, /\?\./);
    assert.deepEqual(first.order(`save ${restore}`), ['done']);
    first.detach();
    await first.end;
    await opened(siteOf({ memoryBytes: 16 * mib, disk: [disk], restore }), async (chromium) => {
      assert.match(await chromium.until(screen, /\?\./, 60_000), /Booting/);
      assert.match(String(await chromium.value(status)), /^running, from saved\.isola;/);
      await chromium.focus('#screen');
      await chromium.type('k');
      await chromium.until(screen, /\?\.k\./, 30_000);
      await chromium.until(kept, /^Kept in this browser: disk0-disk\.img, 0\.\d MiB$/, 30_000);
      mkdirSync(pictures, { recursive: true });
      writeFileSync(join(pictures, 'browser-kept.png'), await chromium.screenshot());
      await chromium.reload();
      const why = /^saved\.isola can't be restored: it was made with another disk 0: .*, and here it is .*, and written here, [\da-f]{16}$/;
      await chromium.until(status, why, 30_000);
      await chromium.value(click('power'));
      await chromium.until(screen, /Booting from Hard Disk[\s\S]*k\./, 60_000);
      await chromium.value(click('save'));
      await chromium.until(kept, /a saved computer$/, 30_000);
      await chromium.reload();
      await chromium.until(status, /^running, from what was saved here;/, 30_000);
      await chromium.focus('#screen');
      await chromium.type('s');
      await chromium.until(screen, /k\.s\./, 30_000);
    });
  });

  test('a server that sends a disk whole only is told of in a sentence', () => {
    const site = new Map(siteOf({ memoryBytes: 16 * mib, nvme: [diskOf('whole.img')] }));
    const whole = new Map([...site].map(([address, { type, read }]) => [address, { type, read }] as const));
    return opened(whole, async (chromium) => {
      await chromium.until(status, /^nvme0-whole\.img: its server sends it whole only; a disk needs one that sends ranges/, 30_000);
    });
  });
});
