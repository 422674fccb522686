import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Block } from './block.ts';
import { Directory } from './directory.ts';

const block = (page: number, offset: number, bytes: number, mode = 64): Block => {
  const inFirst = Math.min(bytes, 4096 - offset);
  return {
    ...{ key: page * 4096 + offset, record: 0, rip: 0n, base: 0n, limit: 0, page, secondPage: bytes > inFirst ? page + 1 : undefined },
    ...{ offset, inFirst, inSecond: bytes - inFirst, instructions: 1, mode, other: undefined },
  };
};

test('code is looked for wherever there is some, and nowhere far from it', () => {
  for (const [offset, bytes] of [
    [0, 1],
    [63, 1],
    [63, 2],
    [64, 900],
    [2000, 100],
    [2047, 1],
    [2048, 1],
    [4095, 1],
    [0, 960],
  ] as const) {
    const directory = new Directory();
    directory.insert(block(7, offset, bytes));
    const [from, to] = [offset & ~63, ((offset + bytes - 1) | 63) + 1];
    for (let at = 0; at < 4096; at++) assert.equal(directory.mayHave(7, at, 1), at >= from && at < to, `${offset} ${bytes} ${at}`);
    assert.ok(directory.mayHave(7, 0, 4096));
    assert.ok(!directory.mayHave(8, 0, 4096));
  }
});

test('pages of code are told from others, also from those that look the same', () => {
  const directory = new Directory();
  directory.insert(block(7, 0, 4));
  assert.deepEqual(
    [7, 8, 7 + 0x1_0000].map((page) => directory.hasPage(page)),
    [true, false, false],
  );
  directory.insert(block(7 + 0x2_0000, 0, 4));
  assert.deepEqual(
    [7, 7 + 0x1_0000, 7 + 0x2_0000].map((page) => directory.hasPage(page)),
    [true, false, true],
  );
  directory.clear();
  assert.equal(directory.hasPage(7), false);
});

test('a block of two pages is in both of them until neither keeps it', () => {
  const directory = new Directory();
  const one = block(7, 4090, 10);
  directory.insert(one);
  assert.deepEqual([directory.mayHave(7, 4089, 2), directory.mayHave(8, 0, 1), directory.mayHave(8, 64, 8)], [true, true, false]);
  assert.deepEqual(directory.all(), [one]);
  assert.ok(directory.remove(one));
  assert.deepEqual(directory.all(), []);
  assert.ok(!directory.remove(one));
  assert.equal(directory.find(one.key, one.mode), undefined);
  directory.keep(8, []);
  assert.deepEqual([directory.in(7), directory.in(8), directory.hasPage(8)], [[one], [], false]);
  directory.keep(7, []);
  assert.ok(!directory.hasPage(7));
});

test('blocks that begin at one place are told apart by their modes, and follow each other in one', () => {
  const directory = new Directory();
  const [one, other, third] = [block(7, 5, 1), block(7, 5, 2), block(7, 5, 3)];
  const inOther = block(7, 5, 4, 32);
  for (const each of [one, other, third, inOther]) directory.insert(each);
  assert.equal(directory.find(one.key, 32), inOther);
  assert.equal(directory.find(one.key, 64), third);
  assert.equal(third.other, other);
  assert.deepEqual(directory.all(), [inOther, third, other, one]);
  assert.ok(directory.remove(other));
  assert.equal(third.other, one);
  assert.ok(directory.remove(third));
  assert.equal(directory.find(one.key, 64), one);
});
