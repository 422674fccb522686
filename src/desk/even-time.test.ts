import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant, later, millis } from '../machine/index.ts';
import { EvenTime } from './even-time.ts';

const stage = (isStarting = true) => {
  let host = instant(0n);
  const time = new EvenTime(() => host, isStarting);
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

test('no more passes than what ran meanwhile could take, where that is counted', () => {
  const { time, pass } = stage();
  const pc = { worked: 0n as bigint | undefined };
  time.follow(pc);
  time.now();
  const told = (worked: bigint | undefined, ms: number): bigint => {
    const before = time.now();
    pc.worked = worked;
    pass(ms);
    return time.now() - before;
  };
  assert.equal(told(5n, 1), 25_000n);
  assert.equal(told(305n, 50), 320_000n);
  assert.equal(told(100_000n, 50), 2_000_000n);
  assert.equal(told(200_000n, 1), 1_000_000n);
  // Another one goes on, which counts anew, or none.
  assert.equal(told(3n, 50), 2_000_000n);
  assert.equal(told(undefined, 50), 2_000_000n);
  assert.equal(told(7n, 50), 2_000_000n);
  assert.equal(told(8n, 50), 21_000n);
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

/** Lets it run for 40 of each 100 milliseconds, so many times; returns by how many it is behind then, of all that passed so far. */
const starved = (isStarting: boolean): ((times: number, isNew?: boolean) => number) => {
  const { time, pass } = stage(isStarting);
  let passed = 0;
  return (times, isNew = false) => {
    if (isNew) time.begin();
    for (let each = 0; each < times; each++) {
      for (let ms = 0; ms < 40; ms++) {
        pass(1);
        time.now();
      }
      pass(60);
      time.now();
    }
    passed += times * 100;
    return passed - Number(time.now()) / 1e6;
  };
};

test('one that never rests is behind by half a second at the most', () => {
  const behindMs = starved(false);
  assert.deepEqual([behindMs(8), behindMs(1), behindMs(10_000)], [8 * 58, 500, 500]);
});

test('while it starts it may be behind by a minute, less half its age, and then catches up at twice the speed', () => {
  const behindMs = starved(true);
  assert.equal(behindMs(700), 700 * 58);
  const before = behindMs(200);
  assert.ok(before > 30_000 && before < 40_000, `${before} ms`);
  const after = behindMs(100);
  assert.ok(before - after > 9800 && before - after < 10_200, `${before} ms, then ${after} ms`);
  assert.equal(behindMs(1000), 500);
});

test('one that is reset may be behind as one that is switched on', () => {
  const behindMs = starved(false);
  assert.equal(behindMs(1000), 500);
  assert.equal(behindMs(700, true), 500 + 700 * 58);
  assert.equal(behindMs(1300), 500);
});

test('what passed at once was not lost', () => {
  const { time, pass } = stage(false);
  pass(300);
  time.now();
  assert.equal(time.lost, 298_000_000n);
  pass(1000);
  time.now();
  assert.deepEqual([time.now(), time.lost], [instant(800_000_000n), 500_000_000n]);
});
