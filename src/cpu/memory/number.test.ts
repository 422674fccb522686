import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numberAt, putNumber } from './number.ts';

test('a number of any length is written as it is read, and what is beside it stays', () => {
  for (let bytes = 1; bytes <= 10; bytes++) {
    const memory = new Uint8Array(16).fill(0xee);
    const view = new DataView(memory.buffer);
    putNumber(view, 3, bytes, 0xffff_0a09_0807_0605_0403_0201n);
    const written = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].slice(0, bytes);
    const digits = written.toReversed().map((byte) => `0${byte.toString(16)}`);
    assert.deepEqual([...memory], [0xee, 0xee, 0xee, ...written, ...Array(13 - bytes).fill(0xee)]);
    assert.equal(numberAt(view, 3, bytes), BigInt(`0x${digits.join('')}`));
  }
});
