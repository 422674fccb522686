import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant, later, momentOf, seconds, Timeline, ticksAt } from '../../machine/index.ts';
import { Probe } from '../stage/index.ts';
import { Pit, pitRate } from './pit.ts';

const stage = (time = new Timeline()) => {
  const irq = new Probe();
  const pit = new Pit({ clock: time, irq });
  /** To the moment at which so many more ticks have passed. */
  const tick = (count: number): void => time.advance(momentOf(ticksAt(time.now, pitRate) + BigInt(count), pitRate));
  const count = (channel: number, value: number): void => {
    pit.write(channel, value & 0xff);
    pit.write(channel, value >> 8);
  };
  const read = (channel: number): number => pit.read(channel) | (pit.read(channel) << 8);
  return { pit, irq, time, tick, count, read };
};

test('as firmware sets it, it interrupts 18.2 times a second', () => {
  const { pit, irq, time, count } = stage();
  pit.write(3, 0x34);
  count(0, 0);
  time.advance(instant(seconds(100)));
  assert.equal(irq.rises, 1 + Math.floor(119_318_200 / 65_536));
});

test('mode 0 rises once, one tick after its count, and at once anew with another', () => {
  const { pit, irq, tick, count } = stage();
  pit.write(3, 0x30);
  count(0, 100);
  tick(100);
  assert.equal(irq.isHigh, false);
  tick(1);
  assert.equal(irq.isHigh, true);
  tick(200_000);
  assert.equal(irq.rises, 1);
  pit.write(0, 5);
  assert.equal(irq.isHigh, false);
  tick(50);
  assert.equal(irq.isHigh, false);
  pit.write(0, 0);
  tick(6);
  assert.equal(irq.rises, 2);
});

test('mode 0 counts on below zero', () => {
  const { pit, tick, count, read } = stage();
  pit.write(3, 0x30);
  count(0, 10);
  tick(14);
  assert.equal(read(0), 0xfffd);
});

test('mode 2 is low for the last tick of each period, and never counts to zero', () => {
  const { pit, irq, tick, count, read } = stage();
  pit.write(3, 0x34);
  count(0, 4);
  tick(1);
  const seen = Array.from({ length: 8 }, () => {
    const one = [read(0), irq.isHigh];
    tick(1);
    return one;
  });
  assert.deepEqual(seen.slice(0, 4), [
    [4, true],
    [3, true],
    [2, true],
    [1, false],
  ]);
  assert.deepEqual(seen.slice(4), seen.slice(0, 4));
});

test('mode 3 counts by two; an odd count is high one tick longer', () => {
  const { pit, irq, tick, count, read } = stage();
  pit.write(3, 0x36);
  count(0, 5);
  tick(1);
  const seen = Array.from({ length: 6 }, () => {
    const one = [read(0), irq.isHigh];
    tick(1);
    return one;
  });
  assert.deepEqual(seen, [
    [4, true],
    [2, true],
    [0, true],
    [4, false],
    [2, false],
    [4, true],
  ]);
});

test('a new count in mode 2 waits for the end of the period, in mode 3 for the half', () => {
  const { pit, irq, tick, count, read } = stage();
  pit.write(3, 0x34);
  count(0, 100);
  tick(11);
  count(0, 1000);
  assert.equal(read(0), 90);
  tick(90);
  assert.equal(read(0), 1000);
  pit.write(3, 0x36);
  count(0, 100);
  tick(11);
  count(0, 10);
  tick(40);
  assert.equal(irq.isHigh, false);
  tick(5);
  assert.equal(irq.isHigh, true);
});

test('modes 1 and 5 wait for their gate; modes 2 to 4 stop with it', () => {
  const { pit, tick, count, read } = stage();
  pit.write(3, 0xb2);
  count(2, 10);
  tick(5);
  assert.equal(pit.isSpeakerHigh, true);
  pit.speakerGate.set(true);
  assert.equal(pit.isSpeakerHigh, false);
  tick(11);
  assert.equal(pit.isSpeakerHigh, true);
  pit.write(3, 0xb8);
  count(2, 10);
  tick(5);
  pit.speakerGate.set(false);
  tick(50);
  assert.equal(read(2), 6);
  pit.speakerGate.set(true);
  tick(6);
  assert.equal(pit.isSpeakerHigh, false);
  tick(1);
  assert.equal(pit.isSpeakerHigh, true);
  pit.write(3, 0xba);
  count(2, 3);
  pit.speakerGate.set(false);
  pit.speakerGate.set(true);
  tick(4);
  assert.equal(pit.isSpeakerHigh, false);
});

test('the loop by which kernels measure their clock ends after as long as it waits', () => {
  const { pit, time, tick } = stage();
  pit.speakerGate.set(true);
  pit.write(3, 0xb0);
  pit.write(2, 59_659 & 0xff);
  pit.write(2, 59_659 >> 8);
  while (!pit.isSpeakerHigh) tick(1);
  assert.ok(Math.abs(Number(time.now) / 1e6 - 50) < 0.01);
});

test('a latched count stays until it is read; status is read before it', () => {
  const { pit, tick, count, read } = stage();
  pit.write(3, 0x34);
  count(0, 1000);
  tick(101);
  pit.write(3, 0x00);
  tick(50);
  pit.write(3, 0xc2);
  assert.equal(pit.read(0), 0xb4);
  assert.equal(read(0), 900);
  assert.equal(read(0), 850);
  pit.write(3, 0x76);
  pit.write(3, 0xe4);
  assert.equal(pit.read(1), 0xf6);
});

test('BCD counts in tens, and one byte may be all that is written', () => {
  const { pit, tick, count, read } = stage();
  pit.write(3, 0x31);
  count(0, 0x1000);
  tick(2);
  assert.equal(read(0), 0x0999);
  pit.write(3, 0x24);
  pit.write(0, 0x02);
  tick(1);
  assert.equal(pit.read(0), 0x02);
});

test('a period of one tick keeps nobody busy', () => {
  const { pit, irq, time, count } = stage();
  pit.write(3, 0x34);
  count(0, 1);
  time.advance(later(time.now, seconds(1000)));
  pit.write(3, 0x36);
  count(0, 1);
  time.advance(later(time.now, seconds(1000)));
  assert.ok(irq.rises <= 2);
});

test('how high the tone is', () => {
  const { pit, count } = stage();
  pit.write(3, 0xb6);
  count(2, 1193);
  assert.equal(pit.speakerHz, undefined);
  pit.speakerGate.set(true);
  assert.equal(Math.round(pit.speakerHz ?? 0), 1000);
});

test('a saved timer goes on in another one', () => {
  const one = stage();
  one.pit.write(3, 0x34);
  one.count(0, 1000);
  one.tick(700);
  const other = stage(new Timeline(one.time.now));
  other.pit.load(one.pit.save());
  other.tick(300);
  assert.equal(other.irq.isHigh, false);
  other.tick(1);
  assert.equal(other.irq.isHigh, true);
  assert.equal(other.irq.rises, 2);
});
