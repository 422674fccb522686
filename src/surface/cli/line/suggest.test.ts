import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distance, nearest } from './suggest.ts';

test('a distance counts letters inserted, left out, replaced and swapped', () => {
  const cases: readonly (readonly [string, string, number])[] = [
    ['', '', 0],
    ['', 'abc', 3],
    ['list', 'list', 0],
    ['lst', 'list', 1],
    ['lisst', 'list', 1],
    ['lisd', 'list', 1],
    ['lits', 'list', 1],
    ['kitten', 'sitting', 3],
    ['sunday', 'saturday', 3],
  ];
  for (const [a, b, steps] of cases) {
    assert.equal(distance(a, b), steps, `${a} ${b}`);
    assert.equal(distance(b, a), steps, `${b} ${a}`);
  }
});

test('the nearest candidate is at most a third of the letters away', () => {
  const candidates = ['launch', 'list', 'logs', 'snapshot create'];
  assert.equal(nearest('lanuch', candidates), 'launch');
  assert.equal(nearest('log', candidates), 'logs');
  assert.equal(nearest('snap', candidates), 'snapshot create');
  assert.equal(nearest('xyz', candidates), undefined);
});
