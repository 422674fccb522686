/** The same engine in Debian's Chromium: SeaBIOS on the canvas, and Debian's kernel to a shell on the serial terminal, which is spoken to. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { answering } from '../../src/computer/page/server.ts';
import { assembled } from '../boot/assembled.ts';
import { whyNoFirmware } from '../boot/firmware.ts';
import { shellArchive, whyNoBusybox } from '../boot/shell.ts';
import { kernelFile } from '../oracle/kernel.ts';
import { patienceMs } from '../stage/patience.ts';
import { Chromium, whyNoChromium } from './chromium.ts';
import { opened, siteFor, withoutMemory } from './stage.ts';

/** Screenshots of the last run, to be looked at. */
const pictures = join(import.meta.dirname, '../../.isola/pictures');

const keep = async (chromium: Chromium, name: string): Promise<void> => {
  mkdirSync(pictures, { recursive: true });
  writeFileSync(join(pictures, `${name}.png`), await chromium.screenshot());
};

/** How many pixels of the canvas aren't black, and whether there are greys of a text among them. */
const bright = `(() => {
  const { width, height } = document.querySelector('#screen');
  const { data } = document.querySelector('#screen').getContext('2d').getImageData(0, 0, width, height);
  let count = 0;
  for (let at = 0; at < data.length; at += 4) if (data[at] === 0xaa && data[at + 1] === 0xaa && data[at + 2] === 0xaa) count++;
  return width + ' by ' + height + ': ' + (count > 500 ? 'text' : 'nothing');
})()`;

