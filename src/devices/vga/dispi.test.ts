import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pattern } from './stage/draw.ts';
import { stage } from './stage/stage.ts';

const memoryBytes = 0x100_0000;
const [on, linear, keep, dac8] = [0x01, 0x40, 0x80, 0x20];

/** As bochs-drm does it (Linux 6.1, bochs_hw_setmode). */
const setMode = ({ setDispi, out, show }: ReturnType<typeof stage>, width: number, height: number, depth: number, flags = 0): void => {
  out(0x3c2, 0x67);
  setDispi(4, 0);
  for (const [index, value] of [
    [3, depth],
    [1, width],
    [2, height],
    [5, 0],
    [6, width],
    [7, height],
    [8, 0],
    [9, 0],
    [4, on | linear | flags],
  ] as const)
    setDispi(index, value);
  show();
};

test('it is found by its identity and tells how much memory it has', () => {
  const { getDispi, setDispi } = stage(memoryBytes);
  assert.deepEqual([getDispi(0), getDispi(10)], [0xb0c5, 256]);
  for (const id of [0xb0c0, 0xb0c4, 0xb0c6, 0x1234]) setDispi(0, id);
  assert.equal(getDispi(0), 0xb0c4);
  setDispi(4, 0x02);
  assert.deepEqual([getDispi(1), getDispi(2), getDispi(3)], [16_000, 12_000, 32]);
});

for (const [depth, bytesOf, colourOf] of [
  [15, (p: number) => [p & 0xff, (p >> 8) & 0x7f], (p: number) => [five(p >> 10), five(p >> 5), five(p)]],
  [16, (p: number) => [p & 0xff, (p >> 8) & 0xff], (p: number) => [five(p >> 11), six(p >> 5), five(p)]],
  [24, (p: number) => [p & 0xff, (p >> 8) & 0xff, (p * 7) & 0xff], (p: number) => [(p * 7) & 0xff, (p >> 8) & 0xff, p & 0xff]],
  [32, (p: number) => [p & 0xff, (p >> 8) & 0xff, (p * 7) & 0xff, 0x5a], (p: number) => [(p * 7) & 0xff, (p >> 8) & 0xff, p & 0xff]],
] as const)
  test(`${depth} bits a pixel are shown as they lie in the frame buffer`, () => {
    const one = stage(memoryBytes);
    setMode(one, 640, 480, depth);
    for (let y = 0, at = 0; y < 480; y++)
      for (let x = 0; x < 640; x++) for (const byte of bytesOf(pattern(x, y, 0x1_0000))) one.memory[at++] = byte;
    const screen = one.vga.snapshot();
    assert.ok(screen.kind === 'pixels');
    assert.deepEqual([screen.width, screen.height], [640, 480]);
    for (let y = 0; y < 480; y += 7)
      for (let x = 0; x < 640; x++)
        assert.deepEqual(
          [...screen.rgba.subarray((y * 640 + x) * 4, (y * 640 + x) * 4 + 3)],
          colourOf(pattern(x, y, 0x1_0000)),
          `${x}, ${y}`,
        );
  });

const five = (value: number): number => Math.trunc(((value & 31) * 33) / 4);
const six = (value: number): number => Math.trunc(((value & 63) * 65) / 16);

test('256 colours are written through banks, and the DAC has six bits or eight', () => {
  const one = stage(memoryBytes);
  setMode(one, 640, 480, 8);
  one.setColour(9, [63, 32, 1]);
  one.setDispi(5, 3);
  one.poke(0xa_0000 + 5, 9);
  assert.deepEqual([one.memory[3 * 65_536 + 5], one.peek(0xa_0005)], [9, 9]);
  const at = (3 * 65_536 + 5) * 4;
  assert.deepEqual([...one.vga.picture().rgba.subarray(at, at + 4)], [255, 130, 4, 255]);
  one.setDispi(4, on | linear | keep | dac8);
  one.setColour(9, [200, 100, 50]);
  assert.deepEqual([...one.vga.picture().rgba.subarray(at, at + 4)], [200, 100, 50, 255]);
  assert.equal(one.memory[3 * 65_536 + 5], 9);
});

