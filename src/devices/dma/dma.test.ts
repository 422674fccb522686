import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Line } from '../../machine/index.ts';
import { Ram } from '../stage/index.ts';
import { Dma } from './dma.ts';

/** A disk that has bytes to give, and keeps those it takes. */
const stage = (channel = 2) => {
  const memory = new Ram(0x40_0000);
  const dma = new Dma({ memory });
  const disk = { has: [] as number[], took: [] as number[], ends: 0, room: Number.POSITIVE_INFINITY };
  const request: Line = dma.attach(channel, {
    take: (bytes) => {
      const count = Math.min(bytes.length, disk.room);
      disk.took.push(...bytes.subarray(0, count));
      disk.room -= count;
      if (disk.room === 0) request.set(false);
      return count;
    },
    give: (into) => {
      const given = disk.has.splice(0, into.length);
      into.set(given);
      if (disk.has.length === 0) request.set(false);
      return given.length;
    },
    end: () => {
      disk.ends++;
      request.set(false);
    },
  });
  // As firmware leaves it: channel 4 is open, in cascade mode.
  dma.high.write(0x16, 0xc0);
  dma.high.write(0x14, 0x00);
  /** As a floppy's driver does it. */
  const program = (mode: number, page: number, address: number, count: number): void => {
    dma.low.write(10, 0x06);
    dma.low.write(12, 0);
    dma.low.write(11, mode);
    for (const half of [address & 0xff, address >> 8]) dma.low.write(4, half);
    for (const half of [count & 0xff, count >> 8]) dma.low.write(5, half);
    dma.pages.write(0, page);
    dma.low.write(10, 0x02);
  };
  return { memory, dma, disk, request, program };
};

test('a sector goes to memory, and its end is told', () => {
  const { memory, dma, disk, request, program } = stage();
  program(0x46, 0x12, 0x3400, 511);
  disk.has = Array.from({ length: 600 }, (_, index) => index & 0xff);
  request.set(true);
  assert.deepEqual(
    [...memory.bytes.subarray(0x12_3400, 0x12_3600)],
    Array.from({ length: 512 }, (_, index) => index & 0xff),
  );
  assert.equal(memory.bytes[0x12_3600], 0);
  assert.equal(disk.ends, 1);
  assert.equal(dma.low.read(8), 0x04);
  assert.equal(dma.low.read(8), 0x00);
  // It is masked until it is programmed anew.
  assert.equal(dma.low.read(15), 0xff);
  dma.low.write(12, 0);
  assert.deepEqual([dma.low.read(5), dma.low.read(5)], [0xff, 0xff]);
});

test('memory goes to a device as far as it takes it, and further when it asks again', () => {
  const { memory, disk, request, program } = stage();
  memory.bytes.set([1, 2, 3, 4, 5], 0x2_0000);
  program(0x4a, 0x02, 0, 4);
  disk.room = 2;
  request.set(true);
  assert.deepEqual(disk.took, [1, 2]);
  disk.room = 10;
  request.set(true);
  assert.deepEqual(disk.took, [1, 2, 3, 4, 5]);
  assert.equal(disk.ends, 1);
});

test('with automatic start it begins again and again', () => {
  const { memory, disk, request, program } = stage();
  memory.bytes.set([7, 8, 9], 0x100);
  program(0x5a, 0, 0x100, 2);
  for (let round = 0; round < 3; round++) request.set(true);
  assert.deepEqual(disk.took, [7, 8, 9, 7, 8, 9, 7, 8, 9]);
});

test('an address wraps in its page', () => {
  const { memory, disk, request, program } = stage();
  program(0x46, 0x01, 0xfffe, 3);
  disk.has = [1, 2, 3, 4];
  request.set(true);
  assert.deepEqual([...memory.bytes.subarray(0x1_fffe, 0x2_0000), ...memory.bytes.subarray(0x1_0000, 0x1_0002)], [1, 2, 3, 4]);
});

test('downwards, and a verification that leaves memory alone', () => {
  const { memory, disk, request, program } = stage();
  program(0x66, 0, 0x203, 3);
  disk.has = [1, 2, 3, 4];
  request.set(true);
  assert.deepEqual([...memory.bytes.subarray(0x200, 0x204)], [4, 3, 2, 1]);
  program(0x42, 0, 0x300, 3);
  disk.has = [1, 2, 3, 4];
  request.set(true);
  assert.equal(memory.bytes[0x300], 0);
  assert.equal(disk.ends, 2);
});

test('channel 5 moves words, at even addresses', () => {
  const { memory, dma, disk, request } = stage(5);
  dma.high.write(0x14, 0x05);
  dma.high.write(0x18, 0);
  dma.high.write(0x16, 0x49);
  for (const half of [0x00, 0x10]) dma.high.write(0x04, half);
  for (const half of [0x01, 0x00]) dma.high.write(0x06, half);
  dma.pages.write(10, 0x13);
  memory.bytes.set([1, 2, 3, 4, 5], 0x12_2000);
  dma.high.write(0x14, 0x01);
  request.set(true);
  assert.deepEqual(disk.took, [1, 2, 3, 4]);
});

test('what is masked or switched off waits', () => {
  const { dma, disk, request, program } = stage();
  program(0x4a, 0, 0, 0);
  dma.low.write(8, 0x04);
  request.set(true);
  assert.deepEqual(disk.took, []);
  assert.equal(dma.low.read(8), 0x40);
  dma.high.write(0x14, 0x04);
  dma.low.write(8, 0x00);
  assert.deepEqual(disk.took, []);
  dma.high.write(0x14, 0x00);
  assert.equal(disk.took.length, 1);
});

test('a saved pair goes on in another one', () => {
  const one = stage();
  one.program(0x4a, 0x02, 0, 1);
  one.disk.room = 1;
  one.request.set(true);
  const other = stage();
  other.memory.bytes.set([5, 6], 0x2_0000);
  other.dma.load(one.dma.save());
  other.request.set(true);
  assert.deepEqual(other.disk.took, [6]);
});