suite('in Chromium', { skip: whyNoChromium() || whyNoFirmware(), timeout: patienceMs }, () => {
  test('SeaBIOS shows itself on the canvas, finds the diskette, and what is typed there reaches its program', () =>
    shown(['--memory', '32M', '--floppy', floppy()], async (chromium) => {
      await chromium.until(`document.querySelector('#screen').textContent`, /SeaBIOS[\s\S]*Booting from Floppy[\s\S]*\$/, 60_000);
      assert.equal(await chromium.value(bright), '720 by 400: text');
      await chromium.focus('#screen');
      await chromium.type('typed');
      await chromium.until(`document.querySelector('#screen').textContent`, /\$typed/, 30_000);
      await keep(chromium, 'browser-seabios');
      await chromium.value(`document.querySelector('#power').click()`);
      await chromium.until(`document.body.dataset.state`, /^off$/, 30_000);
    }));

  test('a click gives the mouse to a program that listens to one, and its movements are the program’s', () =>
    shown(['--memory', '32M', '--floppy', floppy(assembled('mouse.s'))], async (chromium) => {
      const shown = `document.querySelector('#screen').textContent`;
      await chromium.until(shown, /Booting from Floppy/, 60_000);
      const [left, top] = String(
        await chromium.value(`(({ left, top }) => left + ' ' + top)(document.querySelector('#screen').getBoundingClientRect())`),
      )
        .split(' ')
        .map(Number);
      const at = (x: number, y: number): [number, number] => [(left ?? 0) + x, (top ?? 0) + y];
      await chromium.mouse('mouseMoved', ...at(100, 100));
      // The program says so when its own first movement came: until it listens, none does.
      const began = Date.now();
      for (let x = 120; !/[0-9A-F]{8} 00000000/.test(String(await chromium.value(shown))); x = 220 - x) {
        assert.ok(Date.now() - began < 60_000, 'it never heard of a movement');
        await chromium.mouse('mouseMoved', ...at(x, 100));
      }
      await chromium.mouse('mousePressed', ...at(100, 100), 1);
      await chromium.until(shown, /[0-9A-F]{8} 00000001/, 30_000);
      await chromium.mouse('mouseReleased', ...at(100, 100));
      await chromium.until(shown, /00000001\s+[0-9A-F]{8} 00000000/, 30_000);
      await chromium.until(`String(document.pointerLockElement === document.querySelector('#screen'))`, /true/, 30_000);
      const place = async (): Promise<number> =>
        (Number.parseInt(/([0-9A-F]{4})[0-9A-F]{4} 0000000\d\s*$/.exec(String(await chromium.value(shown)))?.[1] ?? '', 16) << 16) >> 16;
      const before = await place();
      await chromium.mouse('mouseMoved', ...at(140, 100));
      const moved = Date.now();
      while ((await place()) <= before) assert.ok(Date.now() - moved < 30_000, `it stayed at ${before}`);
      await chromium.value(`document.querySelector('#power').click()`);
      await chromium.until(`String(document.pointerLockElement)`, /null/, 30_000);
    }));

  test('a plan that can’t be is told in a sentence', async () => {
    await opened(withoutMemory(await siteFor('--floppy', floppy())), async (chromium) => {
      await chromium.until(
        `document.querySelector('#status').textContent`,
        /1048576 bytes of memory are not whole mebibytes from 2/,
        60_000,
      );
    });
  });

  test('what is broken off while it loads is loaded once more', async () => {
    const { answers, broken } = breakingOffOnce(answering(withoutMemory(await siteFor())));
    await using server = createServer(answers).listen(0, '127.0.0.1');
    await once(server, 'listening');
    await using chromium = new Chromium();
    await chromium.open(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await chromium.until(`document.querySelector('#status').textContent`, /1048576 bytes of memory are not whole mebibytes/, 60_000);
    for (const address of ['/page.js', '/machine.json', '/files/interpreter', '/worker.js']) assert.ok(broken.has(address), address);
  });

  test('Debian’s kernel boots to a shell on the serial terminal, which answers', { skip: whyNoBusybox() }, () => {
    const initrd = join(place(), 'initrd.gz');
    writeFileSync(initrd, shellArchive());
    const words = ['--memory', '128M', '--kernel', kernelFile(), '--initrd', initrd, '--append', 'console=ttyS0 quiet'];
    return shown(words, async (chromium) => {
      const serial = `document.querySelector('#serial').textContent`;
      await chromium.until(serial, /Linux x86_64 up[\s\S]*# +$/, 150_000);
      await chromium.focus('#serial');
      await chromium.type('echo $((6 * 7)) of $(uname -m)\r');
      await chromium.until(serial, /42 of x86_64/, 60_000);
      await keep(chromium, 'browser-linux');
      await chromium.type('poweroff -f\r');
      await chromium.until(`document.body.dataset.state`, /^off$/, 60_000);
    });
  });
});

const shown = async (words: readonly string[], then: (chromium: Chromium) => Promise<void>): Promise<void> =>
  opened(await siteFor(...words), then);

/** Has whatever is asked for but the page itself end halfway, the first time. `broken`: the addresses at which it did. */
const breakingOffOnce = (answer: RequestListener): { readonly answers: RequestListener; readonly broken: ReadonlySet<string> } => {
  const broken = new Set<string>();
  const answers: RequestListener = (request, response) => {
    const [address = ''] = (request.url ?? '').split('?');
    if (address === '/' || broken.has(address)) {
      answer(request, response);
      return;
    }
    broken.add(address);
    response.writeHead(200, { 'content-length': 2, 'content-type': 'text/javascript' });
    response.write(' ', () => response.destroy());
  };
  return { answers, broken };
};

let made: string | undefined;
const place = (): string => {
  made ??= mkdtempSync(join(tmpdir(), 'isola-browser-'));
  return made;
};
process.once('exit', () => made !== undefined && rmSync(made, { recursive: true }));

/** Shows a dollar, and then what is typed: INT 16h, function 0, and INT 10h, function 0Eh. */
const echo = Uint8Array.of(0xbb, 7, 0, 0xb8, 0x24, 0x0e, 0xcd, 0x10, 0xb4, 0, 0xcd, 0x16, 0xb4, 0x0e, 0xcd, 0x10, 0xeb, 0xf6);

/** A diskette with a program. */
const floppy = (program: Uint8Array = echo): string => {
  const bytes = new Uint8Array(1440 * 1024);
  bytes.set(program);
  bytes.set([0x55, 0xaa], 510);
  const path = join(place(), 'floppy.img');
  writeFileSync(path, bytes);
  return path;
};
