import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomFrom } from '../../../fuzz/mutation.ts';
import { Exercise } from '../stage/exercise.ts';
import { checkSound, madeQcow2, opened } from '../stage/images.ts';
import { MemoryFile } from '../stage/memory-file.ts';
import { TornFile } from '../stage/torn-file.ts';

const kinds = [
  { version: 2, clusterBytes: 512, refcountBits: 16, isLayer: false },
  { version: 2, clusterBytes: 1024, refcountBits: 16, isLayer: true },
  { version: 3, clusterBytes: 512, refcountBits: 64, isLayer: true },
  { version: 3, clusterBytes: 512, refcountBits: 1, isLayer: false },
  { version: 3, clusterBytes: 4096, refcountBits: 8, isLayer: true },
] as const;

for (const { version, clusterBytes, refcountBits, isLayer } of kinds) {
  const what = `version ${version}, clusters of ${clusterBytes}, refcounts of ${refcountBits} bits, ${isLayer ? 'over another one' : 'alone'}`;
  const sectors = (clusterBytes * 100) / 512;
  // What is below ends in the middle of a cluster.
  const below = Uint32Array.from({ length: isLayer ? sectors * 0.7 : 0 }, (_, sector) => 1 + sector);
  const base = new MemoryFile(new Uint8Array(Uint32Array.from({ length: below.length * 128 }, (_, word) => 1 + (word >> 7)).buffer));
  const exercised = (seed: number) => {
    const made = madeQcow2({
      sizeBytes: sectors * 512,
      version,
      clusterBytes,
      refcountBits,
      ...(isLayer && { backing: { name: 'base', format: 'raw' } }),
    });
    const file = new TornFile(made.bytes);
    const disk = opened(file, {}, { base });
    const before = new Uint32Array(sectors);
    before.set(below);
    const exercise = new Exercise(before);
    const discards = isLayer && version === 2 ? 'never' : 'to zeros';
    const random = randomFrom(seed);
    for (let step = 0; step < 100; step++)
      exercise.step(disk, random, { most: (clusterBytes / 512) * 6, discards, clusterBytes }, () => file.deeds.length);
    return { file, disk, exercise, random };
  };

  test(`all is there, and nothing is lost or left: ${what}`, () => {
    const { file, disk, exercise } = exercised(1);
    exercise.check(disk);
    assert.ok(disk.close());
    const whole = file.killedAfter(file.deeds.length);
    assert.equal(checkSound(whole), 0);
    exercise.check(opened(whole, {}, { base }));
  });

  test(`killed or without power at any point, what was flushed is there and nothing is broken: ${what}`, () => {
    const { file, exercise, random } = exercised(2);
    for (let tries = 0; tries < 15; tries++) {
      const count = random(file.deeds.length + 1);
      for (const after of [file.killedAfter(count), file.tornAfter(count, random)]) {
        checkSound(after);
        exercise.checkAfter(opened(after, {}, { base }), count);
      }
    }
  });
}

test('killed or without power at every single point, what was flushed is there and nothing is broken', () => {
  const file = new TornFile(madeQcow2({ sizeBytes: 60 * 512, clusterBytes: 512 }).bytes);
  const disk = opened(file);
  const exercise = new Exercise(new Uint32Array(60));
  const random = randomFrom(4);
  for (let step = 0; step < 80; step++)
    exercise.step(disk, random, { most: 8, discards: 'to zeros', clusterBytes: 512 }, () => file.deeds.length);
  for (let count = 0; count <= file.deeds.length; count++)
    for (const after of [file.killedAfter(count), file.tornAfter(count, random)]) {
      checkSound(after);
      exercise.checkAfter(opened(after), count);
    }
});

test('a flush asks for as little as it can: nothing where nothing was written, one where tables stay, two where they change', () => {
  const file = madeQcow2({ sizeBytes: 2 ** 20 });
  const disk = opened(file);
  const flushes = (work: () => boolean): number => {
    const before = file.flushes;
    assert.ok(work() && disk.flush());
    return file.flushes - before;
  };
  assert.equal(
    flushes(() => true),
    0,
  );
  assert.equal(
    flushes(() => disk.write(0, new Uint8Array(512))),
    2,
  );
  assert.equal(
    flushes(() => disk.write(512, new Uint8Array(512))),
    1,
  );
});

