import assert from 'node:assert/strict';
import { test } from 'node:test';
import { madeQcow2, opened } from '../stage/images.ts';
import { MemoryFile } from '../stage/memory-file.ts';

const image = madeQcow2({ sizeBytes: 2 ** 30, backing: { name: 'base', format: 'raw' } }).bytes.slice();
const others = { base: new MemoryFile() };

/** With a field of 32 or 64 bits changed. */
const changed = (at: number, value: number | bigint): MemoryFile => {
  const bytes = image.slice();
  const view = new DataView(bytes.buffer);
  if (typeof value === 'bigint') view.setBigUint64(at, value);
  else view.setUint32(at, value);
  return new MemoryFile(bytes);
};

test('whatever a header says is compared with limits and with the file', () => {
  for (const [at, value, why] of [
    [4, 1, /it is qcow2 of version 1; 2 and 3 are known/],
    [20, 8, /its clusters have 2 \*\* 8 bytes/],
    [20, 22, /its clusters have 2 \*\* 22 bytes/],
    [32, 1, /it is encrypted/],
    [16, 1024, /its backing file’s name has 1024 bytes/],
    [8, 2n ** 63n, /the place of its backing file’s name is 9223372036854775808/],
    [24, 2n ** 60n, /the size of its disk is 1152921504606846976/],
    [24, 2n ** 40n, /its L1 table has 2 entries, and a disk of 1099511627776 bytes wants 2048/],
    [36, 2 ** 23, /its L1 table has 8388608 entries/],
    [40, 0n, /its L1 table is at 0, which is no cluster’s beginning/],
    [40, 65_537n, /its L1 table is at 65537/],
    [40, 2n ** 40n, /its L1 table ends at 1099511627792, behind the end of the file/],
    [48, 2n ** 40n, /its refcount table ends at/],
    [56, 0, /its refcount table has 0 clusters/],
    [56, 1000, /its refcount table has 1000 clusters/],
    [60, 65_537, /it has 65537 snapshots/],
    [60, 1, /its table of snapshots is at 0/],
    [72, 4n, /it has an external data file/],
    [72, 16n, /it has extended L2 entries/],
    [72, 64n, /it has a feature that isn’t known: bit 6/],
    [72, 8n, /its header says two things of how it is compressed/],
    [96, 7, /its refcounts have 2 \*\* 7 bits/],
    [100, 8, /its header has 8 bytes/],
    [100, 70_000, /its header has 70000 bytes/],
    [108, 70_000, /a header extension at 104 has 70000 bytes/],
  ] as const)
    assert.throws(() => opened(changed(at, value), {}, others), why, `${at} ${value}`);
  assert.throws(() => opened(new MemoryFile(image.subarray(0, 60))), /its header is cut off after 60 bytes/);
});

test('a feature that isn’t known is told by the name that the image has for it', () => {
  const file = changed(72, 2n ** 40n);
  const names = new Uint8Array(56);
  new DataView(names.buffer).setUint32(0, 0x6803_f857);
  new DataView(names.buffer).setUint32(4, 48);
  names.set([0, 40, ...Array.from('a wonder', (letter) => letter.charCodeAt(0))], 8);
  file.write(104, names);
  assert.throws(() => opened(file, {}, others), /a feature that isn’t known: "a wonder"/);
});

test('tables that lie over one another are never written', () => {
  // The first block of refcounts is said to be where the L1 table is.
  const table = new DataView(image.buffer).getBigUint64(48);
  const file = changed(Number(table), 65_536n);
  assert.throws(() => opened(file, {}, others), /its tables lie over one another at cluster 1/);
  assert.ok(opened(file, { isReadOnly: true }, others).read(0, new Uint8Array(512)));
});
