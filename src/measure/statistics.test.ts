import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median, medianInterval, ratioInterval, seeded, sessionInterval, shuffled } from './statistics.ts';

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

test('sessions of which each has a chance of its own: their interval holds the true median about 95 times of 100', () => {
  const random = seeded(11);
  // Normal enough: the sum of twelve.
  const draw = () => Array.from({ length: 12 }, random).reduce((sum, one) => sum + one, -6);
  for (const count of [6, 9, 40]) {
    let held = 0;
    for (let trial = 0; trial < 400; trial++) {
      // What is chance for a whole session is ten times what is chance within it.
      const sessions = Array.from({ length: count }, () => {
        const own = 1 + draw() * 0.1;
        return Array.from({ length: 5 }, () => own + draw() * 0.01);
      });
      const { low, high } = sessionInterval(sessions);
      if (low <= 1 && 1 <= high) held++;
    }
    assert.ok(held >= 370, `${count} sessions: ${held} of 400`);
  }
});

test('two runs of the same agree: their intervals overlap more than 9 times of 10', () => {
  const random = seeded(5);
  const skewed = () => -Math.log(1 - random()) * 0.02;
  const run = () => sessionInterval(Array.from({ length: 9 }, () => Array.from({ length: 5 }, () => 1.2 + skewed())));
  let agreed = 0;
  for (let trial = 0; trial < 300; trial++) {
    const [one, other] = [run(), run()];
    if (one.low <= other.high && other.low <= one.high) agreed++;
  }
  assert.ok(agreed > 290, `${agreed} of 300`);
});

test('one session that went wrong among nine moves neither the median nor an end of the interval', () => {
  const nine = [1, 1.01, 1.02, 1.03, 1.04, 1.05, 1.06, 1.07, 1.08].map((value) => [value]);
  assert.deepEqual(sessionInterval(nine), { value: 1.04, low: 1.01, high: 1.07, samples: 9 });
  assert.deepEqual(sessionInterval([...nine.slice(0, 8), [50]]), { value: 1.04, low: 1.01, high: 1.07, samples: 9 });
});

test('few sessions give their whole range, and one that has no values counts for none', () => {
  const { low, high, samples } = sessionInterval([[3], [1, 2], [], [5]]);
  assert.deepEqual([low, high, samples], [1.5, 5, 4]);
});
