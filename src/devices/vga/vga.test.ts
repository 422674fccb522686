import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant } from '../../machine/index.ts';
import { mode12, mode13, text80x25 } from './stage/modes.ts';
import { stage } from './stage/stage.ts';

test('registers hold what they have bits for', () => {
  const { out, read, graphics } = stage();
  out(0x3c2, 0x67);
  assert.equal(read(0x3cc), 0x67);
  graphics(5, 0xff);
  assert.equal(read(0x3cf), 0x7b);
  out(0x3c4, 4);
  out(0x3c5, 0xff);
  assert.equal(read(0x3c5), 0x0e);
  out(0x3c4, 6);
  out(0x3c5, 0xff);
  assert.equal(read(0x3c5), 0);
});

test('the CRT controller is at 3D4h or at 3B4h, as the miscellaneous output says', () => {
  const { out, read } = stage();
  out(0x3c2, 0x01);
  out(0x3d4, 0x0f);
  out(0x3d5, 0x55);
  assert.deepEqual([read(0x3d5), read(0x3b5), read(0x3ba)], [0x55, 0xff, 0xff]);
  out(0x3c2, 0x00);
  assert.deepEqual([read(0x3b4), read(0x3b5), read(0x3d5)], [0x0f, 0x55, 0xff]);
});

test('protected CRT registers keep their values, but for the bit of line compare', () => {
  const { out, read, crtc } = stage();
  out(0x3c2, 0x01);
  crtc(0x11, 0x80);
  crtc(0x00, 0x5f);
  crtc(0x07, 0xff);
  out(0x3d4, 0x00);
  assert.equal(read(0x3d5), 0);
  out(0x3d4, 0x07);
  assert.equal(read(0x3d5), 0x10);
  crtc(0x11, 0x00);
  crtc(0x00, 0x5f);
  out(0x3d4, 0x00);
  assert.equal(read(0x3d5), 0x5f);
});

test('the attribute controller takes index and data in turn, and input status begins anew', () => {
  const { out, read } = stage();
  out(0x3c2, 0x01);
  out(0x3c0, 0x03);
  read(0x3da);
  out(0x3c0, 0x05);
  out(0x3c0, 0xff);
  out(0x3c0, 0x05);
  assert.equal(read(0x3c1), 0x3f);
  read(0x3da);
  out(0x3c0, 0x03);
  assert.equal(read(0x3c1), 0);
});

test('the DAC goes from colour to colour, reading and writing', () => {
  const { out, read, setColour } = stage();
  setColour(255, [1, 2, 0xff, 4, 5, 6]);
  out(0x3c7, 255);
  assert.equal(read(0x3c7), 3);
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6].map(() => read(0x3c9)),
    [1, 2, 0x3f, 4, 5, 6],
  );
  out(0x3c8, 0);
  assert.equal(read(0x3c7), 0);
  // A colour whose third part is missing isn't taken over.
  out(0x3c9, 0x20);
  out(0x3c7, 0);
  assert.equal(read(0x3c9), 4);
});

test('write mode 0 rotates, combines with the latches, and sets what is enabled', () => {
  const one = stage();
  const { graphics, sequencer, poke, peek, planes } = one;
  one.setMode(mode12);
  poke(0xa_0000, 0x5a);
  assert.deepEqual(planes(0xa_0000), [0x5a, 0x5a, 0x5a, 0x5a]);
  graphics(3, 0x18 | 4);
  peek(0xa_0000);
  poke(0xa_0001, 0x0f);
  assert.deepEqual(planes(0xa_0001), [0xaa, 0xaa, 0xaa, 0xaa]);
  graphics(3, 0x08);
  graphics(1, 0x03);
  graphics(0, 0x01);
  peek(0xa_0000);
  poke(0xa_0002, 0x0f);
  assert.deepEqual(planes(0xa_0002), [0x5a, 0x00, 0x0a, 0x0a]);
  graphics(3, 0x10);
  graphics(8, 0x0f);
  sequencer(2, 0x05);
  peek(0xa_0000);
  poke(0xa_0003, 0xff);
  assert.deepEqual(planes(0xa_0003), [0x5f, 0, 0x5f, 0]);
});

