import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Probe } from '../stage/index.ts';
import { Pic } from './pic.ts';

const stage = () => {
  const intr = new Probe();
  const pic = new Pic({ intr });
  const raise = (irq: number, isHigh = true): void => pic.inputs[irq]!.set(isHigh);
  return { pic, intr, raise };
};

/** As a PC's firmware does it, with vectors 8 and 70h. */
const started = (fourth = 0x01) => {
  const on = stage();
  const { master, slave } = on.pic;
  for (const [chip, vector, wiring] of [
    [master, 0x08, 0x04],
    [slave, 0x70, 0x02],
  ] as const) {
    chip.write(0, 0x11);
    for (const word of [vector, wiring, fourth]) chip.write(1, word);
  }
  return on;
};

test('a request is acknowledged once with its vector, and blocks those below it until it is ended', () => {
  const { pic, intr, raise } = started();
  raise(1);
  assert.equal(intr.isHigh, true);
  assert.equal(pic.acknowledge(), 0x09);
  assert.equal(intr.isHigh, false);
  raise(4);
  assert.equal(intr.isHigh, false);
  raise(0);
  assert.equal(pic.acknowledge(), 0x08);
  pic.master.write(0, 0x20);
  assert.equal(intr.isHigh, false);
  pic.master.write(0, 0x20);
  assert.equal(pic.acknowledge(), 0x0c);
});

test('the second controller asks through input 2 of the first, and both must be ended', () => {
  const { pic, intr, raise } = started();
  raise(12);
  raise(8);
  assert.equal(pic.acknowledge(), 0x70);
  assert.equal(intr.isHigh, false);
  pic.slave.write(0, 0x20);
  assert.equal(intr.isHigh, false);
  pic.master.write(0, 0x20);
  assert.equal(intr.isHigh, true);
  assert.equal(pic.acknowledge(), 0x74);
});

test('in special fully nested mode a more urgent one of the second controller comes through at once', () => {
  const { pic, intr, raise } = started(0x11);
  raise(12);
  assert.equal(pic.acknowledge(), 0x74);
  raise(8);
  assert.equal(intr.isHigh, true);
  assert.equal(pic.acknowledge(), 0x70);
});

test('a level that went before it was taken is spurious: 7 of the first, 15 where the second had asked', () => {
  const { pic, raise } = started();
  pic.elcr.write(0, 0xff);
  assert.equal(pic.elcr.read(0), 0xf8);
  raise(5);
  raise(5, false);
  assert.equal(pic.acknowledge(), 0x0f);
  pic.master.write(0, 0x0b);
  assert.equal(pic.master.read(0), 0);
  pic.elcr.write(1, 0x02);
  raise(9);
  raise(9, false);
  assert.equal(pic.acknowledge(), 0x77);
  assert.equal(pic.master.read(0), 0x04);
  pic.slave.write(0, 0x0b);
  assert.equal(pic.slave.read(0), 0);
});

test('a level asks again after its end while it is high; an edge does not', () => {
  const { pic, intr, raise } = started();
  pic.elcr.write(1, 0x08);
  raise(11);
  pic.acknowledge();
  for (const chip of [pic.slave, pic.master]) chip.write(0, 0x20);
  assert.equal(intr.isHigh, true);
  raise(11, false);
  raise(3);
  assert.equal(pic.acknowledge(), 0x77);
  pic.master.write(0, 0x20);
  pic.acknowledge();
  pic.master.write(0, 0x20);
  assert.equal(intr.isHigh, false);
});

test('a mask holds a request back and does not forget it', () => {
  const { pic, intr, raise } = started();
  pic.master.write(1, 0xff);
  raise(6);
  assert.equal(intr.isHigh, false);
  assert.equal(pic.master.read(0), 0x40);
  pic.master.write(1, 0x00);
  assert.equal(pic.acknowledge(), 0x0e);
});

test('rotation makes whoever was served the last in line', () => {
  const { pic, raise } = started();
  raise(3);
  raise(5);
  assert.equal(pic.acknowledge(), 0x0b);
  pic.master.write(0, 0xa0);
  raise(3, false);
  raise(3);
  assert.equal(pic.acknowledge(), 0x0d);
  pic.master.write(0, 0x65);
  // Priority is set by itself: 2 is the last, so 3 is the first.
  pic.master.write(0, 0xc2);
  raise(0);
  assert.equal(pic.acknowledge(), 0x0b);
});

test('with automatic end nothing stays in service', () => {
  const { pic, intr, raise } = started(0x03);
  raise(2);
  raise(1);
  assert.equal(pic.acknowledge(), 0x09);
  raise(7);
  assert.equal(intr.isHigh, true);
  assert.equal(pic.acknowledge(), 0x0f);
  pic.master.write(0, 0x0b);
  assert.equal(pic.master.read(0), 0);
});

test('in special mask mode what is masked in service holds nobody back', () => {
  const { pic, intr, raise } = started();
  raise(1);
  pic.acknowledge();
  raise(4);
  assert.equal(intr.isHigh, false);
  pic.master.write(1, 0x02);
  pic.master.write(0, 0x68);
  assert.equal(pic.acknowledge(), 0x0c);
  pic.master.write(0, 0x20);
  pic.master.write(0, 0x0b);
  assert.equal(pic.master.read(0), 0x02);
});

test('a poll acknowledges', () => {
  const { pic, intr, raise } = started();
  raise(4);
  pic.master.write(0, 0x0c);
  assert.equal(pic.master.read(0), 0x84);
  assert.equal(intr.isHigh, false);
  pic.master.write(0, 0x0c);
  assert.equal(pic.master.read(0), 0);
});

test('after initialization an input must rise anew', () => {
  const { pic, intr, raise } = started();
  raise(4);
  pic.master.write(0, 0x13);
  pic.master.write(1, 0x40);
  pic.master.write(1, 0x01);
  assert.equal(intr.isHigh, false);
  raise(4, false);
  raise(4);
  assert.equal(pic.acknowledge(), 0x44);
});

test('a level that waits behind the second controller is heard after both were initialized', () => {
  const { pic, intr, raise } = started();
  pic.elcr.write(1, 0x08);
  raise(11);
  for (const [chip, vector, wiring] of [
    [pic.master, 0x20, 0x04],
    [pic.slave, 0x28, 0x02],
  ] as const) {
    chip.write(0, 0x11);
    for (const word of [vector, wiring, 0x01]) chip.write(1, word);
  }
  assert.equal(intr.isHigh, true);
  assert.equal(pic.acknowledge(), 0x2b);
});

test('an edge that both forget while they are initialized is not heard', () => {
  const { pic, intr, raise } = started();
  raise(12);
  for (const [chip, vector, wiring] of [
    [pic.master, 0x20, 0x04],
    [pic.slave, 0x28, 0x02],
  ] as const) {
    chip.write(0, 0x11);
    for (const word of [vector, wiring, 0x01]) chip.write(1, word);
  }
  assert.equal(intr.isHigh, false);
});

test('a saved pair goes on in another one', () => {
  const one = started();
  one.raise(1);
  one.pic.acknowledge();
  one.raise(0);
  const other = stage();
  other.pic.load(one.pic.save());
  assert.equal(other.intr.isHigh, true);
  assert.equal(other.pic.acknowledge(), 0x08);
  other.pic.master.write(0, 0x0b);
  assert.equal(other.pic.master.read(0), 0x03);
});
