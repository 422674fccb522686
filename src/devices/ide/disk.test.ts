import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IdeBoard } from '../stage/ide-board.ts';
import { MemoryDisk } from '../stage/index.ts';

const numberOf = (sector: Uint8Array, at = 0): number => new DataView(sector.buffer).getUint32(at, true);
const words = (bytes: Uint8Array): Uint16Array => new Uint16Array(bytes.buffer);
const text = (bytes: Uint8Array, from: number, count: number): string =>
  Array.from({ length: count }, (_, index) => String.fromCharCode(bytes[2 * from + (index ^ 1)] ?? 0))
    .join('')
    .trimEnd();

test('IDENTIFY tells the size, the geometry and what can be done', () => {
  const board = new IdeBoard();
  board.command(0xec);
  assert.equal(board.isInterrupting, true);
  assert.equal(board.status, 0x58);
  assert.equal(board.isInterrupting, false);
  const bytes = board.in(512);
  assert.equal(board.status, 0x50);
  const id = words(bytes);
  assert.equal(text(bytes, 27, 40), 'TEST DISK');
  assert.equal(text(bytes, 10, 20), '42');
  assert.deepEqual([id[1], id[3], id[6], id[47], id[60], id[61], id[100]], [4, 16, 63, 0x8010, 4096, 0, 4096]);
  assert.equal((id[83] ?? 0) & 0x7400, 0x7400);
});

test('a sector is named by LBA of 28 bits, of 48 bits, or cylinder, head and sector', () => {
  const board = new IdeBoard();
  board.command(0x20, { count: 1, low: 0x34, mid: 0x02 });
  assert.equal(numberOf(board.in(512)), 0x234);
  // The upper halves are written first.
  for (const [register, value] of [
    [0x1f2, 0],
    [0x1f3, 0],
    [0x1f4, 0],
    [0x1f5, 0],
  ] as const)
    board.ports.write(register, value, 1);
  board.command(0x24, { count: 1, low: 0x35, mid: 0x02 });
  assert.equal(numberOf(board.in(512)), 0x235);
  board.command(0x20, { count: 1, low: 5, mid: 1, device: 0xa2 });
  assert.equal(numberOf(board.in(512)), (16 + 2) * 63 + 4);
});

test('what a guest sets as geometry is how it names sectors', () => {
  const board = new IdeBoard();
  board.command(0x91, { count: 17, device: 0xa3 });
  board.command(0x20, { count: 1, low: 1, mid: 2, device: 0xa1 });
  assert.equal(numberOf(board.in(512)), (2 * 4 + 1) * 17);
  board.command(0x20, { count: 1, low: 18, device: 0xa0 });
  assert.equal(board.status, 0x51);
  board.command(0xec);
  const id = words(board.in(512));
  assert.deepEqual([id[55], id[56]], [4, 17]);
});

test('several sectors interrupt once each, or once a block of READ MULTIPLE', () => {
  const board = new IdeBoard();
  const before = board.irqs[14]?.rises ?? 0;
  board.command(0x20, { count: 3, low: 7 });
  for (const sector of [7, 8, 9]) {
    assert.equal(board.status, 0x58);
    assert.equal(numberOf(board.in(512)), sector);
  }
  assert.equal((board.irqs[14]?.rises ?? 0) - before, 3);
  assert.equal(board.status, 0x50);
  board.command(0xc4, { count: 3 });
  assert.deepEqual([board.status, board.ports.read(0x1f1, 1)], [0x51, 4]);
  board.command(0xc6, { count: 2 });
  board.status;
  const rises = board.irqs[14]?.rises ?? 0;
  board.command(0xc4, { count: 3, low: 7 });
  board.status;
  assert.equal(numberOf(board.in(1024), 512), 8);
  board.status;
  assert.equal(numberOf(board.in(512)), 9);
  assert.equal((board.irqs[14]?.rises ?? 0) - rises, 2);
});

test('what is written is there, is told of once a block, and lasts once the cache is flushed', () => {
  const disk = new MemoryDisk(0x20_0000);
  const board = new IdeBoard(disk);
  board.command(0x30, { count: 2, low: 3 });
  assert.equal(board.isInterrupting, false);
  assert.equal(board.status, 0x58);
  board.out(new Uint8Array(512).fill(1));
  assert.equal(board.isInterrupting, true);
  assert.equal(board.status, 0x58);
  board.out(new Uint8Array(512).fill(2));
  assert.equal(board.isInterrupting, true);
  assert.equal(board.status, 0x50);
  assert.deepEqual([disk.bytes[3 * 512], disk.bytes[5 * 512 - 1], disk.bytes[5 * 512]], [1, 2, 0]);
  assert.equal(disk.flushes, 0);
  board.command(0xe7);
  assert.equal(disk.flushes, 1);
  board.command(0xef, { feature: 0x82 });
  board.command(0x30, { count: 1 });
  board.out(new Uint8Array(512));
  assert.equal(disk.flushes, 2);
});

