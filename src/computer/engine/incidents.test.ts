import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seldom } from './incidents.ts';

test('what befalls a program is told once a minute, however often it does, and how often that was', () => {
  const [told, clock] = [[] as string[], { now: 0 }];
  const befell = seldom(
    (sentence) => told.push(sentence),
    () => clock.now,
  );
  for (clock.now = 0; clock.now < 60_000; clock.now += 1000) befell('lost');
  befell('full');
  assert.equal(told.length, 2);
  clock.now = 61_000;
  befell('lost');
  assert.match(told[2] ?? '', /^a program inside ended with SIGILL: .*; and 59 times before$/);
});
