import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataAt, Feature, Status, VirtioBoard } from '../stage/virtio-board.ts';
import type { PackedDriver, Piece, SplitDriver } from '../stage/virtio-driver.ts';
import { VirtioNet } from './net/net.ts';

/** A driver of a card whose cable keeps what it is given. */
const stage = () => {
  const board = new VirtioBoard();
  const sent: number[][] = [];
  new VirtioNet({ slot: board.slot, mac: new Uint8Array(6), cable: { transmit: (frame) => void sent.push([...frame]) } });
  board.place();
  board.message(3);
  board.set(0x10, 0, 2);
  return { board, sent };
};

const running = (features: readonly number[], size = 8) => {
  const { board, sent } = stage();
  board.negotiate(features);
  const transmit = board.queue(1, size);
  board.begin();
  return { board, sent, transmit };
};

/** With their headers, as one byte. */
const headed = (board: VirtioBoard, at: number, byte: number): Piece => board.put(at, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, byte);

const kinds = { split: [], packed: [Feature.packed] } as const;

for (const [kind, features] of Object.entries(kinds)) {
  test(`a ${kind} queue goes on past its end, in pieces of any number`, () => {
    const { board, sent, transmit } = running(features);
    for (let count = 0; count < 40; count++) {
      const tail = Array.from({ length: count % 4 }, (_, index) => board.put(dataAt + 64 + index, count + index));
      const id = transmit.send(headed(board, dataAt, count), ...tail);
      assert.deepEqual(transmit.take(), { id, written: 0 });
      assert.deepEqual(sent[count], [count, ...tail.map((_, index) => count + index)]);
    }
    assert.equal(transmit.take(), undefined);
    assert.equal(board.status & Status.needsReset, 0);
  });

  test(`all of a ${kind} queue may be available at once, and is told of once`, () => {
    const { board, sent, transmit } = running(features);
    for (let round = 0; round < 3; round++) {
      for (let count = 0; count < 8; count++) transmit.offer([headed(board, dataAt, round)]);
      board.ring(1);
      for (let count = 0; count < 8; count++) assert.notEqual(transmit.take(), undefined);
    }
    assert.deepEqual([sent.length, board.messages.length], [24, 3]);
  });

  test(`a table is one buffer of a ${kind} queue, where that was agreed, and wrong where it wasn’t`, () => {
    const { board, sent, transmit } = running([...features, Feature.indirect]);
    for (let count = 0; count < 10; count++) {
      const id = transmit.offerTable(dataAt + 0x1000, [
        headed(board, dataAt, count),
        board.put(dataAt + 64, 2, 3),
        board.put(dataAt + 128, 4),
      ]);
      board.ring(1);
      assert.deepEqual([sent[count], transmit.take()?.id], [[count, 2, 3, 4], id]);
    }
    const without = running(features);
    without.transmit.offerTable(dataAt + 0x1000, [headed(without.board, dataAt, 1)]);
    without.board.ring(1);
    assert.deepEqual([without.board.status & Status.needsReset, without.sent.length], [Status.needsReset, 0]);
  });

  test(`a driver of a ${kind} queue that wants to hear nothing isn’t told`, () => {
    const { board, sent, transmit } = running(features);
    transmit.isQuiet = true;
    transmit.send(headed(board, dataAt, 1));
    assert.deepEqual([sent.length, board.messages.length], [1, 0]);
    transmit.isQuiet = false;
    transmit.send(headed(board, dataAt, 1));
    assert.equal(board.messages.length, 1);
  });

  test(`by an event index a driver of a ${kind} queue is told of what it waits for, in whichever round, and is asked to tell of the next`, () => {
    const { board, transmit } = running([...features, Feature.eventIndex], 4);
    transmit.event = 2;
    for (const expected of [0, 0, 1, 1, 1]) {
      transmit.send(headed(board, dataAt, 1));
      assert.notEqual(transmit.take(), undefined);
      assert.equal(board.messages.length, expected);
    }
    assert.equal(transmit.deviceEvent % 4, 1);
    // Three at once go past it, and past the end of the queue.
    transmit.event = 6;
    for (let count = 0; count < 4; count++) transmit.offer([headed(board, dataAt, 1)]);
    board.ring(1);
    assert.equal(board.messages.length, 2);
    for (let count = 0; count < 4; count++) assert.notEqual(transmit.take(), undefined);
    transmit.event = 11;
    for (const expected of [2, 2, 3]) {
      transmit.send(headed(board, dataAt, 1));
      assert.notEqual(transmit.take(), undefined);
      assert.equal(board.messages.length, expected);
    }
  });
}

