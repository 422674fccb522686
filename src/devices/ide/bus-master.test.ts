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
