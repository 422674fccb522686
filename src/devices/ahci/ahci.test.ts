import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AhciBoard, lba48, place } from '../stage/ahci-board.ts';
import { MemoryDisk } from '../stage/index.ts';

const { list, received } = place;
const [data, more] = [0x4_0000, 0x6_0000];

const stage = (disk = new MemoryDisk(0x20_0000).number()) => ({ board: new AhciBoard(disk), disk });

test('the controller and its ports tell what is there', () => {
  const { board } = stage();
  assert.deepEqual([board.readConfig(4, 0, 0, 4), board.readConfig(4, 0, 8, 4)], [0x2922_8086, 0x0106_0102]);
  assert.deepEqual([board.get(0) & 0x1f, (board.get(0) >>> 8) & 0x1f, board.get(0x0c), board.get(0x10)], [5, 31, 0x3f, 0x1_0301]);
  assert.deepEqual(
    [0, 1, 2].map((port) => board.getPort(port, 0x28)),
    [0x113, 0x113, 0],
  );
  assert.deepEqual(
    [0, 1, 2].map((port) => board.getPort(port, 0x24)),
    [0x101, 0xeb14_0101, 0xffff_ffff],
  );
  assert.deepEqual(
    [0, 2].map((port) => board.getPort(port, 0x20)),
    [0x150, 0x7f],
  );
});

test('a read goes to all of its regions, and interrupts', () => {
  const { board } = stage();
  board.writeConfig(1, 0, 0x63, 11, 1);
  board.put(0, 3, lba48(0x25, 100, 20), [
    [data, 700],
    [more, 20 * 512 - 700],
  ]);
  board.setPort(0, 0x38, 8);
  assert.deepEqual([board.getPort(0, 0x38), board.getPort(0, 0x10), board.get(8)], [0, 1, 1]);
  assert.equal(board.irqs[11]?.isHigh, true);
  assert.deepEqual(
    [board.ram.view.getUint32(data, true), board.ram.view.getUint32(data + 512, true), board.ram.view.getUint32(more + 1024 - 700, true)],
    [100, 101, 102],
  );
  assert.equal(board.ram.view.getUint32(list + 3 * 32 + 4, true), 20 * 512);
  assert.deepEqual([...board.ram.bytes.subarray(received + 0x40, received + 0x44)], [0x34, 0x40, 0x50, 0]);
  board.setPort(0, 0x10, 1);
  board.set(8, 1);
  assert.equal(board.irqs[11]?.isHigh, false);
});

test('data of commands without DMA moves alike, and its end is told as that of PIO', () => {
  const { board } = stage();
  board.put(0, 0, [0xec, 0, 0, 0, 0, 0], [[data, 512]]);
  board.setPort(0, 0x38, 1);
  assert.equal(board.ram.view.getUint16(data + 120, true), 4096);
  assert.equal(board.getPort(0, 0x10), 2);
  assert.deepEqual([board.ram.bytes[received + 0x20], board.ram.bytes[received + 0x2f]], [0x5f, 0x50]);
});

test('what is written is on the disk, and lasts when that is flushed', () => {
  const { board, disk } = stage();
  board.ram.bytes.fill(0x5a, data, data + 1024);
  board.put(0, 0, lba48(0x35, 7, 2), [[data, 1024]], 0x40);
  board.put(0, 1, [0xea, 0, 0, 0, 0, 0], []);
  board.setPort(0, 0x38, 3);
  assert.deepEqual([disk.bytes[7 * 512 - 512], disk.bytes[7 * 512], disk.bytes[9 * 512 - 1], disk.bytes[9 * 512]], [6, 0x5a, 0x5a, 9]);
  assert.equal(disk.flushes, 1);
});

test('packets reach a CD drive', () => {
  const { board } = stage();
  board.drive.insert(new MemoryDisk(400 * 2048, true).number(2048));
  board.packet([0x00], []);
  assert.deepEqual([board.getPort(1, 0x10), board.getPort(1, 0x20)], [0x4000_0001, 0x6051]);
  board.setPort(1, 0x18, 0x10);
  board.setPort(1, 0x18, 0x11);
  board.packet([0x28, 0, 0, 0, 0, 9, 0, 0, 2], [[data, 4096]]);
  assert.deepEqual([board.ram.view.getUint32(data, true), board.ram.view.getUint32(data + 2048, true)], [9, 10]);
  assert.equal(board.getPort(1, 0x20), 0x50);
});

test('a command that went wrong holds those behind it until the port is started anew', () => {
  const { board, disk } = stage();
  disk.bad.add(5);
  board.put(0, 0, lba48(0x25, 4, 4), [[data, 2048]]);
  board.put(0, 1, lba48(0x25, 50, 1), [[more, 512]]);
  board.setPort(0, 0x38, 3);
  assert.deepEqual([board.getPort(0, 0x38), board.getPort(0, 0x10), board.getPort(0, 0x20)], [3, 0x4000_0001, 0x4051]);
  assert.equal(board.ram.view.getUint32(more, true), 0);
  board.setPort(0, 0x18, 0x10);
  assert.equal(board.getPort(0, 0x38), 0);
  board.setPort(0, 0x18, 0x11);
  board.setPort(0, 0x38, 2);
  assert.equal(board.ram.view.getUint32(more, true), 50);
});

test('a port that is reset has its signature again, and tells that something came', () => {
  const { board } = stage();
  board.put(0, 0, lba48(0x25, 4, 1), [[data, 512]]);
  board.setPort(0, 0x38, 1);
  board.setPort(0, 0x2c, 1);
  assert.equal(board.getPort(0, 0x28), 0);
  board.setPort(0, 0x2c, 0);
  assert.deepEqual([board.getPort(0, 0x28), board.getPort(0, 0x24), board.getPort(0, 0x30)], [0x113, 0x101, 0x400_0000]);
  assert.equal(board.getPort(0, 0x10) & 0x40, 0x40);
});

test('an interrupt is a message where those are on', () => {
  const { board } = stage();
  board.writeConfig(4, 0, 0x84, 0xfee0_0000, 4);
  board.writeConfig(4, 0, 0x8c, 0x51, 2);
  board.writeConfig(4, 0, 0x82, 1, 2);
  board.put(0, 0, lba48(0x25, 4, 1), [[data, 512]]);
  board.setPort(0, 0x38, 1);
  assert.deepEqual(board.messages, [{ at: 0xfee0_0000, data: 0x51 }]);
});

test('nothing is taken by a port that isn’t started, nor by a controller that may not be master', () => {
  const { board } = stage();
  board.setPort(0, 0x18, 0x10);
  board.put(0, 0, lba48(0x25, 4, 1), [[data, 512]]);
  board.setPort(0, 0x38, 1);
  assert.equal(board.getPort(0, 0x38), 0);
  board.writeConfig(4, 0, 4, 2, 2);
  board.setPort(0, 0x18, 0x11);
  board.setPort(0, 0x38, 1);
  assert.equal(board.ram.view.getUint32(data, true), 0);
});

test('a saved controller goes on in another one', () => {
  const { board } = stage();
  board.put(0, 0, lba48(0x25, 4, 1), [[data, 512]]);
  const other = stage().board;
  other.set(4, 0x8000_0001);
  other.ram.bytes.set(board.ram.bytes);
  other.ahci.load(board.ahci.save());
  other.setPort(0, 0x38, 1);
  assert.equal(other.ram.view.getUint32(data, true), 4);
});
