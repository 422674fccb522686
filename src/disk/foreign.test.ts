import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dynamicVhd, sparseVmdk } from './stage/foreign.ts';
import { opened } from './stage/images.ts';
import { MemoryFile } from './stage/memory-file.ts';

/** The first byte of each sector. */
const firsts = (bytes: Uint8Array): readonly number[] => {
  const disk = opened(new MemoryFile(bytes));
  assert.ok(disk.isReadOnly && !disk.write(0, new Uint8Array(512)));
  const content = new Uint8Array(disk.sizeBytes);
  assert.ok(disk.read(0, content));
  return Array.from({ length: content.length / 512 }, (_, sector) => content[sector * 512] ?? 0);
};

test('a dynamic VHD has the sectors that its bitmaps say, and zeros', () => {
  assert.deepEqual(firsts(dynamicVhd()), [0, 7, ...new Array(14).fill(0)]);
});

test('a differencing VHD is refused, and one that was changed in between', () => {
  assert.throws(() => firsts(dynamicVhd(4)), /it is a differencing VHD/);
  const changed = dynamicVhd();
  changed[512 + 32] = 1;
  assert.throws(() => firsts(changed), /its header has a wrong checksum/);
});

test('a sparse VMDK has grains, zero grains and none', () => {
  assert.deepEqual(firsts(sparseVmdk()), [...new Array(8).fill(0), ...new Array(8).fill(7), ...new Array(16).fill(0)]);
});

test('a VMDK of another kind is refused by its name, and one that stands on another', () => {
  assert.throws(() => firsts(sparseVmdk('twoGbMaxExtentSparse')), /it is a VMDK of the kind "twoGbMaxExtentSparse"/);
  assert.throws(() => firsts(sparseVmdk('monolithicSparse', '12345678')), /it is a VMDK that stands on another one/);
});

test('what leads behind the end of the file is refused, or a medium error', () => {
  for (const [at, value, why] of [
    [56, 1000, /its directory at 512000 ends behind the end/],
    [44, 0, /its tables of grains have 0 entries/],
    [20, 3, /its grains have 3 sectors/],
  ] as const) {
    const bytes = sparseVmdk();
    new DataView(bytes.buffer).setUint32(at, value, true);
    assert.throws(() => opened(new MemoryFile(bytes)), why);
  }
  const lost = sparseVmdk();
  new DataView(lost.buffer).setUint32(3 * 512 + 4, 0x7fff_ffff, true);
  assert.equal(opened(new MemoryFile(lost)).read(4096, new Uint8Array(512)), false);
});
