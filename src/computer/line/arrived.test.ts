import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Arrived } from './arrived.ts';

/** Frames of all lengths, each full of its number, behind their lengths. */
const stream = (count: number): Buffer =>
  Buffer.concat(
    Array.from({ length: count }, (_, index) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE((index * 37) % 1500);
      return Buffer.concat([length, Buffer.alloc((index * 37) % 1500, index)]);
    }),
  );

test('frames are had in their order, however they come and however many are taken at once', () => {
  const arrived = new Arrived();
  const all = stream(1000);
  let taken = 0;
  for (let at = 0, step = 1; at < all.length; at += step, step = (step * 7) % 9973) {
    arrived.push(all.subarray(at, at + step));
    const most = 1 + (step % 150);
    let count = 0;
    for (let frame = arrived.at(count); frame !== undefined && count < most; frame = arrived.at(++count))
      assert.deepEqual([frame.length, frame.every((byte) => byte === ((taken + count) & 0xff))], [((taken + count) * 37) % 1500, true]);
    arrived.drop(count);
    taken += count;
  }
  for (; arrived.at(0) !== undefined; taken++) arrived.drop(1);
  assert.deepEqual([taken, arrived.waitingBytes], [1000, 0]);
});

test('what is no frame’s length is told, and what came before it is had', () => {
  const arrived = new Arrived();
  arrived.push(Uint8Array.of(0, 0, 0, 1, 9, 0, 2, 0, 0, 7));
  assert.deepEqual([arrived.at(0), arrived.at(1), arrived.wrongLength], [Buffer.of(9), undefined, undefined]);
  arrived.drop(1);
  assert.deepEqual([arrived.at(0), arrived.wrongLength], [undefined, 0x2_0000]);
});
