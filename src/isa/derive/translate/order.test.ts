import assert from 'node:assert/strict';
import { test } from 'node:test';
import { orderOf } from './order.ts';

test('what several ways lead to comes under the last block that they have in common', () => {
  // 0 → 1, 2 → 3
  const order = orderOf([[1, 2], [3], [3], []]);
  assert.deepEqual([...(order.under[0] ?? [])].sort(), [1, 2, 3]);
  assert.deepEqual(order.isJoined.slice(1), [false, false, true]);
  assert.deepEqual([order.wayFrom(0, 1), order.wayFrom(1, 3), order.wayFrom(2, 3)], ['alone', 'joined', 'joined']);
});

test('a way back to what all ways lead through is a loop, one into its midst is none', () => {
  const loop = orderOf([[1], [2, 3], [1], []]);
  assert.deepEqual(loop.isLoop, [false, true, false, false]);
  assert.equal(loop.wayFrom(2, 1), 'back');
  // 0 leads to both 1 and 2, which lead to each other.
  const crossed = orderOf([[1, 2], [2], [1]]);
  assert.deepEqual(crossed.isLoop, [false, false, false]);
  assert.deepEqual([crossed.wayFrom(1, 2), crossed.wayFrom(2, 1)].toSorted(), [undefined, 'joined'].toSorted());
});

test('a block that leads to itself is a loop, and what nothing leads to has no way', () => {
  const order = orderOf([[0, 1], [], [1]]);
  assert.equal(order.isLoop[0], true);
  assert.equal(order.wayFrom(0, 0), 'back');
  assert.equal(order.wayFrom(2, 1), undefined);
});

test('blocks that come later are written around those that come before', () => {
  // A chain, each of which may also go to the end.
  const order = orderOf([[1, 4], [2, 4], [3, 4], [4], []]);
  assert.deepEqual(order.under[0], [4, 1]);
});
