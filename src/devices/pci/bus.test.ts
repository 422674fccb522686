import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PciBoard } from '../stage/pci-board.ts';
import { Card } from '../stage/pci-card.ts';

const stage = () => {
  const board = new PciBoard();
  const card = new Card(board.bus.slot(3));
  const read = (at: number, bytes: 1 | 2 | 4 = 4) => board.readConfig(3, 0, at, bytes);
  const write = (at: number, value: number, bytes: 1 | 2 | 4 = 4) => board.writeConfig(3, 0, at, value, bytes);
  return { board, card, read, write };
};

test('a function tells what it is, and an empty slot is all ones', () => {
  const { board, read } = stage();
  assert.equal(read(0), 0x5678_1234);
  assert.equal(read(8), 0xff00_0009);
  assert.equal(read(0x0e, 1), 0);
  assert.equal(read(0x2c), 0x1100_1af4);
  assert.equal(read(0x3d, 1), 1);
  assert.equal(board.readConfig(4, 0, 0, 4), 0xffff_ffff);
  assert.equal(board.readConfig(3, 1, 0, 2), 0xffff);
});

test('what cannot be written stays, and the error bits of the status are cleared by ones', () => {
  const { read, write } = stage();
  write(0, 0);
  write(4, 0xffff_ffff);
  assert.equal(read(0), 0x5678_1234);
  assert.equal(read(4), 0x0210_0547);
});

test('a region tells its size when all ones are written, and that moves nothing', () => {
  const { board, read, write } = stage();
  write(4, 3, 2);
  for (const at of [0x10, 0x14, 0x18, 0x1c, 0x30]) write(at, 0xffff_ffff);
  assert.deepEqual(
    [0x10, 0x14, 0x18, 0x1c, 0x20, 0x30].map((at) => read(at)),
    [0xffff_fff1, 0xffff_f000, 0xffff_f00c, 0xffff_ffff, 0, 0xffff_f801],
  );
  assert.equal(board.addresses.has(0xffff_f000), false);
  assert.equal(board.ports.has(0xfff0), false);
});

test('regions are where their registers say while the command enables them, and go when they move', () => {
  const { board, write } = stage();
  write(0x10, 0xc001);
  write(0x14, 0xe000_0000);
  write(0x30, 0xe100_0001);
  assert.equal(board.ports.has(0xc000), false);
  write(4, 1, 2);
  assert.equal(board.ports.read(0xc008, 1), 0);
  assert.equal(board.addresses.has(0xe000_0000), false);
  write(4, 3, 2);
  assert.equal(board.addresses.read(0xe000_0ffc, 4), 1);
  assert.equal(board.addresses.read(0xe100_0000, 4), 6);
  write(0x14, 0xe200_0000);
  assert.deepEqual([board.addresses.has(0xe000_0000), board.addresses.has(0xe200_0000)], [false, true]);
  write(4, 0, 2);
  assert.deepEqual([board.addresses.has(0xe200_0000), board.ports.has(0xc000)], [false, false]);
});

test('a region of 64 bits lies above 4 GiB', () => {
  const { board, write } = stage();
  write(0x18, 0x4000_0000);
  write(0x1c, 0x12);
  write(4, 2, 2);
  assert.equal(board.addresses.has(0x12_4000_0fff), true);
  write(0x1c, 0x10_0000);
  assert.equal(board.addresses.has(0x12_4000_0fff), false);
});

test('of regions that overlap the first function’s is there, and the other comes when that goes', () => {
  const { board, write } = stage();
  new Card(board.bus.slot(2));
  write(0x14, 0xe000_0000);
  write(4, 2, 2);
  board.writeConfig(2, 0, 0x30, 0xe000_0801, 4);
  board.writeConfig(2, 0, 4, 2, 2);
  assert.deepEqual([board.addresses.read(0xe000_0800, 1), board.addresses.has(0xe000_0000)], [6, false]);
  board.writeConfig(2, 0, 4, 0, 2);
  assert.equal(board.addresses.read(0xe000_0800, 1), 1);
});

test('what is on the board lies before what a guest puts there', () => {
  const { board, write } = stage();
  write(0x10, 0x0cf1);
  write(4, 1, 2);
  assert.equal(board.readConfig(3, 0, 0, 2), 0x1234);
});

