import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryDisk } from '../stage/index.ts';
import { entries, NvmeBoard } from '../stage/nvme-board.ts';

const [data, more, list] = [0x4_0000, 0x5_0000, 0x6_0000];

const stage = (disk = new MemoryDisk(0x20_0000).number()) => {
  const board = new NvmeBoard(disk);
  board.enable();
  return { board, disk };
};

/** With a pair of queues. */
const running = (disk?: MemoryDisk) => {
  const { board, disk: its } = stage(disk);
  assert.deepEqual(board.pair(1, 1), [0, 0]);
  return { board, disk: its };
};

const read = (first: number, count: number, prp1 = data, prp2 = 0) => ({ prp1, prp2, words: [first, 0, count - 1] });
const text = (board: NvmeBoard, at: number, count: number): string =>
  String.fromCharCode(...board.ram.bytes.subarray(at, at + count)).trimEnd();

test('a controller is ready once it is enabled, and not with what it cannot begin with', () => {
  const board = new NvmeBoard();
  assert.equal(board.readConfig(3, 0, 8, 4), 0x0108_0202);
  assert.deepEqual([board.get(0) & 0xffff, board.get(0) >>> 24, board.get(4) & 0xf0_0020, board.get(8)], [1023, 15, 0x20, 0x1_0400]);
  assert.equal(board.get(0x1c), 0);
  board.set(0x14, 0x46_0001);
  assert.equal(board.get(0x1c), 2);
  board.set(0x14, 0);
  assert.equal(board.get(0x1c), 0);
  board.enable();
  assert.equal(board.get(0x1c), 1);
  board.set(0x14, 0x46_4001);
  assert.equal(board.get(0x1c), 9);
});

test('IDENTIFY tells of controller, namespace and which there are', () => {
  const { board } = stage();
  assert.equal(board.command(0, 0x06, { namespace: 0, prp1: data, words: [1] })?.status, 0);
  assert.deepEqual([text(board, data + 24, 40), text(board, data + 4, 20)], ['TEST NVME', '44']);
  assert.deepEqual([board.ram.bytes[data + 512], board.ram.bytes[data + 513], board.ram.bytes[data + 516]], [0x66, 0x44, 1]);
  assert.equal(board.command(0, 0x06, { prp1: data, words: [0] })?.status, 0);
  assert.deepEqual([board.ram.view.getUint32(data, true), board.ram.bytes[data + 130]], [4096, 9]);
  assert.equal(board.command(0, 0x06, { namespace: 0, prp1: data, words: [2] })?.status, 0);
  assert.deepEqual([board.ram.view.getUint32(data, true), board.ram.view.getUint32(data + 4, true)], [1, 0]);
  assert.equal(board.command(0, 0x06, { prp1: data, words: [3] })?.status, 0);
  assert.deepEqual([...board.ram.bytes.subarray(data, data + 4)], [1, 8, 0, 0]);
  assert.equal(board.command(0, 0x06, { namespace: 2, prp1: data, words: [0] })?.status, 0x0b);
  assert.equal(board.command(0, 0x06, { prp1: data, words: [0x1c] })?.status, 0x02);
});

