import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant, later, millis } from '../machine/index.ts';
import { EvenTime } from './even-time.ts';

const stage = () => {
  let host = instant(0n);
  const time = new EvenTime(() => host);
  const pass = (ms: number): void => {
    host = later(host, millis(ms));
  };
  return { time, pass };
};

test('what the host was busy with others for comes in small pieces, and time never goes back', () => {
  const { time, pass } = stage();
  pass(1);
  assert.equal(time.now(), instant(1_000_000n));
  pass(50);
  assert.equal(time.now(), instant(3_000_000n));
  pass(1);
  assert.equal(time.now(), instant(4_000_000n));
});

test('a rest gives back what was lost, and is as long as it is', () => {
  const { time, pass } = stage();
  pass(50);
  assert.equal(time.now(), instant(2_000_000n));
  time.rest();
  assert.equal(time.now(), instant(50_000_000n));
  pass(1000);
  time.rest();
  assert.equal(time.now(), instant(1_050_000_000n));
});

test('of a long while a rest gives back a second, so that a guest’s watchdog sees no jump', () => {
  const { time, pass } = stage();
  pass(2502);
  assert.equal(time.now(), instant(2_000_000n));
  for (const now of [1_002, 2_002, 2_502, 2_502]) {
    time.rest();
    assert.equal(time.now(), instant(BigInt(now) * 1_000_000n));
  }
});

test('what was saved elsewhere goes on from its own moment, evenly, and rests are as long as they are', () => {
  const { time, pass } = stage();
  pass(50);
  time.goOnFrom(instant(9_000_000_000n));
  assert.equal(time.now(), instant(9_000_000_000n));
  pass(50);
  assert.equal(time.now(), instant(9_002_000_000n));
  time.rest();
  assert.equal(time.now(), instant(9_050_000_000n));
});