test('pins go to the lines that the bridge routes them to, which they share', () => {
  const { board, card, read, write } = stage();
  const other = new Card(board.bus.slot(7));
  // Slot 3, INTA#, is PIRQC.
  board.writeConfig(1, 0, 0x62, 11, 1);
  card.pull(true);
  other.pull(true);
  assert.equal(board.irqs[11]?.isHigh, true);
  assert.equal(read(6, 2) & 8, 8);
  card.pull(false);
  assert.equal(board.irqs[11]?.isHigh, true);
  board.writeConfig(1, 0, 0x62, 5, 1);
  assert.deepEqual([board.irqs[11]?.isHigh, board.irqs[5]?.isHigh], [false, true]);
  other.pull(false);
  assert.equal(board.irqs[5]?.isHigh, false);
  card.pull(true);
  write(4, 0x400, 2);
  assert.equal(board.irqs[5]?.isHigh, false);
  board.writeConfig(1, 0, 0x62, 0x80, 1);
  write(4, 0, 2);
  assert.equal(board.irqs[0]?.isHigh, false);
});

test('a message goes where it is told while it is on and the function may be master', () => {
  const { board, card, read, write } = stage();
  assert.equal(read(0x34, 1), 0x40);
  assert.equal(read(0x40, 2), 0x5005);
  write(0x44, 0xfee0_1000);
  write(0x4c, 0x41, 2);
  write(0x42, 1, 2);
  card.message();
  assert.deepEqual(board.messages, []);
  write(4, 4, 2);
  card.message();
  assert.deepEqual(board.messages, [{ at: 0xfee0_1000, data: 0x41 }]);
});

test('a masked message waits until its mask goes', () => {
  const { board, card, read, write } = stage();
  assert.equal(read(0x50), 0x0002_0011);
  write(0x18, 0xe000_0000);
  write(4, 6, 2);
  write(0x52, 0x8000, 2);
  const table = 0xe000_0010;
  board.addresses.write(table, 0xfee0_0003, 4);
  board.addresses.write(table + 8, 0x51, 4);
  assert.equal(board.addresses.read(table + 12, 4), 1);
  card.raise(1);
  assert.deepEqual(board.messages, []);
  assert.equal(board.addresses.read(0xe000_0800, 4), 2);
  board.addresses.write(table + 12, 0, 4);
  assert.deepEqual(board.messages, [{ at: 0xfee0_0000, data: 0x51 }]);
  assert.equal(board.addresses.read(0xe000_0800, 4), 0);
  write(0x52, 0xc000, 2);
  card.raise(1);
  assert.equal(board.messages.length, 1);
  write(0x52, 0x8000, 2);
  assert.equal(board.messages.length, 2);
});

test('a slot that is emptied answers nothing, pulls nothing, shows what lay beneath, and takes another card', () => {
  const { board, card, write } = stage();
  const other = new Card(board.bus.slot(4));
  // Slot 3, INTA#, is PIRQC.
  board.writeConfig(1, 0, 0x62, 11, 1);
  write(0x14, 0xe000_0000);
  write(0x10, 0xc001);
  write(4, 3, 2);
  board.writeConfig(4, 0, 0x30, 0xe000_0001, 4);
  board.writeConfig(4, 0, 4, 2, 2);
  card.pull(true);
  assert.deepEqual([board.irqs[11]?.isHigh, board.addresses.read(0xe000_0000, 1)], [true, 1]);
  board.bus.empty(3);
  assert.deepEqual([board.irqs[11]?.isHigh, board.addresses.read(0xe000_0000, 1), board.ports.has(0xc000)], [false, 6, false]);
  assert.equal(board.readConfig(3, 0, 0, 4), 0xffff_ffff);
  const next = new Card(board.bus.slot(3));
  assert.equal(board.readConfig(3, 0, 0, 4), 0x5678_1234);
  next.pull(true);
  assert.equal(board.irqs[11]?.isHigh, true);
  other.pull(false);
});

test('a saved function is where it was in another one, and another’s configuration is refused', () => {
  const { card, write } = stage();
  write(0x14, 0xe000_0000);
  write(4, 2, 2);
  const other = stage();
  other.card.load(card.save());
  assert.equal(other.board.addresses.read(0xe000_0000, 4), 1);
  const bytes = card.save();
  bytes[0] = 0x35;
  assert.throws(() => other.card.load(bytes), /config: 53 isn't what register 0 can hold/);
  other.card.reset('bus');
  assert.equal(other.board.addresses.has(0xe000_0000), false);
});
