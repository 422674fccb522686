import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataAt, Feature, VirtioBoard } from '../stage/virtio-board.ts';
import type { Piece } from '../stage/virtio-driver.ts';
import { VirtioNet } from './net/net.ts';

/** The driver's side of a card whose cable keeps what it is given. */
const stage = () => {
  const board = new VirtioBoard();
  const sent: number[][] = [];
  const make = (on: VirtioBoard) =>
    new VirtioNet({ slot: on.slot, mac: new Uint8Array(6), cable: { transmit: (frame) => void sent.push([...frame]) } });
  const card = make(board);
  board.place();
  return { board, sent, card, make };
};

const running = (features: readonly number[] = []) => {
  const { board, ...more } = stage();
  board.message(3);
  board.negotiate(features);
  const [receive, transmit] = [board.queue(0, 8), board.queue(1, 8)];
  board.begin();
  return { board, ...more, receive, transmit };
};

const headed = (board: VirtioBoard, at: number, byte: number): Piece => board.put(at, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, byte);

test('capabilities lead to every structure of a device', () => {
  const { board } = stage();
  const kinds = new Map<number, [region: number, offset: number, length: number]>();
  for (let at = board.config(0x34, 1); at !== 0; at = board.config(at + 1, 1)) {
    if (board.config(at, 1) !== 9) continue;
    kinds.set(board.config(at + 3, 1), [board.config(at + 4, 1), board.config(at + 8, 4), board.config(at + 12, 4)]);
  }
  assert.deepEqual(Object.fromEntries(kinds), {
    1: [0, 0, 0x40],
    2: [0, 0x3000, 8],
    3: [0, 0x1000, 1],
    4: [0, 0x2000, 12],
    5: [0, 0, 0],
  });
});

test('features that are not offered, or too old a device, are not OK', () => {
  const { board } = stage();
  assert.ok(board.features.has(Feature.version1));
  assert.ok(!board.features.has(2));
  assert.equal(board.negotiate(), 11);
  assert.equal(board.negotiate([2]), 3);
  board.status = 0;
  board.accept([Feature.indirect]);
  board.status = 11;
  assert.equal(board.status, 3);
  board.negotiate([Feature.indirect]);
  board.accept([2]);
  board.set(8, 0, 4);
  assert.equal(board.get(0xc, 4), 1 << Feature.indirect);
});

test('a queue is as large and where its driver says, until it is enabled', () => {
  const { board } = stage();
  board.negotiate();
  assert.equal(board.get(0x12, 2), 2);
  board.set(0x16, 1, 2);
  assert.deepEqual([board.get(0x18, 2), board.get(0x1c, 2), board.get(0x1e, 2)], [256, 0, 1]);
  for (const size of [0, 512, 7]) board.set(0x18, size, 2);
  assert.equal(board.get(0x18, 2), 256);
  board.set(0x18, 64, 2);
  board.set(0x1a, 2, 2);
  board.set(0x20, 0x1234_5670, 4);
  board.set(0x34, 0xffff_ffff, 4);
  board.set(0x1c, 1, 2);
  assert.equal(board.get(0x1c, 2), 0);
  board.set(0x34, 1, 4);
  board.set(0x1c, 1, 2);
  board.set(0x18, 8, 2);
  board.set(0x20, 0, 4);
  assert.deepEqual([board.get(0x18, 2), board.get(0x1a, 2), board.get(0x1c, 2)], [64, 2, 1]);
  assert.deepEqual([board.get(0x20, 4), board.get(0x34, 4), board.get(0x21, 1)], [0x1234_5670, 1, 0x56]);
  board.set(0x1a, 3, 2);
  assert.equal(board.get(0x1a, 2), 0xffff);
  board.set(0x16, 2, 2);
  assert.deepEqual([board.get(0x18, 2), board.get(0x1a, 2)], [0, 0xffff]);
});

test('a reset leaves nothing of what the driver has said', () => {
  const { board } = running();
  board.status = 0;
  assert.equal(board.status, 0);
  board.set(0x16, 0, 2);
  assert.deepEqual([board.get(0x1c, 2), board.get(0x18, 2), board.get(0x10, 2)], [0, 256, 0xffff]);
  assert.equal(board.get(0xc, 4), 0);
});

test('what was made available before the driver was ready is looked at then', () => {
  const { board, sent } = stage();
  board.negotiate();
  board.queue(1, 8).send(headed(board, dataAt, 7));
  assert.equal(sent.length, 0);
  board.begin();
  assert.deepEqual(sent, [[7]]);
});

test('a driver is told by the pin where it has no messages, until it looks why', () => {
  const { board, sent } = stage();
  board.setConfig(0x3c, 11, 1);
  board.writeConfig(1, 0, 0x62, 11, 1);
  board.negotiate();
  const transmit = board.queue(1, 8);
  board.begin();
  transmit.send(headed(board, dataAt, 7));
  assert.deepEqual([sent.length, board.irqs.some(({ isHigh }) => isHigh)], [1, true]);
  assert.equal(board.isr, 1);
  assert.ok(!board.irqs.some(({ isHigh }) => isHigh));
  assert.equal(board.isr, 0);
});

test('one queue is reset and enabled again, while the others go on', () => {
  const { board, sent, transmit } = running([Feature.ringReset]);
  transmit.send(headed(board, dataAt, 1));
  board.set(0x16, 1, 2);
  board.set(0x3a, 1, 2);
  assert.deepEqual([board.get(0x3a, 2), board.get(0x1c, 2), board.get(0x18, 2)], [0, 0, 256]);
  transmit.send(headed(board, dataAt, 2));
  assert.equal(sent.length, 1);
  const again = board.queue(1, 4);
  again.send(headed(board, dataAt, 3));
  assert.deepEqual(sent, [[1], [3]]);
});

test('structures are reached by a window in configuration space, too', () => {
  const { board } = stage();
  const access = (offset: number, length: number): void => {
    board.setConfig(0x98, offset, 4);
    board.setConfig(0x9c, length, 4);
  };
  access(0x14, 1);
  board.setConfig(0xa0, 3, 1);
  assert.equal(board.status, 3);
  assert.equal(board.config(0xa0, 1), 3);
  access(0x12, 2);
  assert.equal(board.config(0xa0, 2), 2);
  access(0x8000, 4);
  assert.equal(board.config(0xa0, 2), 2);
});

test('a saved device goes on in another one', () => {
  const { board, sent, card, make, transmit } = running([Feature.eventIndex]);
  transmit.send(headed(board, dataAt, 1));
  const other = new VirtioBoard();
  const its = make(other);
  other.ram.bytes.set(board.ram.bytes);
  its.load(card.save());
  transmit.offer([headed(board, dataAt, 2)]);
  other.ram.bytes.set(board.ram.bytes);
  other.ring(1);
  assert.deepEqual(sent, [[1], [2]]);
  const bytes = card.save();
  bytes[2] = 0;
  assert.throws(() => its.load(bytes), /config: /);
});