test('sectors are read and written, through pages in any order and lists of them', () => {
  const { board, disk } = running();
  assert.equal(board.command(1, 0x02, read(7, 2))?.status, 0);
  assert.deepEqual([board.ram.view.getUint32(data, true), board.ram.view.getUint32(data + 512, true)], [7, 8]);
  assert.equal(board.command(1, 0x02, read(100, 8, data + 0xe00, more))?.status, 0);
  assert.deepEqual([board.ram.view.getUint32(data + 0xe00, true), board.ram.view.getUint32(more, true)], [100, 101]);
  for (const [index, page] of [0x9_0000, 0x8_0000, 0x7_0000].entries()) board.ram.view.setBigUint64(list + 8 * index, BigInt(page), true);
  assert.equal(board.command(1, 0x02, read(200, 32, data, list))?.status, 0);
  assert.deepEqual([board.ram.view.getUint32(0x9_0000, true), board.ram.view.getUint32(0x7_0000, true)], [208, 224]);
  board.ram.bytes.fill(0xcd, data, data + 512);
  assert.equal(board.command(1, 0x01, read(300, 1))?.status, 0);
  assert.deepEqual([disk.bytes[299 * 512], disk.bytes[300 * 512], disk.bytes[301 * 512 - 1], disk.bytes[301 * 512]], [43, 0xcd, 0xcd, 45]);
  assert.equal(disk.flushes, 0);
  assert.equal(board.command(1, 0x01, { prp1: data, words: [300, 0, 0x4000_0000] })?.status, 0);
  assert.equal(board.command(1, 0x00, { namespace: 0xffff_ffff })?.status, 0);
  assert.equal(disk.flushes, 2);
});

test('a list goes on in another page where it ends, and that is a whole one', () => {
  const { board } = running();
  // One entry is left of the first page of the list, which names the next.
  board.ram.view.setBigUint64(list + 0xff8, 0xa_0000n, true);
  for (let page = 0; page < 3; page++) board.ram.view.setBigUint64(0xa_0000 + 8 * page, BigInt(0xb_0000 + 0x1000 * page), true);
  assert.equal(board.command(1, 0x02, read(0, 32, data, list + 0xff8))?.status, 0);
  assert.equal(board.ram.view.getUint32(0xb_2000, true), 24);
  board.ram.view.setBigUint64(list + 0xff8, BigInt(list + 0xff8), true);
  assert.equal(board.command(1, 0x02, read(0, 32, data, list + 0xff8))?.status, 0x13);
});

test('what isn’t as it must be is told', () => {
  const disk = new MemoryDisk(0x20_0000);
  disk.bad.add(9);
  const { board } = running(disk);
  assert.equal(board.command(1, 0x02, read(4095, 2))?.status, 0x80);
  assert.equal(board.command(1, 0x02, read(9, 1))?.status, 0x281);
  assert.equal(board.command(1, 0x01, read(9, 1))?.status, 0x280);
  assert.equal(board.command(1, 0x02, { ...read(0, 1), namespace: 2 })?.status, 0x0b);
  assert.equal(board.command(1, 0x02, read(0, 1, data + 2))?.status, 0x13);
  assert.equal(board.command(1, 0x02, read(0, 16, data, more + 8))?.status, 0x13);
  assert.equal(board.command(1, 0x02, read(0, 1025))?.status, 0x02);
  assert.equal(board.command(1, 0x7f, {})?.status, 0x01);
  assert.equal(board.command(0, 0x7f, {})?.status, 0x01);
  const other = running(new MemoryDisk(0x1_0000, true)).board;
  assert.equal(other.command(1, 0x01, read(0, 1))?.status, 0x20);
});

test('zeros are written without data, and hints about ranges are taken where those are', () => {
  const { board, disk } = running();
  assert.equal(board.command(1, 0x08, { words: [10, 0, 1023] })?.status, 0);
  assert.deepEqual([disk.bytes[9 * 512], disk.bytes[10 * 512], disk.bytes[1033 * 512], disk.bytes[1034 * 512]], [9, 0, 0, 1034 & 0xff]);
  board.ram.view.setUint32(data + 4, 8, true);
  board.ram.view.setBigUint64(data + 8, 4088n, true);
  assert.equal(board.command(1, 0x09, { prp1: data, words: [0, 4] })?.status, 0);
  board.ram.view.setBigUint64(data + 8, 4089n, true);
  assert.equal(board.command(1, 0x09, { prp1: data, words: [0, 4] })?.status, 0x80);
});

