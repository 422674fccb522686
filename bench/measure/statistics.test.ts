import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median, medianInterval, ratioInterval, seeded, shuffled } from './statistics.ts';

test('the median of an odd number of values is the middle one, of an even number the mean of the middle two', () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([4, 1, 100, 2]), 3);
  assert.throws(() => median([]));
});

test('a 95 % interval holds the true median about 95 times of 100', () => {
  const random = seeded(7);
  // Skewed, as times are; its median is ln 2.
  const draw = () => -Math.log(1 - random());
  let held = 0;
  for (let trial = 0; trial < 400; trial++) {
    const { low, high } = medianInterval(Array.from({ length: 40 }, draw));
    if (low <= Math.LN2 && Math.LN2 <= high) held++;
  }
  assert.ok(held >= 365 && held <= 395, `${held} of 400`);
});

test('what slows both sides of a round down does not move their ratio', () => {
  const rounds = [1, 3, 10, 2, 50, 7, 1];
  const { value, low, high, samples } = ratioInterval(
    rounds.map((load) => load * 1.2),
    rounds,
  );
  assert.deepEqual(
    [value, low, high, samples].map((figure) => Number(figure.toFixed(9))),
    [1.2, 1.2, 1.2, 7],
  );
  assert.throws(() => ratioInterval([1, 2], [1]), /2 measurements are paired with 1/);
});

test('the same values give the same interval', () => {
  const values = [3, 1, 4, 1, 5, 9, 2, 6];
  assert.deepEqual(medianInterval(values), medianInterval(values));
});

test('every order is as likely as another', () => {
  const random = seeded(1);
  const seen = new Map<string, number>();
  for (let trial = 0; trial < 6000; trial++) {
    const order = shuffled(['a', 'b', 'c'], random).join('');
    seen.set(order, (seen.get(order) ?? 0) + 1);
  }
  assert.equal(seen.size, 6);
  for (const [order, count] of seen) assert.ok(count > 880 && count < 1120, `${order} came ${count} times`);
});
