import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant, later, micros, millis, seconds, span, Timeline } from '../../machine/index.ts';
import { Probe } from '../stage/index.ts';
import { Cmos } from './cmos.ts';
import { cmosContents } from './firmware.ts';

/** Thursday, 2026-11-26 23:59:58 UTC. */
const late = Date.UTC(2026, 10, 26, 23, 59, 58) / 1000;

const stage = (start = late, time = new Timeline()) => {
  const irq = new Probe();
  const cmos = new Cmos(start, new Uint8Array(128), { clock: time, irq });
  const read = (register: number): number => {
    cmos.write(0, register);
    return cmos.read(1);
  };
  const write = (register: number, value: number): void => {
    cmos.write(0, register);
    cmos.write(1, value);
  };
  const pass = (by = seconds(1)): void => time.advance(later(time.now, by));
  const date = (): number[] => [0x32, 9, 8, 7, 6, 4, 2, 0].map(read);
  return { cmos, irq, time, read, write, pass, date };
};

test('it begins with the time it was given, and goes on over midnight', () => {
  const { date, pass } = stage();
  assert.deepEqual(date(), [0x20, 0x26, 0x11, 0x26, 0x05, 0x23, 0x59, 0x58]);
  pass(seconds(3));
  assert.deepEqual(date(), [0x20, 0x26, 0x11, 0x27, 0x06, 0x00, 0x00, 0x01]);
});

test('binary, and twelve hours with an afternoon', () => {
  const { write, date, pass } = stage();
  write(0x0b, 0x04);
  assert.deepEqual(date(), [20, 26, 11, 26, 5, 0x80 | 11, 59, 58]);
  pass(seconds(2));
  assert.equal(date()[5], 12);
  write(0x0b, 0x00);
  pass(seconds(13 * 3600));
  assert.equal(date()[5], 0x81);
});

test('a time is set as a whole, and stands still meanwhile', () => {
  const { write, date, pass, read } = stage();
  write(0x0b, 0x82);
  for (const [register, value] of [
    [0, 0x30],
    [2, 0x20],
    [4, 0x10],
    [7, 0x29],
    [8, 0x02],
    [9, 0x24],
  ] as const)
    write(register, value);
  pass(seconds(10));
  assert.equal(read(0), 0x30);
  write(0x0b, 0x02);
  pass(seconds(86_400));
  assert.deepEqual(date(), [0x20, 0x24, 0x03, 0x01, 0x06, 0x10, 0x20, 0x30]);
});

test('after the divider was reset the first second comes after half of one', () => {
  const { write, read, pass } = stage();
  pass(millis(300));
  write(0x0a, 0x76);
  pass(seconds(5));
  assert.equal(read(0), 0x58);
  write(0x0a, 0x26);
  pass(millis(499));
  assert.equal(read(0), 0x58);
  pass(millis(1));
  assert.equal(read(0), 0x59);
});

test('register A warns before an update', () => {
  const { read, time } = stage();
  time.advance(instant(span(999_755_000n)));
  assert.equal(read(0x0a), 0x26);
  time.advance(instant(span(999_756_000n)));
  assert.equal(read(0x0a), 0xa6);
  time.advance(instant(seconds(1)));
  assert.equal(read(0x0a), 0x26);
});

test('a cause that comes while the last is read interrupts all the same', () => {
  // Between any two looks at this clock a period ends.
  let [now, isMoving] = [0n, false];
  const clock = {
    get now() {
      if (isMoving) now += 1_000_000n;
      return instant(now);
    },
    alarm: () => ({ at: () => {}, cancel: () => {} }),
  };
  const irq = new Probe();
  const cmos = new Cmos(late, new Uint8Array(128), { clock, irq });
  for (const [register, value] of [
    [0x0a, 0x26],
    [0x0b, 0x42],
  ] as const) {
    cmos.write(0, register);
    cmos.write(1, value);
  }
  isMoving = true;
  cmos.write(0, 0x0c);
  for (let count = 0; count < 3; count++) {
    const { rises } = irq;
    cmos.read(1);
    assert.equal(irq.rises, rises + 1);
  }
});