test('a disk is told what isn’t wanted any more, and of no other hint', () => {
  const told: (readonly number[])[] = [];
  const disk = Object.assign(new MemoryDisk(0x1_0000), { discard: (at: number, bytes: number) => told.push([at, bytes]) < 3 });
  const { board } = running(disk);
  for (const [at, count, first] of [
    [data, 8, 16],
    [data + 16, 0, 3],
    [data + 32, 1, 127],
  ] as const) {
    board.ram.view.setUint32(at + 4, count, true);
    board.ram.view.setBigUint64(at + 8, BigInt(first), true);
  }
  assert.equal(board.command(1, 0x09, { prp1: data, words: [2, 3] })?.status, 0);
  assert.deepEqual(told, []);
  assert.equal(board.command(1, 0x09, { prp1: data, words: [2, 4] })?.status, 0);
  assert.deepEqual(told, [
    [16 * 512, 8 * 512],
    [127 * 512, 512],
  ]);
  // One that can't tells so: a write fault.
  assert.equal(board.command(1, 0x09, { prp1: data, words: [0, 4] })?.status, 0x280);
});

test('queues are made and go in their order, and are refused with a reason', () => {
  const { board } = stage();
  const make = (id: number, words: number, vector = 1, at = data) =>
    board.command(0, 0x05, { prp1: at, words: [(words << 16) | id, (vector << 16) | 3] })?.status;
  assert.deepEqual(
    [make(0, 7), make(17, 7), make(1, 0), make(1, 1024), make(1, 7, 17), make(1, 7, 1, data + 8)],
    [0x101, 0x101, 0x102, 0x102, 0x108, 0x13],
  );
  assert.equal(board.command(0, 0x01, { prp1: data, words: [(7 << 16) | 1, (1 << 16) | 1] })?.status, 0x100);
  assert.deepEqual(board.pair(1), [0, 0]);
  assert.deepEqual(board.pair(1), [0x101, 0x101]);
  assert.equal(board.command(0, 0x04, { words: [1] })?.status, 0x10c);
  assert.equal(board.command(0, 0x00, { words: [1] })?.status, 0);
  assert.equal(board.command(0, 0x04, { words: [1] })?.status, 0);
  assert.equal(board.command(0, 0x00, { words: [1] })?.status, 0x101);
});

test('commands wait where there is no room to tell what became of them', () => {
  const { board } = running();
  for (let count = 0; count < entries - 1; count++) board.put(1, 0x02, read(count, 1));
  board.ring(1);
  for (let count = 0; count < 3; count++) board.put(1, 0x02, read(count, 1, more));
  board.ring(1);
  assert.equal(board.ram.view.getUint32(more, true), 0);
  for (let count = 0; count < entries - 1 + 3; count++) assert.equal(board.take(1)?.status, 0);
  assert.equal(board.take(1), undefined);
  assert.equal(board.ram.view.getUint32(more, true), 2);
});

test('a completion interrupts by a message, once for all that came together', () => {
  const { board } = running();
  board.writeConfig(3, 0, 0x42, 0x8000, 2);
  const entry = 0xe000_2010;
  board.addresses.write(entry, 0xfee0_0000, 4);
  board.addresses.write(entry + 8, 0x61, 4);
  board.addresses.write(entry + 12, 0, 4);
  for (let count = 0; count < 3; count++) board.put(1, 0x02, read(count, 1));
  board.ring(1);
  assert.deepEqual(board.messages, [{ at: 0xfee0_0000, data: 0x61 }]);
});

test('without messages the pin is pulled until the completion is looked at, unless it is masked', () => {
  const { board } = running();
  board.writeConfig(1, 0, 0x62, 11, 1);
  board.put(1, 0x00, {});
  board.ring(1);
  assert.equal(board.irqs[11]?.isHigh, true);
  board.set(0x0c, 2);
  assert.equal(board.irqs[11]?.isHigh, false);
  board.set(0x10, 2);
  assert.equal(board.irqs[11]?.isHigh, true);
  board.take(1);
  assert.equal(board.irqs[11]?.isHigh, false);
});

