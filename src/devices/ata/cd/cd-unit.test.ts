import assert from 'node:assert/strict';
import { test } from 'node:test';
import { busMaster, IdeBoard } from '../../stage/ide-board.ts';
import { MemoryDisk } from '../../stage/index.ts';

/** With a CD of 400 sectors that begin with their numbers, whose coming was noticed. */
const stage = () => {
  const board = new IdeBoard();
  const disk = new MemoryDisk(400 * 2048, true).number(2048);
  board.drive.insert(disk);
  board.packet([0x00]);
  return { board, disk };
};

const sense = (board: IdeBoard): number[] => {
  const bytes = board.packet([0x03, 0, 0, 0, 18]);
  return [bytes[2] ?? 0, bytes[12] ?? 0, bytes[13] ?? 0];
};
const numberOf = (bytes: Uint8Array, at = 0): number => new DataView(bytes.buffer).getUint32(at, true);
const read10 = (lba: number, count: number): number[] => [0x28, 0, 0, 0, lba >> 8, lba & 0xff, 0, 0, count];

test('a CD drive tells what it is, and sends whoever takes it for a disk to its own command', () => {
  const { board } = stage();
  board.command(0xec, { device: 0xb0 });
  assert.equal(board.status, 0x51);
  assert.deepEqual([board.ports.read(0x1f4, 1), board.ports.read(0x1f5, 1), board.ports.read(0x1f6, 1)], [0x14, 0xeb, 0xb0]);
  board.command(0xa1, { device: 0xb0 });
  assert.equal(board.status, 0x58);
  const id = new Uint16Array(board.in(512).buffer);
  assert.equal(id[0], 0x85c0);
  assert.equal(board.status, 0x50);
  assert.equal(board.isInterrupting, false);
});

test('a packet is asked for without an interrupt, its data and its end are told of', () => {
  const { board } = stage();
  board.command(0xa0, { high: 8, device: 0xb0 });
  assert.equal(board.isInterrupting, false);
  assert.deepEqual([board.status, board.ports.read(0x1f2, 1)], [0x58, 1]);
  board.out(Uint8Array.of(...read10(7, 2), 0, 0, 0));
  for (const sector of [7, 8]) {
    assert.equal(board.isInterrupting, true);
    assert.deepEqual([board.status, board.ports.read(0x1f2, 1), board.ports.read(0x1f5, 1)], [0x58, 2, 8]);
    assert.equal(numberOf(board.in(2048)), sector);
  }
  assert.equal(board.isInterrupting, true);
  assert.deepEqual([board.status, board.ports.read(0x1f2, 1)], [0x50, 3]);
});

test('blocks are as large as the guest wants them at most', () => {
  const { board } = stage();
  const first = board.packet(read10(7, 3), 1000);
  assert.equal(first.length, 1000);
  let [all, block] = [first.length, board.block()];
  for (; block.length > 0; block = board.block()) all += block.length;
  assert.equal(all, 3 * 2048);
  assert.equal(board.packet([0x12, 0, 0, 0, 5]).length, 5);
});

test('all is moved by the bus master where the packet says so', () => {
  const { board } = stage();
  board.command(0xa0, { feature: 1, device: 0xb0 });
  board.out(Uint8Array.of(0xa8, 0, 0, 0, 1, 0, 0, 0, 0, 100, 0, 0));
  board.move(true, [
    [0x1_0000, 0],
    [0x2_0000, 0],
    [0x4_0000, 0],
    [0x6_0000, 100 * 2048 - 0x3_0000],
  ]);
  assert.equal(board.isInterrupting, true);
  assert.equal(board.ports.read(busMaster + 2, 1), 4);
  assert.deepEqual([board.status, board.ports.read(0x1f2, 1)], [0x50, 3]);
  assert.deepEqual([board.ram.view.getUint32(0x1_0000, true), board.ram.view.getUint32(0x2_0000, true)], [256, 288]);
});

test('the size and the contents are told', () => {
  const { board } = stage();
  assert.deepEqual([...board.packet([0x25])], [0, 0, 1, 0x8f, 0, 0, 8, 0]);
  assert.deepEqual(
    [...board.packet([0x43, 0, 0, 0, 0, 0, 0, 0, 100])],
    [0, 18, 1, 1, 0, 0x14, 1, 0, 0, 0, 0, 0, 0, 0x14, 0xaa, 0, 0, 0, 1, 0x90],
  );
  assert.deepEqual([...board.packet([0x43, 2, 0, 0, 0, 0, 0xaa, 0, 100])].slice(4), [0, 0x14, 0xaa, 0, 0, 0, 7, 25]);
  assert.deepEqual([...board.packet([0x43, 0, 1, 0, 0, 0, 0, 0, 12])], [0, 10, 1, 1, 0, 0x14, 1, 0, 0, 0, 0, 0]);
  assert.equal(board.packet([0x43, 0, 2, 0, 0, 0, 0, 0, 100]).length, 48);
  assert.equal(board.packet([0x51, 0, 0, 0, 0, 0, 0, 0, 100]).length, 34);
});