test('periodic interrupts come as often as the rate says, each after the last was read', () => {
  const { irq, read, write, pass } = stage();
  write(0x0a, 0x26);
  write(0x0b, 0x42);
  let count = 0;
  for (let step = 0; step < 20_000; step++) {
    pass(micros(50));
    if (!irq.isHigh) continue;
    count++;
    assert.equal(read(0x0c) & 0xc0, 0xc0);
    assert.equal(irq.isHigh, false);
  }
  assert.equal(count, 1024);
});

test('flags are set also where nobody is interrupted, and reading forgets them', () => {
  const { irq, read, pass } = stage();
  pass();
  assert.equal(irq.rises, 0);
  assert.equal(read(0x0c), 0x50);
  assert.equal(read(0x0c), 0x00);
});

test('the end of an update interrupts each second', () => {
  const { irq, read, write, pass } = stage();
  write(0x0b, 0x12);
  for (let second = 1; second <= 3; second++) {
    pass();
    assert.equal(irq.rises, second);
    assert.equal(read(0x0c) & 0xd0, 0xd0);
  }
});

test('an alarm is due at its time, or where it does not care at every one', () => {
  const { irq, read, write, pass } = stage();
  for (const [register, value] of [
    [1, 0x05],
    [3, 0x30],
    [5, 0x06],
    [0x0b, 0x22],
  ] as const)
    write(register, value);
  pass(seconds(2 + 6 * 3600 + 30 * 60 + 4));
  assert.equal(irq.isHigh, false);
  pass();
  assert.equal(irq.isHigh, true);
  assert.equal(read(0x0c) & 0xa0, 0xa0);
  for (const register of [3, 5]) write(register, 0xff);
  pass(seconds(59));
  assert.equal(irq.isHigh, false);
  pass();
  assert.equal(irq.isHigh, true);
  read(0x0c);
  write(1, 0x75);
  pass(seconds(200_000));
  assert.equal(irq.isHigh, false);
});

test('the index has the mask of NMI', () => {
  const { cmos } = stage();
  cmos.write(0, 0x8d);
  assert.equal(cmos.isNmiMasked, true);
  assert.equal(cmos.read(1), 0x80);
  assert.equal(cmos.read(0), 0xff);
});

test('memory stays through a reset, interrupts do not', () => {
  const { cmos, irq, read, write, pass } = stage();
  write(0x0f, 0x05);
  write(0x0b, 0x12);
  pass();
  cmos.reset('bus');
  assert.equal(irq.isHigh, false);
  assert.equal(read(0x0f), 0x05);
  assert.equal(read(0x0b), 0x02);
});

test('firmware finds memory, drives and boot order', () => {
  const ram = cmosContents({
    belowBytes: 0x2000_0000,
    aboveBytes: 0x1_0000_0000,
    processors: 2,
    boot: ['cd', 'disk', 'floppy'],
    floppies: 1,
  });
  const at = (...where: number[]): number[] => where.map((one) => ram[one]!);
  assert.deepEqual(at(0x10, 0x14), [0x40, 0x07]);
  assert.deepEqual(at(0x15, 0x16, 0x17, 0x18), [0x80, 0x02, 0xff, 0xff]);
  assert.deepEqual(at(0x34, 0x35), [0x00, 0x1f]);
  assert.deepEqual(at(0x5b, 0x5c, 0x5d, 0x5f), [0, 0, 1, 1]);
  assert.deepEqual(at(0x3d, 0x38), [0x23, 0x11]);
  assert.equal(
    (ram[0x2e]! << 8) | ram[0x2f]!,
    ram.slice(0x10, 0x2e).reduce((a, b) => a + b, 0),
  );
});

test('a saved clock goes on in another one', () => {
  const one = stage();
  one.write(0x0b, 0x12);
  one.pass(millis(500));
  one.write(0x40, 0x77);
  const other = stage(0, new Timeline(one.time.now));
  other.cmos.load(one.cmos.save());
  other.pass(millis(500));
  assert.equal(other.irq.isHigh, true);
  assert.deepEqual([other.read(0), other.read(0x40)], [0x59, 0x77]);
});
