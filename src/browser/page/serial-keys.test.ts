import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sentFor } from './serial-keys.ts';

const plain = { ctrlKey: false, altKey: false, metaKey: false };

test('keys of a terminal are sent as terminals do', () => {
  for (const [key, sent] of [
    ['a', 'a'],
    ['ß', 'ß'],
    ['Enter', '\r'],
    ['Backspace', '\x7f'],
    ['ArrowUp', '\x1b[A'],
    ['Delete', '\x1b[3~'],
    ['Shift', undefined],
    ['F5', undefined],
  ] as const)
    assert.equal(sentFor({ ...plain, key }), sent, key);
  assert.equal(sentFor({ ...plain, key: 'c', ctrlKey: true }), '\x03');
  assert.equal(sentFor({ ...plain, key: ' ', ctrlKey: true }), '\0');
  assert.equal(sentFor({ ...plain, key: 'b', altKey: true }), '\x1bb');
  assert.equal(sentFor({ ...plain, key: '1', ctrlKey: true }), undefined);
  assert.equal(sentFor({ ...plain, key: 'c', metaKey: true }), undefined);
});
