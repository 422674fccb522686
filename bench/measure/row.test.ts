import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figureRow, ratioRow, readingRow } from './row.ts';

const wording = { group: 'start', name: 'run busybox', quantity: 'wall time' };

test('a bar is judged by the median, and certain where the whole interval is on one side', () => {
  const judge = (value: number, low: number, high: number) =>
    ratioRow({ value, low, high, samples: 9 }, { ...wording, against: 'podman', atMost: 0.6 }).bar;
  assert.deepEqual(judge(0.5, 0.4, 0.59), { bound: 0.6, sense: 'at most', holds: true, isCertain: true });
  assert.deepEqual(judge(0.5, 0.4, 0.61), { bound: 0.6, sense: 'at most', holds: true, isCertain: false });
  assert.deepEqual(judge(0.7, 0.59, 0.8), { bound: 0.6, sense: 'at most', holds: false, isCertain: false });
  assert.deepEqual(judge(0.7, 0.61, 0.8), { bound: 0.6, sense: 'at most', holds: false, isCertain: true });
});

test('a count has to be reached', () => {
  const judge = (value: number) => readingRow(value, { ...wording, unit: 'VEs', atLeast: 60 }).bar?.holds;
  assert.deepEqual([judge(59), judge(60)], [false, true]);
});

test('without a bar there is no verdict', () => {
  assert.equal(figureRow({ value: 1, low: 1, high: 1, samples: 3 }, { ...wording, unit: 'ms' }).bar, null);
});

test('one sample has a value and no interval', () => {
  const { value, low, high } = figureRow({ value: 2, low: 2, high: 2, samples: 1 }, { group: '', name: '', quantity: '', unit: 's' });
  assert.deepEqual([value, low, high], [2, null, null]);
});
