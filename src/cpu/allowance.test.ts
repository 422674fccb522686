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

test('what a block gives back that asked for control is nothing the interpreter has, also where it was paid with more than there was', () => {
  const some = allowance();
  some.begin(10);
  some.go(10);
  some.now -= 64;
  some.stop();
  some.now += 59;
  some.settle();
  assert.deepEqual([some.now, some.left, some.used], [0, 5, 5]);
  some.go(100);
  some.settle();
  assert.deepEqual([some.now, some.left], [5, 5]);
});
