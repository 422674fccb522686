/** SeaBIOS of Debian's package on the PC's screen, and a keyboard at it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { noMedia, Pc } from '../../src/board/index.ts';
import { begin, boot } from '../../src/computer/boot/boot.ts';
import { firmware } from '../../src/computer/boot/firmware.ts';
import { engine } from '../../src/computer/engine/index.ts';
import { ConsoleLine } from '../../src/computer/line/index.ts';
import { hostTime } from '../../src/computer/time.ts';
import { MemoryDisk } from '../../src/devices/stage/memory-disk.ts';
import { verbs } from '../../src/environment/command/index.ts';
import type { BootRequest, Call } from '../../src/environment/index.ts';
import { pngOf } from '../../src/host/index.ts';
import { readInput } from '../../src/surface/cli/line/input.ts';
import { KeyReader, linesOf, strokesOf } from '../../src/terminal/index.ts';
import { patienceMs } from '../stage/patience.ts';
import { until } from './stage.ts';

const within = { timeout: patienceMs };
const call: Call = { signal: new AbortController().signal, progress: () => {}, say: () => {} };

/** As a command line asks for it. */
const asked = async (...words: readonly string[]): Promise<BootRequest> => (await readInput(await verbs.boot(), words, {})) as BootRequest;

/** Of 8 by 16 dots, a byte each line, from the VGA BIOS's own font: it has IBM's A. */
const glyphOf = (code: number): readonly number[] => {
  const card = readFileSync('/usr/share/seabios/vgabios-stdvga.bin');
  const letterA = card.indexOf(Buffer.from('000010386cc6c6fec6c6c6c600000000', 'hex'));
  assert.ok(letterA > 0);
  return [...card.subarray(letterA + (code - 0x41) * 16, letterA + (code - 0x40) * 16)];
};

test('a computer without a disk says on its screen that nothing boots, and a PNG shows it in the VGA BIOS’s letters', within, async (t) => {
  const booted = await boot(await asked('--memory', '64M'), call);
  t.after(() => booted.detach());
  const lines = await until(booted, 'No bootable device');
  assert.match(lines[0] ?? '', /^SeaBIOS \(version /);
  const pam = execFileSync('pngtopam', { input: pngOf(booted.monitor.picture()), maxBuffer: 1e8 });
  const head = /^P5 ?\s*720 400\s255\s/.exec(pam.toString('latin1', 0, 40))?.[0];
  assert.ok(head !== undefined, `grey, 720 by 400: ${pam.toString('latin1', 0, 20)}`);
  const pixels = pam.subarray(head.length);
  for (const [column, letter] of [...'SeaBIOS'].entries())
    for (const [y, dots] of glyphOf(letter.charCodeAt(0)).entries()) {
      const line = Array.from({ length: 9 }, (_, x) => pixels[y * 720 + column * 9 + x]);
      const wanted = Array.from({ length: 9 }, (_, x) => ((dots << 1) & (0x100 >> x) ? 0xaa : 0));
      assert.deepEqual(line, wanted, `line ${y} of ${letter}`);
    }
  booted.detach();
  assert.deepEqual(await booted.end, { code: 0, telling: undefined });
});

/** MOV BX, 7; MOV AX, 0E24h; INT 10h; then for ever MOV AH, 0; INT 16h; MOV AH, 0Eh; INT 10h: shows a dollar, and what is typed. */
const echo = Uint8Array.of(0xbb, 7, 0, 0xb8, 0x24, 0x0e, 0xcd, 0x10, 0xb4, 0, 0xcd, 0x16, 0xb4, 0x0e, 0xcd, 0x10, 0xeb, 0xf6);

test('keys reach a boot sector on a diskette, none lost however fast they come, and what is no key is left out', within, async (t) => {
  const floppy = new MemoryDisk(1440 * 1024);
  floppy.bytes.set(echo);
  floppy.bytes.set([0x55, 0xaa], 510);
  const console = new ConsoleLine();
  const pc = new Pc({
    ...{ engine: engine(), memoryBytes: 64 * 1024 ** 2, now: hostTime(), startSeconds: 0, lines: [console.line] },
    ...{ ...firmware(), media: { ...noMedia, floppies: [floppy] } },
  });
  const booted = begin(pc, { serial: [console], console, send: () => {}, close: () => console.close() }, () => {});
  t.after(() => booted.detach());
  await until(booted, '$');
  booted.keyboard.type([{ code: 'NoSuchKey', isDown: true }]);
  const text = 'Four score and 7 years ago: {"The_Quick"} ~ Brown|Fox? 0123456789 jumps';
  for (const key of new KeyReader().read(Buffer.from(text))) booted.keyboard.type(strokesOf(key));
  const shown = await until(booted, text);
  assert.ok(shown.includes(`$${text}`));
  booted.detach();
  await booted.end;
  const after = [];
  for await (const screen of booted.monitor.screens) after.push(linesOf(screen));
  assert.deepEqual(after, [shown]);
});