test('write mode 1 copies four planes at once, and modes 2 and 3 paint', () => {
  const one = stage();
  const { graphics, poke, peek, planes } = one;
  one.setMode(mode12);
  graphics(5, 2);
  poke(0xa_0000, 0x06);
  assert.deepEqual(planes(0xa_0000), [0, 0xff, 0xff, 0]);
  graphics(5, 1);
  poke(0xa_0010, 0x99);
  assert.deepEqual(planes(0xa_0010), [0, 0xff, 0xff, 0]);
  graphics(5, 3);
  graphics(0, 0x09);
  graphics(8, 0xf0);
  peek(0xa_0010);
  poke(0xa_0020, 0x3c);
  assert.deepEqual(planes(0xa_0020), [0x30, 0xcf, 0xcf, 0x30]);
});

test('read mode 1 tells where a colour is, of the planes that matter', () => {
  const one = stage();
  const { graphics, poke, peek } = one;
  one.setMode(mode12);
  graphics(5, 2);
  for (let x = 0; x < 8; x++) {
    graphics(8, 0x80 >> x);
    peek(0xa_0000);
    poke(0xa_0000, x);
  }
  graphics(5, 8);
  graphics(2, 5);
  graphics(7, 0x0f);
  assert.equal(peek(0xa_0000), 0x80 >> 5);
  graphics(7, 0x0e);
  assert.equal(peek(0xa_0000), (0x80 >> 4) | (0x80 >> 5));
  graphics(7, 0);
  assert.equal(peek(0xa_0000), 0xff);
});

test('the window is where the memory map says, and elsewhere nothing is', () => {
  const one = stage();
  const { graphics, poke, peek, out } = one;
  one.setMode(mode13);
  poke(0xa_1234, 0x77);
  poke(0xb_8000, 0x77);
  assert.deepEqual([peek(0xa_1234), peek(0xb_8000), peek(0xa_8000)], [0x77, 0xff, 0]);
  graphics(6, 0x0d);
  assert.deepEqual([peek(0xa_1234), peek(0xb_9234), peek(0xb_0000)], [0xff, 0x77, 0xff]);
  out(0x3c2, 0x61);
  assert.equal(peek(0xb_9234), 0xff);
});

test('wide accesses are those of their bytes', () => {
  const one = stage();
  one.setMode(text80x25);
  one.vga.window.write(0x1_8000, 0x1f42_1e41, 4);
  const screen = one.vga.snapshot();
  assert.ok(screen.kind === 'text');
  assert.deepEqual(
    screen.cells.slice(0, 2).map(({ code, foreground, background }) => [code, foreground, background]),
    [
      [0x41, 14, 1],
      [0x42, 15, 1],
    ],
  );
  assert.equal(one.vga.window.read(0x1_8000, 4), 0x1f42_1e41);
});

test('the beam returns so often as the CRT controller is programmed to, whoever looks', () => {
  const one = stage();
  one.setMode(text80x25);
  // 449 lines of 900 dots at 28.322 MHz: 70 Hz, two of them in the return.
  const seen: number[] = [];
  const line = 900 / 28.322;
  for (let at = 0; at < 449; at++) {
    one.clock.advance(instant(BigInt(Math.round((at + 0.5) * line * 1000))));
    seen.push(one.read(0x3da));
  }
  assert.deepEqual(
    [...seen.keys()].filter((at) => (seen[at]! & 8) !== 0),
    [412, 413],
  );
  assert.deepEqual([...seen.keys()].filter((at) => (seen[at]! & 1) === 0).length, 400);
  one.clock.advance(instant(BigInt(Math.round((449 + 412.5) * line * 1000))));
  assert.equal(one.read(0x3da), 9);
});

