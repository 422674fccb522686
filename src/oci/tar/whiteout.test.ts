import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Damage } from '../damage.ts';
import { whiteoutOf } from './whiteout.ts';

test('.wh. before a name removes that name', () => {
  assert.deepEqual(whiteoutOf('.wh.motd'), { kind: 'name', name: 'motd' });
  assert.deepEqual(whiteoutOf('.wh..hidden'), { kind: 'name', name: '.hidden' });
});

test('.wh..wh..opq hides all siblings', () => {
  assert.deepEqual(whiteoutOf('.wh..wh..opq'), { kind: 'opaque' });
});

test('what aufs kept for itself is passed over', () => {
  for (const name of ['.wh..wh.plnk', '.wh..wh.aufs', '.wh..wh.orph']) assert.deepEqual(whiteoutOf(name), { kind: 'ignored' });
});

test('ordinary names are none', () => {
  for (const name of ['.wh', '.what', 'x.wh.y', 'motd']) assert.equal(whiteoutOf(name), undefined);
});

test('a whiteout of the directory itself or the one above is hostile', () => {
  for (const name of ['.wh.', '.wh..', '.wh...']) assert.throws(() => whiteoutOf(name), Damage);
});
