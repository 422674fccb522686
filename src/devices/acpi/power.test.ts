import assert from 'node:assert/strict';
import { test } from 'node:test';
import { later, momentOf, seconds, Timeline } from '../../machine/index.ts';
import { Probe } from '../stage/index.ts';
import { Power, pmTimerRate } from './power.ts';

const stage = (time = new Timeline()) => {
  const sci = new Probe();
  const told = { offs: 0 };
  const power = new Power({ clock: time, sci, powerOff: () => void told.offs++ });
  return { time, sci, told, power };
};

test('the timer counts 3.579545 MHz in 24 bits', () => {
  const { time, power } = stage();
  time.advance(momentOf(1000n, pmTimerRate));
  assert.equal(power.pm1.read(8, 4), 1000);
  time.advance(momentOf(0x100_0005n, pmTimerRate));
  assert.equal(power.pm1.read(8, 4), 5);
  assert.equal(power.pm1.read(8, 2), 5);
});

test('the timer interrupts whenever its highest bit changes', () => {
  const { time, power, sci } = stage();
  power.smi.write(0, 0xf1);
  power.pm1.write(2, 0x0001, 2);
  for (let round = 1; round <= 3; round++) {
    time.advance(later(momentOf(BigInt(round) * 0x80_0000n, pmTimerRate), seconds(0)));
    assert.equal(sci.rises, round);
    assert.equal(power.pm1.read(0, 2), 0x0001);
    power.pm1.write(0, 0x0001, 2);
    assert.equal(sci.isHigh, false);
  }
});

test('a guest enables ACPI by the SMI command port, and disables it', () => {
  const { power } = stage();
  assert.equal(power.pm1.read(4, 2), 0);
  power.smi.write(0, 0xf1);
  assert.equal(power.pm1.read(4, 2), 1);
  power.smi.write(0, 0xf0);
  assert.equal(power.pm1.read(4, 2), 0);
});

test('the power button interrupts who listens, until it is acknowledged', () => {
  const { power, sci } = stage();
  power.pressPowerButton();
  assert.equal(sci.isHigh, false);
  power.smi.write(0, 0xf1);
  power.pm1.write(2, 0x0100, 2);
  assert.equal(power.isListening, true);
  assert.equal(sci.isHigh, true);
  power.pm1.write(0, 0x0100, 2);
  assert.equal(sci.isHigh, false);
});

test('a general-purpose event interrupts where it is enabled', () => {
  const { power, sci } = stage();
  power.smi.write(0, 0xf1);
  power.raise(9);
  assert.equal(sci.isHigh, false);
  power.gpe.write(3, 0x02);
  assert.equal(sci.isHigh, true);
  assert.equal(power.gpe.read(1), 0x02);
  power.gpe.write(1, 0x02);
  assert.equal(sci.isHigh, false);
});

test('soft off switches the machine off, once; other states of sleep are none', () => {
  const { power, told } = stage();
  power.pm1.write(4, 0x2401, 2);
  assert.equal(told.offs, 0);
  power.pm1.write(4, 0x2001, 2);
  power.pm1.write(4, 0x2001, 2);
  assert.equal(told.offs, 1);
  assert.equal(power.pm1.read(4, 2), 0x0001);
});

test('a saved one goes on in another one', () => {
  const one = stage();
  one.power.smi.write(0, 0xf1);
  one.power.pm1.write(2, 0x0101, 2);
  one.power.pressPowerButton();
  const other = stage();
  other.power.load(one.power.save());
  assert.equal(other.sci.isHigh, true);
});