test('what is discarded is free for others, and its room in the file is given back', () => {
  const file = madeQcow2({ sizeBytes: 2 ** 22, clusterBytes: 4096 });
  const disk = opened(file);
  const [full, empty] = [new Uint8Array(2 ** 20).fill(1), new Uint8Array(2 ** 20)];
  assert.ok(disk.write(0, full) && disk.flush());
  const { sizeBytes } = file;
  assert.ok(disk.discard(0, 2 ** 20) && disk.flush());
  assert.ok(file.bytes.filter((byte) => byte === 1).length < 4096, 'its bytes are there still');
  assert.ok(disk.write(2 ** 20, full) && disk.close());
  assert.equal(file.sizeBytes, sizeBytes);
  assert.ok(disk.read(0, full));
  assert.deepEqual(full, empty);
  assert.equal(checkSound(file), 0);
});

test('refcounts grow with the file, whatever room they had, and are right whenever it ends', () => {
  const file = new TornFile(madeQcow2({ sizeBytes: 2 ** 23, clusterBytes: 512, refcountBits: 64 }).bytes);
  const disk = opened(file);
  for (let at = 0; at < 2 ** 22; at += 2 ** 19) assert.ok(disk.write(at, new Uint8Array(2 ** 19).fill(3)));
  assert.ok(disk.close());
  assert.equal(checkSound(file), 0);
  // The header is written for a larger table alone.
  const growths = [...file.deeds.entries()].filter(([, deed]) => deed !== 'flush' && deed.at === 48);
  assert.ok(growths.length > 0);
  const random = randomFrom(1);
  for (const [deed] of growths)
    for (let count = deed; count < deed + 4; count++) {
      checkSound(file.killedAfter(count));
      checkSound(file.tornAfter(count, random));
    }
});

/** Where the L2 table of an image is that has one. */
const tableIn = (file: MemoryFile): number => {
  const view = new DataView(file.bytes.buffer);
  return Number(view.getBigUint64(Number(view.getBigUint64(40))) & 0x00ff_ffff_ffff_fe00n);
};

test('a table that leads to where a guest’s bytes can’t be is a medium error, and nothing is written there', () => {
  for (const place of [0n, 65_536n, 2n ** 52n, 65_537n + 2n ** 30n]) {
    const file = madeQcow2({ sizeBytes: 2 ** 20 });
    const first = opened(file);
    assert.ok(first.write(0, new Uint8Array(512).fill(1)) && first.close());
    new DataView(file.bytes.buffer).setBigUint64(tableIn(file), place | (1n << 63n) | (place === 0n ? 512n : 0n));
    const before = file.bytes.slice();
    assert.equal(opened(file).write(0, new Uint8Array(512)), false, `${place}`);
    assert.deepEqual(file.bytes, before);
  }
});

test('one that was not closed has its refcounts counted anew before it is written', () => {
  const file = madeQcow2({ sizeBytes: 2 ** 20, clusterBytes: 4096 });
  const disk = opened(file);
  assert.ok(disk.write(0, new Uint8Array(65_536).fill(1)) && disk.close());
  const view = new DataView(file.bytes.buffer);
  const block = Number(view.getBigUint64(Number(view.getBigUint64(48))));
  file.bytes.fill(0, block, block + 4096);
  view.setBigUint64(72, 1n);
  assert.throws(() => checkSound(file), /has the refcount 0/);
  const again = opened(file);
  assert.ok(again.write(65_536, new Uint8Array(4096).fill(2)) && again.close());
  assert.ok(checkSound(file) <= 2, 'more is lost than the table that was');
  assert.equal(new DataView(file.bytes.buffer).getBigUint64(72), 0n);
});

test('one that was not closed and has entries that contradict one another is refused, not counted for ever', () => {
  const broken = (change: (view: DataView, l1: number) => void): MemoryFile => {
    const file = madeQcow2({ sizeBytes: 2 ** 20, clusterBytes: 4096 });
    const disk = opened(file);
    assert.ok(disk.write(0, new Uint8Array(8192).fill(1)) && disk.close());
    const view = new DataView(file.bytes.buffer);
    view.setBigUint64(72, 1n);
    change(view, Number(view.getBigUint64(40)));
    return file;
  };
  // A disk of 4 MiB has two tables, and both are one.
  const twice = broken((view, l1) => {
    view.setBigUint64(24, 2n ** 22n);
    view.setUint32(36, 2);
    view.setBigUint64(l1 + 8, view.getBigUint64(l1));
  });
  assert.throws(() => opened(twice), /an L1 table leads to \d+ twice/);
  const shared = broken((view, l1) => {
    const table = Number(view.getBigUint64(l1) & 0x00ff_ffff_ffff_fe00n);
    view.setBigUint64(table + 8, view.getBigUint64(table));
  });
  assert.throws(() => opened(shared), /2 entries lead to cluster \d+, and one says that it is the only one/);
  const lost = broken((view, l1) => view.setBigUint64(l1, 2n ** 40n));
  assert.throws(() => opened(lost), /something leads to cluster \d+, behind the end of the file/);
});
