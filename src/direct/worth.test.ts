import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { Worth } from './worth.ts';

const ms = 1e6;
const meet = (worth: Worth, from: number): number => {
  for (let now = from; ; now += ms) if (worth.isWorthwhile(now, false)) return now - from;
};

test('a program is tried once it has run for some thousandths of a second, and its system’s way back to it counts for nothing', () => {
  const worth = new Worth();
  for (let now = 0; now < 100; now++) equal(worth.isWorthwhile(now, true), false);
  equal(meet(worth, 0) / ms >= 5, true);
  equal(worth.isHot, true);
});

test('one whose visits are mostly ways is left alone, and for longer each time; one whose are its own is not', () => {
  const worth = new Worth();
  let now = meet(worth, 0);
  const visit = (own: number): void => {
    for (let each = 0; each < 64; each++) worth.spent(100_000, own, now);
  };
  visit(90_000);
  equal(worth.isWorthwhile(now, true), true);
  visit(10_000);
  equal(worth.isHot, false);
  const first = meet(worth, now);
  now += first;
  visit(10_000);
  const second = meet(worth, now);
  equal(second > 1.5 * first, true, `${first} and ${second}`);
});