test('an event completes a command that waits for it, and its kind is told again once its page was read', () => {
  const { board } = stage();
  const awaiting = board.put(0, 0x0c, {});
  board.ring(0);
  assert.equal(board.take(0), undefined);
  board.set(0x1000 + 8 * 5, 1);
  const told = board.take(0);
  assert.deepEqual([told?.id, told?.status, told?.result], [awaiting, 0, 0x01_0000]);
  board.put(0, 0x0c, {});
  board.ring(0);
  board.set(0x1000 + 8 * 5, 1);
  assert.equal(board.take(0), undefined);
  board.put(0, 0x02, { prp1: data, words: [0x000f_0001] });
  board.ring(0);
  assert.deepEqual([board.take(0)?.result, board.take(0)?.status], [0x01_0000, 0]);
});

test('a command that waits is aborted, and what is through isn’t', () => {
  const { board } = stage();
  const awaiting = board.put(0, 0x0c, {});
  board.ring(0);
  board.put(0, 0x08, { words: [awaiting << 16] });
  board.ring(0);
  const [first, second] = [board.take(0), board.take(0)];
  assert.deepEqual([first?.id, first?.status, second?.result], [awaiting, 0x07, 0]);
  assert.equal(board.command(0, 0x08, { words: [awaiting << 16] })?.result, 1);
  for (let count = 0; count < 4; count++) board.put(0, 0x0c, {});
  board.ring(0);
  assert.equal(board.command(0, 0x0c, {})?.status, 0x105);
});

test('features are what was set, and what they are by default', () => {
  const { board } = stage();
  assert.equal(board.command(0, 0x09, { words: [7, 0x3f_003f] })?.result, 0x0f_000f);
  assert.equal(board.command(0, 0x0a, { words: [6] })?.result, 1);
  assert.equal(board.command(0, 0x09, { words: [6, 0] })?.status, 0);
  assert.equal(board.command(0, 0x0a, { words: [6] })?.result, 0);
  assert.equal(board.command(0, 0x0a, { words: [0x106] })?.result, 1);
  assert.equal(board.command(0, 0x0a, { words: [0x306] })?.result, 4);
  assert.equal(board.command(0, 0x09, { words: [0x8000_0006, 0] })?.status, 0x10d);
  assert.equal(board.command(0, 0x09, { words: [0x7e] })?.status, 0x02);
  assert.equal(board.command(0, 0x09, { words: [0x0b, 0x100] })?.status, 0);
  assert.equal(board.command(0, 0x0a, { words: [0x0b] })?.result, 0x100);
  assert.equal(board.command(0, 0x02, { prp1: data, words: [0x007f_0002] })?.status, 0);
  assert.deepEqual([board.ram.view.getUint16(data + 1, true), board.ram.bytes[data + 3]], [298, 100]);
  assert.equal(board.command(0, 0x02, { prp1: data, words: [0x007f_0055] })?.status, 0x109);
});

test('nothing is left of queues when a controller is disabled', () => {
  const { board } = running();
  board.set(0x14, 0x46_0000);
  assert.equal(board.get(0x1c), 0);
  board.put(1, 0x02, read(7, 1));
  board.ring(1);
  assert.equal(board.ram.view.getUint32(data, true), 0);
});

test('a saved controller goes on in another one', () => {
  const { board } = running();
  board.put(1, 0x02, read(9, 1));
  const other = new NvmeBoard(new MemoryDisk(0x20_0000).number());
  other.ram.bytes.set(board.ram.bytes);
  other.nvme.load(board.nvme.save());
  other.set(0x1008, 1);
  assert.equal(other.ram.view.getUint32(data, true), 9);
  const bytes = board.nvme.save();
  bytes[2] = 0;
  assert.throws(() => other.nvme.load(bytes), /config: /);
});
