/** The page with a disk that is read from its server by pieces: a computer that was saved there goes on in Chromium, and what it writes is kept. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { assembled } from '../boot/assembled.ts';
import { whyNoFirmware } from '../boot/firmware.ts';
import { booted, until } from '../boot/stage.ts';
import { patienceMs } from '../stage/patience.ts';
import { commandLine } from '../stage/stage.ts';
import { whyNoChromium } from './chromium.ts';
import { opened, openedAt, siteFor } from './stage.ts';

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

/** By `isola boot --page`, until it is interrupted. */
const served = async (words: readonly string[], then: (url: string) => Promise<void>): Promise<void> => {
  const [node, ...flags] = commandLine;
  const isola = spawn(node, [...flags, 'boot', ...words, '--page', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(isola, 'close');
  try {
    const [said] = await once(isola.stdout, 'data');
    await then(String(said).trim());
  } finally {
    isola.kill('SIGINT');
    assert.deepEqual(await ended, [130, null]);
  }
};

suite('in Chromium', { skip: whyNoChromium() || whyNoFirmware(), timeout: patienceMs }, () => {
  test('a computer that isola boot saved goes on at once; what it writes lasts, and then it is refused what was saved before', async (t) => {
    const [disk, restore] = [diskOf('disk.img'), join(place, 'saved.isola')];
    const first = await booted(t, disk, '--memory', '32M');
    await until(first, /\?\./);
    assert.deepEqual(first.order(`save ${restore}`), ['done']);
    first.detach();
    await first.end;
    await served([disk, '--restore', restore], (url) =>
      openedAt(url, async (chromium) => {
        assert.match(await chromium.until(screen, /\?\./, 60_000), /Booting/);
        assert.match(String(await chromium.value(status)), /^running, from saved\.isola;/);
        await chromium.focus('#screen');
        await chromium.type('k');
        await chromium.until(screen, /\?\.k\./, 30_000);
        await chromium.until(kept, /^Kept in this browser: disk0-disk\.img, 0\.\d MiB$/, 30_000);
        mkdirSync(pictures, { recursive: true });
        writeFileSync(join(pictures, 'browser-kept.png'), await chromium.screenshot());
        await chromium.reload();
        const why =
          /^saved\.isola can't be restored: it was made with another disk 0: .*, and here it is .*, and written here, [\da-f]{16}$/;
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
      }),
    );
  });

  test('a server that sends a disk whole only is told of in a sentence', async () => {
    const site = await siteFor('--memory', '16M', '--nvme', diskOf('whole.img'));
    const whole = new Map([...site].map(([address, { type, read }]) => [address, { type, read }] as const));
    await opened(whole, async (chromium) => {
      await chromium.until(status, /^nvme0-whole\.img: its server sends it whole only; a disk needs one that sends ranges/, 30_000);
    });
  });
});
