import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeLimits } from '../limits.ts';
import { parseName } from './name.ts';
import { nearest } from './nearest.ts';

test('a name is a host name: one DNS label', () => {
  for (const good of ['a', '7', 'web', 'web-2', 'x'.repeat(63)]) assert.equal(parseName(good), good);
  for (const bad of ['', 'Web', 'a_b', '-a', 'a-', 'a.b', 'ä', 'x'.repeat(64), 'a b', '../a'])
    assert.throws(() => parseName(bad), { code: 'malformed-name' });
});

test('a mistyped word finds its neighbour, a foreign one none', () => {
  const known = ['launch', 'list', 'logs', 'delete'];
  assert.deepEqual(
    ['lunch', 'luanch', 'lsit', 'delet', 'xyzzy', ''].map((word) => nearest(word, known)),
    ['launch', 'launch', 'list', 'delete', undefined, undefined],
  );
});

test('a change sets, lifts with null, and leaves the rest', () => {
  assert.deepEqual(changeLimits({ pids: 10, memoryBytes: 5 }, { pids: null, cpus: 2 }), { memoryBytes: 5, cpus: 2 });
});
