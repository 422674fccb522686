import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createQcow2 } from './index.ts';
import { imageFile, madeQcow2, opened } from './stage/images.ts';
import { MemoryFile } from './stage/memory-file.ts';

const sector = (text: string): Uint8Array => {
  const made = new Uint8Array(512);
  made.set(Array.from(text, (letter) => letter.charCodeAt(0)));
  return made;
};

test('a raw image that nobody called raw never becomes one of another format', () => {
  const file = new MemoryFile(new Uint8Array(4096));
  const guessed = opened(file);
  for (const begin of ['QFI\xfb', 'KDMV', '# Disk DescriptorFile', 'conectix']) assert.equal(guessed.write(0, sector(begin)), false, begin);
  assert.equal(guessed.write(0, new Uint8Array([...sector('x'), ...new Uint8Array(3072), ...sector('conectix')])), false);
  assert.ok(guessed.write(512, sector('QFI\xfb')));
  assert.ok(opened(file, { format: 'raw' }).write(0, sector('QFI\xfb')));
  assert.throws(() => opened(file), /it is qcow2 of version 0/);
  const raw = opened(file, { format: 'raw', isReadOnly: true });
  assert.ok(raw.read(0, new Uint8Array(512)) && !raw.write(0, sector('')) && !raw.discard(0, 512));
});

test('what is discarded of a raw image is a hole in its file', () => {
  const file = new MemoryFile(new Uint8Array(4096).fill(1));
  assert.ok(opened(file).discard(512, 1024));
  assert.equal(file.bytes.indexOf(0), 512);
  assert.equal(file.bytes.lastIndexOf(0), 1535);
});

test('images stand on one another, but not on themselves, nor for ever', () => {
  const layer = (name: string, format = 'qcow2'): MemoryFile => madeQcow2({ sizeBytes: 65_536, backing: { name, format } });
  const base = new MemoryFile(new Uint8Array(512).fill(9));
  const disk = opened(layer('one'), {}, { one: layer('two'), two: layer('base', 'raw'), base });
  const read = new Uint8Array(1024);
  assert.ok(disk.read(0, read));
  // A shorter one is followed by zeros.
  assert.deepEqual([read[0], read[511], read[512]], [9, 9, 0]);
  assert.throws(() => opened(layer('one'), {}, { one: layer('two'), two: layer('one') }), /its backing file "one" stands on it/);
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`${index}`, layer(`${index + 1}`)]));
  assert.throws(() => opened(layer('0'), {}, many), /it stands on more than 32 images/);
  assert.throws(() => opened(layer('one', 'vdi'), {}, { one: base }), /its backing file "one" is of the format "vdi"/);
  assert.throws(() => opened(layer('one'), {}, { one: base }), /of its backing file "one": it doesn’t begin as qcow2 does/);
});

test('what is below is only read', () => {
  const base = new MemoryFile(new Uint8Array(65_536).fill(9));
  const before = base.bytes.slice();
  const disk = opened(madeQcow2({ sizeBytes: 65_536, backing: { name: 'base', format: 'raw' } }), {}, { base });
  assert.ok(disk.write(512, new Uint8Array(512).fill(1)) && disk.discard(0, 65_536) && disk.close());
  assert.deepEqual(base.bytes, before);
});

test('only qcow2 has snapshots, and none that it hasn’t', () => {
  assert.throws(() => opened(new MemoryFile(new Uint8Array(512)), { snapshot: 'x' }), /it is raw and has no snapshots/);
  assert.throws(() => opened(madeQcow2({ sizeBytes: 512 }), { snapshot: 'x' }), /it has no snapshot "x"$/);
});

test('a file that fails is a medium error, and no flush after one that failed is believed', () => {
  const file = madeQcow2({ sizeBytes: 2 ** 20 });
  let broken: 'write' | 'flush' | undefined;
  const failing = {
    get sizeBytes() {
      return file.sizeBytes;
    },
    read: (at: number, into: Uint8Array) => file.read(at, into),
    write: (at: number, from: Uint8Array) => broken !== 'write' && file.write(at, from),
    flush: () => broken !== 'flush',
  };
  const disk = opened(imageFile(failing).file);
  broken = 'write';
  assert.equal(disk.write(0, new Uint8Array(512)), false);
  broken = undefined;
  assert.ok(disk.write(0, new Uint8Array(512).fill(5)) && disk.flush());
  broken = 'flush';
  assert.ok(disk.write(0, new Uint8Array(512)));
  assert.equal(disk.flush(), false);
  broken = undefined;
  assert.equal(disk.flush(), false);
});

test('what can’t be made is refused by what it is', () => {
  for (const [choice, why] of [
    [{ sizeBytes: 1000 }, /a disk of 1000 bytes/],
    [{ sizeBytes: 512, clusterBytes: 1000 }, /clusters of 1000 bytes/],
    [{ sizeBytes: 512, version: 2, refcountBits: 8 }, /refcounts of 8 bits/],
    [{ sizeBytes: 2 ** 40, clusterBytes: 512 }, /a disk of 1099511627776 bytes is too large for clusters of 512/],
    [{ sizeBytes: 512, backing: { name: 'x'.repeat(1024), format: 'raw' } }, /a backing file can't be called/],
    [{ sizeBytes: 512, clusterBytes: 512, backing: { name: 'x'.repeat(500), format: 'raw' } }, /has no room in 512 bytes/],
  ] as const)
    assert.throws(
      () => createQcow2(new MemoryFile(), choice),
      (error) => error instanceof RangeError && why.test(error.message),
    );
});
