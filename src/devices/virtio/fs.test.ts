import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataAt, Feature, Status, VirtioBoard } from '../stage/virtio-board.ts';
import { VirtioFs } from './fs.ts';

interface Asked {
  readonly request: readonly number[];
  readonly room: number;
  readonly number: number;
}

const stage = (features: readonly number[] = []) => {
  const board = new VirtioBoard();
  const asked: Asked[] = [];
  const make = (on: VirtioBoard) =>
    new VirtioFs({
      slot: on.slot,
      tag: 'files',
      server: { ask: (bytes, room, number) => void asked.push({ request: [...bytes], room, number }) },
    });
  const fs = make(board);
  board.place();
  board.message(3);
  board.negotiate([Feature.indirect, ...features]);
  const queue = board.queue(1, 8);
  board.begin();
  /** A request of one kind of byte, with room for an answer at an address. */
  const send = (byte: number, at: number, room: number): number => {
    const parts = [board.put(dataAt, ...Array.from({ length: 40 }, () => byte)), board.put(dataAt + 64, byte, byte)];
    return queue.send(...parts, ...(room === 0 ? [] : [{ at, bytes: room, isWritten: true }]));
  };
  return { board, fs, make, asked, queue, send };
};

const reply = (byte: number, bytes: number): Uint8Array => new Uint8Array(bytes).fill(byte);

test('a file system has a name, and queues for what is urgent and for all else', () => {
  const { board } = stage();
  assert.equal(board.config(0, 4), 0x105a_1af4);
  assert.deepEqual(
    [String.fromCharCode(...[0, 1, 2, 3, 4].map((at) => board.own(at, 1))), board.own(5, 1), board.own(36, 4)],
    ['files', 0, 1],
  );
});

for (const [kind, features] of [
  ['split', []],
  ['packed', [Feature.packed]],
] as const) {
  test(`answers by a ${kind} queue come in any order, each into its own buffer`, () => {
    const { board, fs, asked, queue, send } = stage(features);
    for (let round = 0; round < 5; round++) {
      const ids = [send(1, dataAt + 0x1000, 100), send(2, dataAt + 0x2000, 100)];
      const [first, second] = asked.splice(0);
      assert.deepEqual([first?.request.length, first?.request[41], first?.room, second?.request[41]], [42, 1, 100, 2]);
      assert.equal(queue.take(), undefined);
      fs.answer(second?.number ?? 0, reply(8, 50));
      fs.answer(first?.number ?? 0, reply(7, 200));
      assert.deepEqual(
        [queue.take(), queue.take()],
        [
          { id: ids[1], written: 50 },
          { id: ids[0], written: 100 },
        ],
      );
      assert.deepEqual([board.ram.bytes[dataAt + 0x1063], board.ram.bytes[dataAt + 0x1064]], [7, 0]);
      assert.deepEqual([board.ram.bytes[dataAt + 0x2031], board.ram.bytes[dataAt + 0x2032]], [8, 0]);
    }
    assert.equal(board.messages.length, 10);
  });
}

test('what waits for no answer is given back at once, and so is what is no request', () => {
  const { asked, queue, send } = stage();
  const id = send(5, 0, 0);
  assert.deepEqual([asked[0]?.room, queue.take()], [0, { id, written: 0 }]);
  queue.send({ at: dataAt, bytes: 39 }, { at: dataAt + 0x1000, bytes: 100, isWritten: true });
  queue.send({ at: dataAt, bytes: 2 * 1024 * 1024 }, { at: dataAt + 0x1000, bytes: 100, isWritten: true });
  assert.deepEqual([asked.length, queue.take()?.written, queue.take()?.written], [1, 0, 0]);
});

test('an answer goes nowhere after a reset, nor twice', () => {
  const { board, fs, asked, queue, send } = stage([Feature.ringReset]);
  send(1, dataAt + 0x1000, 16);
  board.set(0x16, 1, 2);
  board.set(0x3a, 1, 2);
  fs.answer(asked[0]?.number ?? 0, reply(7, 16));
  assert.deepEqual([board.ram.bytes[dataAt + 0x1000], queue.take()], [0, undefined]);
  board.negotiate();
  const again = board.queue(1, 8);
  board.begin();
  again.send({ at: dataAt, bytes: 40 }, { at: dataAt + 0x1000, bytes: 16, isWritten: true });
  fs.answer(asked[0]?.number ?? 0, reply(7, 16));
  assert.equal(again.take(), undefined);
  fs.answer(asked[1]?.number ?? 0, reply(9, 16));
  fs.answer(asked[1]?.number ?? 0, reply(6, 16));
  assert.deepEqual([again.take()?.written, board.ram.bytes[dataAt + 0x1000], again.take()], [16, 9, undefined]);
  assert.equal(board.status & Status.needsReset, 0);
});

test('what waits for its answer when the device is saved has it in another one', () => {
  const { board, fs, make, asked, send } = stage();
  send(1, dataAt + 0x1000, 16);
  const other = new VirtioBoard();
  const its = make(other);
  other.ram.bytes.set(board.ram.bytes);
  its.load(fs.save());
  its.answer(asked[0]?.number ?? 0, reply(7, 16));
  assert.equal(other.ram.bytes[dataAt + 0x1000], 7);
});
