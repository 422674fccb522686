/** Memory as devices see it: in one piece, and where areas lie beside and over one another. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ram } from '../cpu/index.ts';
import { gpa } from '../machine/index.ts';
import { memoryOf } from './memory.ts';

/** Of 64 KiB; over its fourth page lies one that takes no writes, and behind its end is another one. */
const stage = () => {
  const ram = new Ram([
    { at: 0x3000, bytes: 0x1000, isWritable: false },
    { at: 0, bytes: 0x1_0000, isWritable: true },
    { at: 0x1_0000, bytes: 0x1000, isWritable: true },
  ]);
  const [rom, low, high] = ram.areas.map(({ place }) => place) as [number, number, number];
  const spoilt: (readonly number[])[] = [];
  const spoil = (page: number, from: number, bytes: number): void => void spoilt.push([page, from, bytes]);
  ram.readers.join({ hasCode: (page) => page !== 9, spoil, forbidWriting: () => {}, flush: () => {} });
  return { ram, memory: memoryOf(ram), rom, low, high, spoilt };
};

const bytesOf = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, index) => index * 13 + (index >> 8));

test('several pages are written and read at once, and code in each of them is run as written', () => {
  const { ram, memory, low, spoilt } = stage();
  memory.write(gpa(0x7ff0), bytesOf(0x2020));
  assert.deepEqual(ram.bytes.slice(low + 0x7ff0, low + 0xa010), bytesOf(0x2020));
  assert.deepEqual(spoilt, [
    [7, 0xff0, 0x10],
    [8, 0, 0x1000],
    [10, 0, 0x10],
  ]);
  const read = new Uint8Array(0x2020);
  memory.read(gpa(0x7ff0), read);
  assert.deepEqual(read, bytesOf(0x2020));
});

test('where another area lies over one, each page is what is reached there', () => {
  const { ram, memory, rom, low } = stage();
  ram.bytes.fill(0xee, rom, rom + 0x1000);
  memory.write(gpa(0x2800), bytesOf(0x2000));
  assert.deepEqual(ram.bytes.slice(low + 0x2800, low + 0x4800), bytesOf(0x2000));
  const read = new Uint8Array(0x2000);
  memory.read(gpa(0x2800), read);
  assert.deepEqual([read[0x7ff], read[0x800], read[0x17ff], read[0x1800]], [bytesOf(0x2000)[0x7ff], 0xee, 0xee, bytesOf(0x2000)[0x1800]]);
});

test('what goes from one area to the next is in both, and what goes beyond the last one reads as ones', () => {
  const { ram, memory, low, high } = stage();
  memory.write(gpa(0xf000), bytesOf(0x2800));
  assert.deepEqual(ram.bytes.slice(low + 0xf000, low + 0x1_0000), bytesOf(0x1000));
  assert.deepEqual(ram.bytes.slice(high, high + 0x1000), bytesOf(0x2000).subarray(0x1000));
  const read = new Uint8Array(0x2800);
  memory.read(gpa(0xf000), read);
  assert.deepEqual(read.subarray(0, 0x2000), bytesOf(0x2000));
  assert.deepEqual(new Set(read.subarray(0x2000)), new Set([0xff]));
});
