import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Probe } from './stage/index.ts';
import { TestDevice } from './test-device.ts';

const stage = () => {
  const lines = Array.from({ length: 24 }, () => new Probe());
  const flushed: number[] = [];
  return { lines, flushed, device: new TestDevice({ lines, flush: (address) => void flushed.push(address) }) };
};

test('a line is high until it is pulled down, and after a load', () => {
  const { device, lines } = stage();
  device.lines.write(23, 1, 1);
  device.lines.write(0, 1, 1);
  device.lines.write(0, 0, 1);
  assert.deepEqual([lines[23]?.isHigh, lines[0]?.isHigh], [true, false]);
  const other = stage();
  other.device.load(device.save());
  assert.equal(other.lines[23]?.isHigh, true);
  device.reset('bus');
  assert.equal(lines[23]?.isHigh, false);
});

test('its register is read and written in parts', () => {
  const { device } = stage();
  device.data.write(0, 0x8765_4321, 4);
  device.data.write(1, 0xaa, 1);
  assert.equal(device.data.read(0, 4), 0x8765_aa21);
  assert.equal(device.data.read(2, 2), 0x8765);
  assert.equal(device.byte.read(1, 2), 0xaa);
});

test('its memory keeps what is written, and a page to forget is named', () => {
  const { device, flushed } = stage();
  device.memory.write(0xfffc, 0xdead_beef, 4);
  assert.equal(device.memory.read(0xfffe, 2), 0xdead);
  device.flush.write(0, 0x1_2345, 4);
  assert.deepEqual(flushed, [0x1_2000]);
});