test('a configuration says which kind of medium is there', () => {
  const { board } = stage();
  const all = board.packet([0x46, 0, 0, 0, 0, 0, 0, 1, 0]);
  assert.deepEqual([numberOf(all.slice(0, 4).toReversed()), all[7]], [all.length - 4, 8]);
  assert.deepEqual([...board.packet([0x46, 2, 0, 3, 0, 0, 0, 1, 0])].slice(8), [0, 3, 7, 4, 0x29, 0, 0, 0]);
  board.drive.eject();
  assert.equal(board.packet([0x46, 0, 0, 0, 0, 0, 0, 0, 8])[7], 0);
});

test('without a medium commands end with why, and another one is told once', () => {
  const { board } = stage();
  const disk = board.drive.eject();
  assert.equal(board.packet([0x00]).length, 0);
  assert.deepEqual([board.ports.read(0x1f7, 1), board.ports.read(0x1f1, 1)], [0x51, 0x20]);
  assert.deepEqual(sense(board), [2, 0x3a, 1]);
  assert.deepEqual([...board.packet([0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8])].slice(4, 6), [3, 0]);
  if (disk !== undefined) board.drive.insert(disk);
  assert.deepEqual([...board.packet([0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8])].slice(4, 6), [2, 2]);
  assert.deepEqual([...board.packet([0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8])].slice(4, 6), [0, 2]);
  board.packet([0x00]);
  assert.deepEqual(sense(board), [6, 0x28, 0]);
  board.packet([0x00]);
  assert.equal(board.status, 0x50);
  assert.deepEqual(sense(board), [0, 0, 0]);
});

test('a guest ejects what it hasn’t locked', () => {
  const { board } = stage();
  board.packet([0x1e, 0, 0, 0, 1]);
  board.packet([0x1b, 0, 0, 0, 2]);
  assert.deepEqual(sense(board), [5, 0x53, 2]);
  assert.notEqual(board.drive.disk, undefined);
  board.packet([0x1e]);
  board.packet([0x1b, 0, 0, 0, 2]);
  assert.equal(board.drive.disk, undefined);
  board.packet([0x00]);
  assert.deepEqual(sense(board), [2, 0x3a, 2]);
});

test('what isn’t known, what is beyond the end and what cannot be read end with their reasons', () => {
  const { board, disk } = stage();
  board.packet([0x2a]);
  assert.deepEqual(sense(board), [5, 0x20, 0]);
  board.packet(read10(399, 2));
  assert.deepEqual(sense(board), [5, 0x21, 0]);
  board.packet([0x5a, 0, 0x3e, 0, 0, 0, 0, 0, 100]);
  assert.deepEqual(sense(board), [5, 0x24, 0]);
  disk.bad.add(4 * 4);
  board.packet(read10(4, 1));
  assert.deepEqual(sense(board), [3, 0x11, 0]);
});

test('modes tell what the drive can do', () => {
  const { board } = stage();
  const page = board.packet([0x5a, 0, 0x2a, 0, 0, 0, 0, 0, 100]);
  assert.deepEqual([page[1], page[2], page[8], page[9]], [page.length - 2, 1, 0x2a, page.length - 10]);
  assert.equal((page[14] ?? 0) & 0x2b, 0x29);
});

test('a whole sector is read with its address, and codes that detect and correct errors', () => {
  const { board } = stage();
  const sector = board.packet([0xbe, 0, 0, 0, 0, 16, 0, 0, 1, 0xf8]);
  assert.equal(sector.length, 2352);
  assert.deepEqual([...sector.slice(0, 16)], [0, ...Array(10).fill(0xff), 0, 0x00, 0x02, 0x16, 1]);
  assert.equal(numberOf(sector, 16), 16);
  // Each column of P sums to zero in the field, and so do all columns weighted by powers of α.
  const times = (value: number): number => ((value << 1) ^ ((value & 0x80) === 0 ? 0 : 0x11d)) & 0xff;
  for (let column = 0; column < 86; column++) {
    let [sum, weighted] = [0, 0];
    for (let row = 0; row < 26; row++) {
      const byte = sector[12 + column + 86 * row] ?? 0;
      sum ^= byte;
      weighted = times(weighted) ^ byte;
    }
    assert.deepEqual([sum, weighted], [0, 0], `column ${column}`);
  }
  assert.equal(board.packet([0xbe, 0, 0, 0, 0, 16, 0, 0, 2, 0x10]).length, 4096);
  assert.equal(board.packet([0xb9, 0, 0, 0, 2, 16, 0, 2, 17, 0x10]).length, 2048);
});

test('a drive that is reset is there at once, and tells no interrupt', () => {
  const { board } = stage();
  board.command(0xa0, { device: 0xb0 });
  board.ports.write(0x1f7, 0x08, 1);
  assert.equal(board.isInterrupting, false);
  assert.deepEqual([board.ports.read(0x1f4, 1), board.ports.read(0x1f5, 1)], [0x14, 0xeb]);
});
