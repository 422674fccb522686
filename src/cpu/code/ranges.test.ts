import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Range, Ranges } from './ranges.ts';

test('what was given is one with what lies beside it', () => {
  const ranges = new Ranges(10, 20);
  assert.deepEqual([ranges.take(3), ranges.take(3), ranges.take(3), ranges.take(2), ranges.take(1)], [10, 13, 16, undefined, 19]);
  ranges.give({ begin: 16, size: 3 });
  ranges.give({ begin: 10, size: 3 });
  assert.equal(ranges.take(4), undefined);
  ranges.give({ begin: 13, size: 3 });
  assert.equal(ranges.take(9), 10);
  ranges.give({ begin: 19, size: 1 });
  assert.equal(ranges.take(1), 19);
});

test('nothing is taken twice, whatever is given back in between', () => {
  const taken: Range[] = [
    { begin: 40, size: 10 },
    { begin: 0, size: 5 },
  ];
  const ranges = new Ranges(0, 100, taken);
  for (let turn = 0; turn < 2000; turn++) {
    const size = 1 + ((turn * 7) % 13);
    const begin = ranges.take(size);
    if (begin === undefined) ranges.give(taken.splice((turn * 31) % taken.length, 1)[0] ?? { begin: 0, size: 0 });
    else {
      assert.ok(begin >= 0 && begin + size <= 100);
      assert.ok(taken.every((one) => one.begin + one.size <= begin || begin + size <= one.begin));
      taken.push({ begin, size });
    }
  }
  for (const one of taken) ranges.give(one);
  assert.equal(ranges.take(100), 0);
});
