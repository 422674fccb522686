import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomOf } from './random.ts';

test('as many bytes as are asked for, and others each time', () => {
  const given = new Set(Array.from({ length: 100 }, () => randomOf(16).toString('hex')));
  assert.equal(given.size, 100);
  for (const count of [0, 1, 4097]) assert.equal(randomOf(count).length, count);
  assert.ok(new Set(randomOf(4096)).size > 200, 'hardly any value of a byte lacks');
});
