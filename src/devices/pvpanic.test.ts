import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pvpanic } from './pvpanic.ts';
import { VirtioBoard } from './stage/virtio-board.ts';

test('a kernel finds out what it may say, and says that it has panicked', () => {
  // Any slot of a board is one.
  const board = new VirtioBoard();
  let panics = 0;
  new Pvpanic({ slot: board.slot, panicked: () => void panics++ });
  assert.equal(board.config(0, 4), 0x11_1b36);
  board.setConfig(0x10, 0xffff_ffff, 4);
  assert.equal(board.config(0x10, 4), 0xffff_fff0);
  board.place();
  assert.equal(board.get(0, 1), 1);
  board.set(0, 2, 1);
  board.set(1, 1, 1);
  assert.equal(panics, 0);
  board.set(0, 1, 1);
  assert.equal(panics, 1);
});
