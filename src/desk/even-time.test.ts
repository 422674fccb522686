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

test('what was lost is counted, whether it comes back or not', () => {
  const { time, pass } = stage();
  pass(50);
  time.now();
  pass(1);
  time.now();
  pass(100);
  time.rest();
  pass(3);
  time.now();
  assert.equal(time.lost, 49_000_000n);
});

test('a rest gives back what was lost, as much as it is long', () => {
  const { time, pass } = stage();
  pass(50);
  assert.equal(time.now(), instant(2_000_000n));
  time.rest();
  assert.equal(time.now(), instant(2_000_000n));
  for (const [rested, now] of [
    [10, 22],
    [30, 82],
    [20, 110],
    [1000, 1110],
  ] as const) {
    pass(rested);
    time.rest();
    assert.equal(time.now(), instant(BigInt(now) * 1_000_000n));
  }
});

test('what waits for an answer of a second doesn’t find it late where that comes soon, however long its host was busy before', () => {
  const { time, pass } = stage();
  pass(7000);
  const asked = time.now();
  for (let rests = 0; rests < 10; rests++) {
    time.rest();
    pass(3);
    time.rest();
  }
  assert.equal(time.now() - asked, 60_000_000n);
});

test('what was saved elsewhere goes on from its own moment, evenly, and rests are as long as they are', () => {
  const { time, pass } = stage();
  pass(50);
  time.goOnFrom(instant(9_000_000_000n));
  assert.equal(time.now(), instant(9_000_000_000n));
  pass(50);
  assert.equal(time.now(), instant(9_002_000_000n));
  pass(48);
  time.rest();
  assert.equal(time.now(), instant(9_098_000_000n));
});
