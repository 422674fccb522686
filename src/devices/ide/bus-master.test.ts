import assert from 'node:assert/strict';
import { test } from 'node:test';
import { busMaster, IdeBoard } from '../stage/ide-board.ts';
import { MemoryDisk } from '../stage/index.ts';

test('a read goes to where the table says, once it is started', () => {
  const board = new IdeBoard();
  board.command(0xc8, { count: 3, low: 7 });
  assert.equal(board.isInterrupting, false);
  board.move(true, [
    [0x4000, 700],
    [0x8000, 836],
  ]);
  assert.equal(board.isInterrupting, true);
  assert.equal(board.ports.read(busMaster + 2, 1), 4);
  assert.equal(board.status, 0x50);
  assert.equal(board.ports.read(busMaster + 2, 1), 4);
  assert.deepEqual(
    [board.ram.view.getUint32(0x4000, true), board.ram.view.getUint32(0x4200, true), board.ram.view.getUint32(0x8000 + 1024 - 700, true)],
    [7, 8, 9],
  );
  assert.equal(board.ram.bytes[0x8000 + 836], 0);
  board.ports.write(busMaster + 2, 4, 1);
  assert.equal(board.ports.read(busMaster + 2, 1), 0);
});

test('a command that comes after the start begins then', () => {
  const board = new IdeBoard();
  board.move(true, [[0x4000, 512]]);
  assert.equal(board.ports.read(busMaster + 2, 1), 1);
  board.command(0xc8, { count: 1, low: 9 });
  assert.equal(board.ports.read(busMaster + 2, 1), 4);
  assert.equal(board.ram.view.getUint32(0x4000, true), 9);
});

test('what is written comes from memory, 64 KiB where the table says 0', () => {
  const disk = new MemoryDisk(0x20_0000);
  const board = new IdeBoard(disk);
  board.ram.bytes.fill(0xab, 0x2_0000, 0x3_0000);
  board.command(0xca, { count: 128, low: 1 });
  board.move(false, [[0x2_0000, 0]]);
  assert.equal(board.status, 0x50);
  assert.deepEqual([disk.bytes[511], disk.bytes[512], disk.bytes[129 * 512 - 1], disk.bytes[129 * 512]], [0, 0xab, 0xab, 0]);
});

test('a disk that has a use for it is told what isn’t wanted any more, in ranges that memory has', () => {
  const told: (readonly number[])[] = [];
  const disk = Object.assign(new MemoryDisk(0x20_0000), { discard: (at: number, bytes: number) => told.push([at, bytes]) < 4 });
  const board = new IdeBoard(disk);
  const trim = (ranges: readonly (readonly [first: number, count: number])[], feature = 1, count = 1): number => {
    board.ports.write(busMaster, 0, 1);
    board.ram.bytes.fill(0, 0x4000, 0x4200);
    for (const [index, [first, sectors]] of ranges.entries()) {
      board.ram.view.setUint32(0x4000 + 8 * index, first, true);
      board.ram.view.setUint32(0x4004 + 8 * index, sectors * 0x1_0000, true);
    }
    // The upper half of the count goes first.
    board.ports.write(0x1f2, 0, 1);
    board.command(0x06, { feature, count });
    if ((board.status & 1) === 0) board.move(false, [[0x4000, 512 * count]]);
    return board.status;
  };
  board.command(0xec);
  const words = new DataView(board.in(512).buffer);
  assert.deepEqual([words.getUint16(2 * 105, true), words.getUint16(2 * 169, true)], [8, 1]);
  assert.equal(
    trim([
      [8, 16],
      [0, 0],
      [100, 1],
    ]),
    0x50,
  );
  assert.deepEqual(told, [
    [8 * 512, 16 * 512],
    [100 * 512, 512],
  ]);
  // Another thing to be done with data sets, more ranges than were told, and one that ends behind the end.
  assert.deepEqual([trim([], 0), trim([], 1, 9), trim([[4095, 2]])], [0x51, 0x51, 0x51]);
  assert.equal(told.length, 2);
  // A disk that fails.
  assert.deepEqual([trim([[8, 1]]), trim([[8, 1]])], [0x50, 0x51]);
  const other = new IdeBoard();
  other.command(0x06, { feature: 1, count: 1 });
  assert.equal(other.status, 0x51);
});

test('a table with too little room leaves the device waiting, and one with more stays active', () => {
  const board = new IdeBoard();
  board.command(0xc8, { count: 2 });
  board.move(true, [[0x4000, 512]]);
  assert.equal(board.ports.read(busMaster + 2, 1), 0);
  assert.equal(board.isInterrupting, false);
  board.command(0xc8, { count: 1 });
  board.ports.write(busMaster, 0, 1);
  board.move(true, [[0x4000, 1024]]);
  assert.equal(board.ports.read(busMaster + 2, 1), 5);
  assert.equal(board.isInterrupting, true);
  board.ports.write(busMaster, 0, 1);
  assert.equal(board.ports.read(busMaster + 2, 1), 4);
});

test('a table without end is left where 64 KiB of it are through', () => {
  const board = new IdeBoard();
  board.command(0xc8, { count: 0 });
  board.ports.write(busMaster + 4, 0xe_0000, 4);
  // Entries of zeros are 64 KiB at address 0 each.
  board.ports.write(busMaster, 9, 1);
  assert.equal(board.status, 0x50);
});

test('nothing moves while the function may not be master', () => {
  const board = new IdeBoard();
  board.writeConfig(1, 1, 4, 1, 2);
  board.command(0xc8, { count: 1 });
  board.move(true, [[0x4000, 512]]);
  assert.equal(board.isInterrupting, false);
});

test('a sector that cannot be read ends the command with its error', () => {
  const disk = new MemoryDisk(0x20_0000);
  disk.bad.add(5);
  const board = new IdeBoard(disk);
  board.command(0xc8, { count: 8 });
  board.move(true, [[0x4000, 4096]]);
  assert.equal(board.isInterrupting, true);
  assert.deepEqual([board.status, board.ports.read(0x1f1, 1), board.ports.read(0x1f3, 1)], [0x51, 0x40, 5]);
});

test('a saved function goes on in another one', () => {
  const board = new IdeBoard();
  board.command(0xc8, { count: 1, low: 6 });
  const other = new IdeBoard();
  other.ide.load(board.ide.save());
  other.ide.channels[0].load(board.ide.channels[0].save());
  other.move(true, [[0x4000, 512]]);
  assert.equal(other.ram.view.getUint32(0x4000, true), 6);
});