test('indices of a split queue go on past 65,535', () => {
  const { board, sent, transmit } = running([], 256);
  const piece = headed(board, dataAt, 5);
  for (let round = 0; round < 257; round++) {
    for (let count = 0; count < 256; count++) transmit.offer([piece]);
    board.ring(1);
    for (let count = 0; count < 256; count++) assert.notEqual(transmit.take(), undefined);
  }
  assert.deepEqual([sent.length, board.status & Status.needsReset], [257 * 256, 0]);
});

const first = 0x1_4000;
const table = { at: dataAt, bytes: 16 } as const;
const unread = [
  { at: dataAt, bytes: 4, isWritten: true },
  { at: dataAt, bytes: 4 },
] as const;

const brokenSplit: Readonly<Record<string, (queue: SplitDriver) => void>> = {
  'a head beyond its table': (queue) => queue.offerHead(8),
  'a chain that leads beyond its table': (queue) => {
    queue.describe(first, { at: dataAt, bytes: 13 }, 1, 8);
    queue.offerHead(0);
  },
  'a chain without an end': (queue) => {
    queue.describe(first, { at: dataAt, bytes: 13 }, 1, 0);
    queue.offerHead(0);
  },
  'what is read behind what is written': (queue) => void queue.offer(unread),
  'more buffers than it has places': (queue) => {
    for (let count = 0; count < 9; count++) queue.offerHead(0);
  },
  'a table of part of a descriptor': (queue) => {
    queue.describe(first, { at: dataAt, bytes: 20 }, 4);
    queue.offerHead(0);
  },
  'a table of nothing': (queue) => {
    queue.describe(first, { at: dataAt, bytes: 0 }, 4);
    queue.offerHead(0);
  },
  'a table in another': (queue) => {
    queue.describe(dataAt, table, 4);
    queue.describe(first, table, 4);
    queue.offerHead(0);
  },
  'a table that more follows': (queue) => {
    queue.describe(first, table, 5, 1);
    queue.offerHead(0);
  },
  'a table without an end': (queue) => {
    queue.describe(dataAt, { at: dataAt, bytes: 4 }, 1, 0);
    queue.describe(first, table, 4);
    queue.offerHead(0);
  },
  'a piece where no memory can be': (queue) => void queue.offer([{ at: 2 ** 52, bytes: 16 }]),
};

const brokenPacked: Readonly<Record<string, (queue: PackedDriver) => void>> = {
  'a chain without an end': (queue) => {
    for (let count = 0; count < 8; count++) queue.offerOne({ at: dataAt, bytes: 4 }, 1, 0);
  },
  'what is read behind what is written': (queue) => void queue.offer(unread),
  'a table of part of a descriptor': (queue) => queue.offerOne({ at: dataAt, bytes: 20 }, 4, 0),
  'a table of nothing': (queue) => queue.offerOne({ at: dataAt, bytes: 0 }, 4, 0),
  'a table that more follows': (queue) => queue.offerOne(table, 5, 0),
  'a table behind a piece': (queue) => {
    queue.offerOne({ at: dataAt, bytes: 4 }, 1, 0);
    queue.offerOne(table, 4, 0);
  },
  'a larger table than there may be': (queue) => queue.offerOne({ at: dataAt, bytes: 16 * 1025 }, 4, 0),
  'a table where no memory can be': (queue) => queue.offerOne({ at: 2 ** 52, bytes: 16 }, 4, 0),
};

/** Spoils a queue of eight. */
const refused = (features: readonly number[], spoil: (board: VirtioBoard) => void): void => {
  const { board, sent } = stage();
  board.negotiate([...features, Feature.indirect]);
  board.set(0x10, 0, 2);
  spoil(board);
  board.begin();
  board.ring(1);
  assert.equal(board.status & Status.needsReset, Status.needsReset);
  assert.deepEqual(board.messages, [{ at: 0xfee0_0000, data: 0 }]);
  board.ring(1);
  assert.equal(sent.length, 0);
  board.negotiate();
  const again = board.queue(1, 8);
  board.begin();
  again.send(headed(board, dataAt, 1));
  assert.equal(sent.length, 1);
};

for (const [name, spoil] of Object.entries(brokenSplit)) {
  test(`a driver that gives a split queue ${name} is told to reset the device, and nothing goes on until then`, () =>
    refused([], (board) => spoil(board.splitQueue(1, 8))));
}

for (const [name, spoil] of Object.entries(brokenPacked)) {
  test(`a driver that gives a packed queue ${name} is told to reset the device, and nothing goes on until then`, () =>
    refused([Feature.packed], (board) => spoil(board.packedQueue(1, 8))));
}
