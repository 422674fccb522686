import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from './nearest.ts';

const known = ['debian/11', 'debian/12', 'debian/13', 'busybox', 'web'];

test('a slip of the finger finds what was meant', () => {
  assert.equal(nearest('busibox', known), 'busybox');
  assert.equal(nearest('debain/12', known), 'debian/12');
  assert.equal(nearest('Debian/12', known), 'debian/12');
  assert.equal(nearest('wb', known), 'web');
});

test('something else finds nothing', () => {
  for (const text of ['alpine', 'x', '', 'a-name-that-has-nothing-to-do-with-any']) assert.equal(nearest(text, known), undefined);
});