test('a sector that cannot be read is named, and what is beyond the disk isn’t found', () => {
  const disk = new MemoryDisk(0x20_0000).number();
  disk.bad.add(9);
  const board = new IdeBoard(disk);
  board.command(0xc6, { count: 8 });
  board.command(0xc4, { count: 8, low: 4 });
  assert.equal(board.status, 0x51);
  assert.deepEqual([board.ports.read(0x1f1, 1), board.ports.read(0x1f3, 1)], [0x40, 9]);
  board.command(0x20, { count: 2, low: 0xff, mid: 0x0f });
  assert.equal(board.status, 0x51);
  assert.equal(board.ports.read(0x1f1, 1), 0x10);
  board.command(0x40, { count: 10, low: 0 });
  assert.equal(board.status, 0x51);
});

test('a disk that is read-only refuses to be written, and what isn’t known is refused', () => {
  const board = new IdeBoard(new MemoryDisk(0x10_0000, true));
  for (const command of [0x30, 0xca, 0xb0, 0x06, 0xa0, 0xa1]) {
    board.command(command, { count: 1 });
    assert.deepEqual([board.status, board.ports.read(0x1f1, 1)], [0x51, 4], command.toString(16));
  }
});

test('power, features and the native size are answered', () => {
  const board = new IdeBoard();
  for (const command of [0xe0, 0xe1, 0x95, 0x10, 0x70, 0xe7, 0xea]) {
    board.command(command);
    assert.equal(board.status, 0x50, command.toString(16));
  }
  board.command(0xe5);
  assert.equal(board.ports.read(0x1f2, 1), 0xff);
  board.command(0xf8);
  assert.deepEqual([board.ports.read(0x1f3, 1), board.ports.read(0x1f4, 1)], [0xff, 0x0f]);
  board.command(0xef, { feature: 3, count: 0x45 });
  board.command(0xec);
  assert.equal(words(board.in(512))[88], 0x203f);
  board.command(0xef, { feature: 3, count: 0x47 });
  assert.equal(board.status, 0x51);
});

test('a reset and diagnostics leave what tells a disk from a CD drive', () => {
  const board = new IdeBoard();
  const signature = (): number[] => [0x1f1, 0x1f2, 0x1f3, 0x1f4, 0x1f5, 0x1f6].map((at) => board.ports.read(at, 1));
  board.command(0x20, { count: 4 });
  board.ports.write(0x3f6, 4, 1);
  assert.equal(board.ports.read(0x3f6, 1), 0x80);
  board.ports.write(0x3f6, 0, 1);
  assert.equal(board.status, 0x50);
  assert.deepEqual(signature(), [1, 1, 1, 0, 0, 0xa0]);
  board.ports.write(0x1f6, 0xb0, 1);
  assert.equal(board.status, 0);
  assert.deepEqual(signature(), [1, 1, 1, 0x14, 0xeb, 0xb0]);
  board.command(0x90, { device: 0xb0 });
  assert.equal(board.isInterrupting, true);
  assert.equal(board.status, 0x50);
  assert.equal(board.ports.read(0x1f6, 1), 0xa0);
});

test('nothing on a channel reads as 0, and a device that isn’t there has no status', () => {
  const board = new IdeBoard();
  board.ports.write(0x172, 0x55, 1);
  assert.equal(board.ports.read(0x172, 1), 0);
  assert.equal(board.ports.read(0x177, 1), 0);
  board.ports.write(0x177, 0xec, 1);
  assert.equal(board.irqs[15]?.isHigh, false);
});

test('interrupts that are switched off are there when they are switched on', () => {
  const board = new IdeBoard();
  board.ports.write(0x3f6, 2, 1);
  board.command(0xe7);
  assert.equal(board.isInterrupting, false);
  board.ports.write(0x3f6, 0, 1);
  assert.equal(board.isInterrupting, true);
  // The other status register doesn't acknowledge.
  assert.equal(board.ports.read(0x3f6, 1), 0x50);
  assert.equal(board.isInterrupting, true);
});

test('the upper halves of what was written are read by a bit of device control', () => {
  const board = new IdeBoard();
  board.ports.write(0x1f3, 0x12, 1);
  board.ports.write(0x1f3, 0x34, 1);
  board.ports.write(0x3f6, 0x80, 1);
  assert.equal(board.ports.read(0x1f3, 1), 0x12);
  board.ports.write(0x1f2, 0, 1);
  assert.equal(board.ports.read(0x1f3, 1), 0x34);
});

test('a saved channel goes on in another one, in the middle of a sector', () => {
  const board = new IdeBoard();
  board.command(0x20, { count: 2, low: 7 });
  board.in(256);
  const other = new IdeBoard();
  const [one, another] = [board.ide.channels[0], other.ide.channels[0]];
  another.load(one.save());
  assert.equal(other.isInterrupting, true);
  other.in(256);
  assert.equal(numberOf(other.in(512)), 8);
});
