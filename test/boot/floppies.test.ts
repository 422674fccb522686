/** Diskettes: one that asks of the BIOS what DOS asks, and systems that somebody gives by path, for Debian has none of them. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { patienceMs } from '../stage/patience.ts';
import { assembled } from './assembled.ts';
import { whyNoFirmware } from './firmware.ts';
import { booted, type, until } from './stage.ts';

const { ISOLA_DOS_FLOPPY: dos, ISOLA_ELKS_FLOPPY: elks } = process.env;

suite('a diskette', { skip: whyNoFirmware(), timeout: patienceMs }, () => {
  const place = mkdtempSync(join(tmpdir(), 'isola-floppies-'));
  after(() => rmSync(place, { recursive: true }));

  /** What is in every sector, the program at their beginning. */
  const image = (): Uint8Array => {
    const bytes = new Uint8Array(1440 * 1024);
    for (let at = 0; at < bytes.length; at++) bytes[at] = (at * 7 + (at >> 9) * 13) & 0xff;
    bytes.set(assembled('bios-calls.s'));
    return bytes;
  };

  test('whose program reads all of it, and uses the calls and ways of DOS, finds them', async (t) => {
    const [path, bytes] = [join(place, 'calls.img'), image()];
    writeFileSync(path, bytes);
    let sum = 0;
    for (let at = 0, view = new DataView(bytes.buffer); at < bytes.length; at += 4) sum = (sum + view.getUint32(at, true)) >>> 0;
    const computer = await booted(t, path, '--memory', '64M');
    const lines = await until(computer, 'key?');
    const tells = (name: string): number =>
      Number.parseInt(lines.find((line) => line.startsWith(`${name} `))?.slice(name.length) ?? '', 16);
    assert.equal(tells('diskette'), sum);
    // Heads to 1, one drive; cylinders to 79, 18 sectors.
    assert.equal(tells('drive'), 0x0101_4f12);
    assert.equal(tells('written'), 0x5aa5);
    // What the tables at the end take is none of it.
    assert.ok(tells('extended') > 62 * 1024 && tells('extended') <= 63 * 1024, `${tells('extended')} KiB`);
    assert.ok(tells('usable') > 62 * 1024 ** 2 && tells('usable') <= 64 * 1024 ** 2, `${tells('usable')} bytes`);
    const clock = new Date();
    const minutes = Number(tells('time').toString(16).padStart(4, '0').slice(0, 2)) * 60 + Number(tells('time').toString(16).slice(-2));
    const behind = (clock.getUTCHours() * 60 + clock.getUTCMinutes() - minutes + 1440) % 1440;
    assert.ok(behind <= 2, `${behind} minutes behind`);
    assert.equal(tells('ticks'), 3);
    // It wraps where A20 is off: by the keyboard's controller, then by port 92h.
    assert.equal(tells('a20'), 0x1010);
    assert.equal(tells('beyond'), 0x1234_abcd);
    type(computer, 'x');
    // Mode 13h, all of it red: colour 28h of the BIOS's own.
    const red = [0xff, 0, 0, 0xff];
    const isRed = ({ rgba }: { readonly rgba: Uint8Array }): boolean => rgba.every((value, at) => value === red[at % 4]);
    for await (const screen of computer.monitor.screens)
      if (screen.kind === 'pixels' && screen.width === 320 && screen.height === 200 && isRed(screen)) break;
    assert.ok(isRed(computer.monitor.picture()), 'all of its screen is red');
    assert.deepEqual(readFileSync(path).subarray(-512, -510), Buffer.of(0xa5, 0x5a));
  });

  /** Written to, so it is a copy. */
  const copied = (path: string): string => {
    const copy = join(place, 'given.img');
    copyFileSync(path, copy);
    return copy;
  };

  test('of a DOS has its prompt', { skip: dos === undefined && 'ISOLA_DOS_FLOPPY names none' }, async (t) => {
    const computer = await booted(t, copied(dos ?? ''), '--memory', '64M');
    await until(computer, /^[A-C]:\\.*>/m);
    type(computer, 'ver\r');
    await until(computer, /^[A-C]:\\.*>ver\n[\s\S]*(version|DOS)[\s\S]*^[A-C]:\\.*>/im);
  });

  test('of ELKS has its shell', { skip: elks === undefined && 'ISOLA_ELKS_FLOPPY names none' }, async (t) => {
    const computer = await booted(t, copied(elks ?? ''), '--memory', '64M');
    const lines = await until(computer, /^(.*login:|#)$/m);
    if (lines.some((line) => line.endsWith('login:'))) {
      type(computer, 'root\r');
      await until(computer, /^#$/m);
    }
    // What is typed before the shell has set its terminal up is dropped.
    for (let tries = 1; ; tries++) {
      type(computer, 'uname -a\r');
      try {
        await until(computer, /uname -a\nELKS /, 10_000);
        break;
      } catch (error) {
        if (tries === 3) throw error;
      }
    }
  });
});
