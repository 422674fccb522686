import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataAt, VirtioBoard } from '../stage/virtio-board.ts';
import { VirtioRng } from './rng.ts';

test('a driver is given entropy, as much as it has room for, and of much a part', () => {
  const board = new VirtioBoard();
  let next = 0;
  new VirtioRng({ slot: board.slot, entropy: (into) => into.set(Array.from(into, () => ++next)) });
  board.place();
  board.negotiate();
  const queue = board.queue(0, 8);
  board.begin();
  assert.equal(board.config(0, 4), 0x1044_1af4);
  queue.send({ at: dataAt, bytes: 3, isWritten: true }, { at: dataAt + 16, bytes: 2, isWritten: true });
  assert.equal(queue.take()?.written, 5);
  assert.deepEqual(
    [board.bytes(dataAt, 4), board.bytes(dataAt + 16, 3)],
    [
      [1, 2, 3, 0],
      [4, 5, 0],
    ],
  );
  queue.send({ at: dataAt, bytes: 0x1_0000, isWritten: true });
  assert.equal(queue.take()?.written, 4096);
  queue.send({ at: dataAt, bytes: 4 });
  assert.equal(queue.take()?.written, 0);
});
