import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant, later, micros, millis, seconds, Timeline } from '../machine/index.ts';
import { Hpet } from './hpet.ts';
import { Probe } from './stage/index.ts';

const stage = (time = new Timeline()) => {
  const [pin20, irq0, irq8, legacy] = [new Probe(), new Probe(), new Probe(), new Probe()];
  const hpet = new Hpet({
    clock: time,
    inputs: new Map([
      [20, pin20],
      [21, new Probe()],
    ]),
    irq0,
    irq8,
    legacy,
  });
  const pass = (by = millis(1)): void => time.advance(later(time.now, by));
  return { time, hpet, pin20, irq0, irq8, legacy, pass };
};

test('three timers of 64 bits at 100 MHz, with legacy replacement', () => {
  const { hpet } = stage();
  assert.equal(hpet.read(0, 4), 0x8086_a201);
  assert.equal(hpet.read(4, 4), 10_000_000);
  assert.equal(hpet.read(0x104, 4), 0x0030_0000);
  assert.equal(hpet.read(0x100, 4), 0x30);
  assert.equal(hpet.read(0x160, 4), 0);
});

test('the counter counts while it is enabled, and can be set while it is not', () => {
  const { hpet, pass } = stage();
  pass();
  assert.equal(hpet.read(0xf0, 4), 0);
  hpet.write(0x10, 1, 4);
  pass();
  assert.equal(hpet.read(0xf0, 4), 100_000);
  hpet.write(0x10, 0, 4);
  pass();
  assert.equal(hpet.read(0xf0, 4), 100_000);
  hpet.write(0xf4, 7, 4);
  hpet.write(0x10, 1, 4);
  pass();
  assert.deepEqual([hpet.read(0xf4, 4), hpet.read(0xf0, 4)], [7, 200_000]);
});

test('a timer interrupts once when its comparator is reached', () => {
  const { hpet, pin20, pass } = stage();
  hpet.write(0x100, 0x2804, 4);
  hpet.write(0x10, 1, 4);
  hpet.write(0x108, 150_000, 4);
  hpet.write(0x10c, 0, 4);
  pass();
  assert.equal(pin20.rises, 0);
  pass();
  assert.equal(pin20.rises, 1);
  pass(seconds(1000));
  assert.equal(pin20.rises, 1);
});

test('with 32 bits it comes again when the counter wraps', () => {
  const { hpet, pin20, pass } = stage();
  hpet.write(0x100, 0x2904, 4);
  hpet.write(0x108, 100, 4);
  hpet.write(0x10, 1, 4);
  pass(seconds(100));
  assert.equal(pin20.rises, 3);
});

test('a level stays until its status is written', () => {
  const { hpet, pin20, pass } = stage();
  hpet.write(0x120, 0x2806, 4);
  hpet.write(0x128, 100, 4);
  hpet.write(0x12c, 0, 4);
  hpet.write(0x10, 1, 4);
  pass();
  assert.equal(pin20.isHigh, true);
  assert.equal(hpet.read(0x20, 4), 2);
  hpet.write(0x20, 1, 4);
  assert.equal(pin20.isHigh, true);
  hpet.write(0x20, 2, 4);
  assert.equal(pin20.isHigh, false);
});

test('as Linux starts it in the place of the PIT, it interrupts 1000 times a second', () => {
  const { hpet, irq0, legacy, pass } = stage();
  hpet.write(0x10, 0, 4);
  hpet.write(0xf0, 0, 4);
  hpet.write(0xf4, 0, 4);
  hpet.write(0x10, 3, 4);
  assert.equal(legacy.isHigh, true);
  hpet.write(0x100, 0x14c, 4);
  hpet.write(0x108, hpet.read(0xf0, 4) + 100_000, 4);
  pass(micros(1));
  hpet.write(0x108, 100_000, 4);
  pass(seconds(1));
  assert.equal(irq0.rises, 1000);
  assert.equal(hpet.read(0x100, 4) & 0x40, 0);
});

test('a comparator of 64 bits is set in halves', () => {
  const { hpet, pin20, pass } = stage();
  hpet.write(0xf4, 5, 4);
  hpet.write(0x100, 0x284c, 4);
  hpet.write(0x108, 100_000, 4);
  hpet.write(0x10c, 5, 4);
  hpet.write(0x108, 100_000, 4);
  hpet.write(0x10c, 0, 4);
  hpet.write(0x10, 1, 4);
  pass(millis(10));
  assert.equal(pin20.rises, 10);
});

test('a period of one tick keeps nobody busy', () => {
  const { hpet, pin20, pass } = stage();
  hpet.write(0x100, 0x284c, 4);
  hpet.write(0x108, 1, 4);
  hpet.write(0x10c, 0, 4);
  hpet.write(0x10, 1, 4);
  pass(millis(100));
  assert.ok(pin20.rises <= 5001);
});

test('a route that is not there cannot be chosen', () => {
  const { hpet } = stage();
  hpet.write(0x100, 0x0604, 4);
  assert.equal(hpet.read(0x100, 4), 0x34);
});

test('a saved timer goes on in another one', () => {
  const one = stage();
  one.hpet.write(0x100, 0x284c, 4);
  one.hpet.write(0x108, 100_000, 4);
  one.hpet.write(0x10c, 0, 4);
  one.hpet.write(0x10, 1, 4);
  one.time.advance(instant(millis(1.5)));
  const other = stage(new Timeline(one.time.now));
  other.hpet.load(one.hpet.save());
  other.pass(micros(499));
  assert.equal(other.pin20.rises, 0);
  other.pass(micros(1));
  assert.equal(other.pin20.rises, 1);
  assert.equal(other.hpet.read(0xf0, 4), 200_000);
});
