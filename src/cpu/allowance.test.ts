import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Allowance } from './allowance.ts';

const allowance = (): Allowance => new Allowance(new DataView(new ArrayBuffer(65_536)));

test('what is left for a part of a block is what the interpreter has, where something is due then', () => {
  const some = allowance();
  some.begin(100);
  some.go(10);
  some.now -= 7;
  assert.deepEqual([some.rest(), some.left, some.used], [3, 93, 7]);
});

test('what was spent beyond it is taken off what was withheld, and no part of a block is left', () => {
  const some = allowance();
  some.begin(100);
  some.go(10);
  some.now -= 12;
  assert.deepEqual([some.rest(), some.now, some.left, some.used], [0, 0, 88, 12]);
  some.go(5);
  assert.deepEqual([some.now, some.left], [5, 88]);
});