test('a cursor is told of, and blinks in the picture', () => {
  const one = stage();
  one.setMode(text80x25);
  one.setColour(7, [63, 63, 63]);
  one.poke(0xb_8000 + 2 * 85 + 1, 0x07);
  one.crtc(0x0e, 0);
  one.crtc(0x0f, 85);
  const screen = one.vga.snapshot();
  assert.deepEqual(screen.kind === 'text' && screen.cursor, { column: 5, row: 1 });
  const lit = (): number[] => [...Array(16).keys()].filter((line) => one.vga.picture().rgba[((16 + line) * 720 + 45) * 4] === 255);
  assert.deepEqual(lit(), [13, 14]);
  one.clock.advance(instant(130_000_000n));
  assert.deepEqual(lit(), []);
  one.crtc(0x0a, 0x2d);
  const hidden = one.vga.snapshot();
  assert.equal(hidden.kind === 'text' && hidden.cursor, undefined);
});

test('text with bit 7 set blinks, or is on a bright ground', () => {
  const one = stage();
  one.setMode(text80x25);
  one.poke(0xb_8001, 0x8f);
  const first = () => {
    const screen = one.vga.snapshot();
    assert.ok(screen.kind === 'text');
    return screen.cells[0]!;
  };
  assert.deepEqual([first().background, first().isBlinking], [0, true]);
  one.attribute(0x10, 0x04);
  one.show();
  assert.deepEqual([first().background, first().isBlinking], [8, false]);
});

test('nothing is shown while the palette is the processor’s, or the screen is off', () => {
  const one = stage();
  one.setMode(mode13);
  one.setColour(0, [63, 0, 0]);
  assert.equal(one.vga.picture().rgba[0], 255);
  one.sequencer(1, 0x21);
  assert.equal(one.vga.picture().rgba[0], 0);
  one.sequencer(1, 0x01);
  one.attribute(0, 0);
  assert.equal(one.vga.picture().rgba[0], 0);
});

test('it tells which lines have changed, once', () => {
  const one = stage();
  one.setMode(mode12);
  assert.deepEqual(one.vga.changes(), [{ from: 0, end: 480 }]);
  assert.deepEqual(one.vga.changes(), []);
  // Blocks of 256 addresses of 80 to the line.
  one.poke(0xa_0000 + 80 * 100, 0xff);
  const bands = one.vga.changes();
  assert.equal(bands.length, 1);
  assert.ok(bands[0]!.from <= 100 && bands[0]!.end > 100 && bands[0]!.end - bands[0]!.from <= 5);
  one.setColour(3, [1, 2, 3]);
  assert.deepEqual(one.vga.changes(), [{ from: 0, end: 480 }]);
});

test('a saved one goes on in another, and a state that is none is refused', () => {
  const one = stage();
  one.setMode(mode12);
  one.graphics(5, 2);
  one.poke(0xa_0000, 9);
  one.peek(0xa_0000);
  one.out(0x3c8, 7);
  one.out(0x3c9, 33);
  const two = stage();
  two.memory.set(one.memory);
  two.vga.load(one.vga.save());
  assert.deepEqual(two.vga.picture(), one.vga.picture());
  for (const { out, graphics, poke } of [one, two]) {
    out(0x3c9, 34);
    out(0x3c9, 35);
    graphics(5, 1);
    poke(0xa_0100, 0);
  }
  assert.deepEqual(two.vga.save(), one.vga.save());
  assert.deepEqual(two.memory, one.memory);
  assert.throws(() => two.vga.load(one.vga.save().slice(1)), RangeError);
  one.vga.reset('bus');
  assert.equal(one.read(0x3cc), 0);
});

test('memory that is none for it is refused', () => {
  assert.throws(() => stage(0x3_0000), /196608 bytes are no multiple of 256 KiB/);
});