test('16 colours are planar, also beyond 64 KiB of each plane', () => {
  const one = stage(memoryBytes);
  setMode(one, 1024, 768, 4);
  one.sequencer(2, 0x0f);
  one.sequencer(4, 0x06);
  one.graphics(6, 0x05);
  one.graphics(5, 2);
  one.graphics(8, 0xff);
  for (let index = 0; index < 16; index++) one.attribute(index, index);
  one.attribute(0x12, 0x0f);
  one.show();
  one.setColour(11, [1, 2, 3]);
  one.setDispi(5, 1);
  const line = 700;
  one.poke(0xa_0000 + line * 128 - 65_536 + 2, 11);
  const at = (line * 1024 + 16) * 4;
  assert.deepEqual([...one.vga.picture().rgba.subarray(at, at + 3)], [4, 8, 12]);
});

test('a picture can be larger than what is shown of it', () => {
  const one = stage(memoryBytes);
  setMode(one, 640, 480, 32);
  one.setDispi(6, 1024);
  one.setDispi(8, 100);
  one.setDispi(9, 50);
  assert.deepEqual([one.getDispi(6), one.getDispi(7), one.getDispi(8), one.getDispi(9)], [1024, 4096, 100, 50]);
  one.memory[(51 * 1024 + 102) * 4 + 1] = 77;
  assert.equal(one.vga.picture().rgba[(640 + 2) * 4 + 1], 77);
});

test('what it has no memory for becomes what it has', () => {
  const one = stage(0x4_0000);
  setMode(one, 1024, 768, 32);
  assert.deepEqual([one.getDispi(1), one.getDispi(2)], [1024, 64]);
  one.setDispi(9, 60_000);
  one.setDispi(8, 60_000);
  assert.deepEqual([one.getDispi(8), one.getDispi(9)], [0, 0]);
  one.setDispi(3, 7);
  one.setDispi(1, 3);
  assert.deepEqual([one.getDispi(3), one.getDispi(1)], [8, 8]);
});

test('it is cleared when it is enabled, unless that is forbidden', () => {
  const one = stage(memoryBytes);
  one.memory.fill(1);
  setMode(one, 640, 480, 8, keep);
  assert.equal(one.memory[0], 1);
  setMode(one, 640, 480, 8);
  assert.deepEqual([one.memory[0], one.memory[640 * 480 - 1], one.memory[640 * 480]], [0, 0, 1]);
});

test('the registers in memory are those at the ports', () => {
  const one = stage(memoryBytes);
  const { registers } = one.vga;
  setMode(one, 800, 600, 16);
  assert.deepEqual([registers.read(0x500, 2), registers.read(0x502, 2), registers.read(0x504, 2)], [0xb0c5, 800, 600]);
  assert.equal(registers.read(0x502, 4), 800 + 600 * 65_536);
  registers.write(0x502, 640 + 480 * 65_536, 4);
  assert.deepEqual([one.getDispi(1), one.getDispi(2)], [640, 480]);
  registers.write(0x40c - 0x0a, 0x67, 1);
  assert.equal(registers.read(0x40c, 1), 0x67);
  registers.write(0x408, 0x0a, 1);
  assert.equal(one.read(0x3c8), 0x0a);
  assert.deepEqual([registers.read(0x600, 4), registers.read(0x604, 4), registers.read(0, 4)], [8, 0x1e1e_1e1e, 0xffff_ffff]);
});

test('a frame buffer written behind its back is found to have changed', () => {
  const one = stage(memoryBytes);
  setMode(one, 640, 480, 32);
  one.vga.changes();
  assert.deepEqual(one.vga.changes(), []);
  one.memory[(100 * 640 + 5) * 4] = 1;
  const [band, ...others] = one.vga.changes();
  assert.ok(band !== undefined && band.from <= 100 && band.end > 100 && band.end - band.from <= 3);
  assert.deepEqual(others, []);
  assert.deepEqual(one.vga.changes(), []);
});
