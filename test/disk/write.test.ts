/** What is written to images is what QEMU finds in them, and they are sound to it: also after the power went. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { randomFrom } from '../../fuzz/mutation.ts';
import { unpackers } from '../../src/computer/medium/index.ts';
import { openImage } from '../../src/disk/index.ts';
import { Exercise } from '../../src/disk/stage/exercise.ts';
import { imageFile } from '../../src/disk/stage/images.ts';
import { TornFile } from '../../src/disk/stage/torn-file.ts';
import { checked, contentByQemu, disk, made, place, qemuImg, qemuIo, qemuIoKilled, whyNoQemu } from './qemu.ts';

const sizeBytes = 2 ** 20;
const sound = { corruptions: 0, leaks: 0 };

suite('what is written', { skip: whyNoQemu() }, () => {
  const at = place();
  const path = (name: string): string => join(at, name);
  const numbered = Uint32Array.from({ length: sizeBytes / 4 }, (_, index) => 1 + (index >> 7));
  writeFileSync(path('numbered.raw'), numbered);
  const below = numbered.filter((_, index) => index % 128 === 0);
  const none = new Uint32Array(sizeBytes / 512);

  /** Does anything to it, then has QEMU compare. */
  const exercised = (
    name: string,
    before: Uint32Array,
    clusterBytes: number,
    discards: 'never' | 'to zeros' = 'to zeros',
    seed = 1,
  ): void => {
    const exercise = new Exercise(before);
    {
      using opened = disk(path(name));
      const random = randomFrom(seed);
      for (let step = 0; step < 150; step++) exercise.step(opened, random, { most: 40, discards, clusterBytes });
    }
    const { corruptions, leaks } = checked(path(name));
    assert.deepEqual({ corruptions, leaks }, sound);
    const words = new Uint32Array(contentByQemu(path(name)).slice().buffer);
    assert.deepEqual(
      words.filter((_, index) => index % 128 === 0),
      exercise.sectors,
    );
  };

  for (const [name, options, clusterBytes] of [
    ['v2', 'compat=0.10,cluster_size=4k', 4096],
    ['small', 'cluster_size=512', 512],
    ['usual', 'cluster_size=64k', 65_536],
    ['large', 'cluster_size=2M', 2 ** 21],
    ['narrow', 'cluster_size=512,refcount_bits=1', 512],
    ['wide', 'cluster_size=512,refcount_bits=64', 512],
    ['planned', 'preallocation=metadata,cluster_size=4k', 4096],
  ] as const)
    test(`into QEMU’s image: ${name}`, () => {
      qemuImg('create', '-q', '-f', 'qcow2', '-o', options, path(name), `${sizeBytes}`);
      exercised(name, none, clusterBytes);
    });

  test('into a layer over another one', () => {
    qemuImg('create', '-q', '-f', 'qcow2', '-o', 'cluster_size=4k', '-b', 'numbered.raw', '-F', 'raw', path('layer'), `${sizeBytes}`);
    exercised('layer', below, 4096);
  });

  test('into compressed clusters', () => {
    qemuImg('convert', '-c', '-f', 'raw', '-O', 'qcow2', '-o', 'cluster_size=4k', path('numbered.raw'), path('packed'));
    exercised('packed', below, 4096);
  });

  test('into a disk with snapshots, which stay as they were', () => {
    qemuImg('convert', '-f', 'raw', '-O', 'qcow2', '-o', 'cluster_size=4k', path('numbered.raw'), path('shot'));
    qemuImg('snapshot', '-c', 'one', path('shot'));
    exercised('shot', below, 4096);
    assert.deepEqual(contentByQemu(path('shot'), '-l', 'snapshot.name=one'), readFileSync(path('numbered.raw')));
    qemuImg('snapshot', '-a', 'one', path('shot'));
    qemuImg('snapshot', '-d', 'one', path('shot'));
    exercised('shot', below, 4096, 'to zeros', 2);
  });

  for (const [clusterBytes, refcountBits, version] of [
    [512, 16, 2],
    [512, 1, 3],
    [65_536, 16, 3],
    [2 ** 21, 64, 3],
  ] as const)
    test(`into an image of isola’s, of version ${version} in clusters of ${clusterBytes} with refcounts of ${refcountBits} bits`, () => {
      const name = `made ${clusterBytes} ${refcountBits}`;
      made(path(name), { sizeBytes, clusterBytes, refcountBits, version });
      assert.deepEqual(checked(path(name)), sound);
      exercised(name, none, clusterBytes);
      qemuIo(path(name), 'write -P 7 10k 100k', 'discard 0 64k');
      assert.deepEqual(checked(path(name)), sound);
    });

  test('a layer of isola’s names what it stands on, and in which format', () => {
    made(path('top'), { sizeBytes, backing: { name: 'numbered.raw', format: 'raw' } });
    const said = JSON.parse(qemuImg('info', '--output=json', path('top')));
    assert.deepEqual([said['backing-filename'], said['backing-filename-format'], said['virtual-size']], ['numbered.raw', 'raw', sizeBytes]);
    exercised('top', below, 65_536);
  });

  test('an image whose refcounts QEMU kept to itself when it was killed has them counted anew', () => {
    qemuImg('create', '-q', '-f', 'qcow2', '-o', 'lazy_refcounts=on,cluster_size=4k', path('dirty'), `${sizeBytes}`);
    qemuIoKilled(path('dirty'), 'write -P 0 0 1M', 'flush');
    assert.ok(checked(path('dirty')).corruptions > 0, 'its refcounts were right');
    exercised('dirty', none, 4096);
  });

  test('QEMU’s bitmaps of what has changed are given up, not left wrong', () => {
    qemuImg('create', '-q', '-f', 'qcow2', path('mapped'), `${sizeBytes}`);
    qemuImg('bitmap', '--add', path('mapped'), 'changes');
    {
      using opened = disk(path('mapped'));
      assert.ok(opened.write(0, new Uint8Array(512)));
    }
    assert.equal(JSON.parse(qemuImg('info', '--output=json', path('mapped')))['format-specific'].data.bitmaps, undefined);
    assert.equal(checked(path('mapped')).corruptions, 0);
  });

  test('one that says it is corrupt is only read', () => {
    made(path('corrupt'), { sizeBytes });
    const bytes = readFileSync(path('corrupt'));
    bytes[79] = 2;
    writeFileSync(path('corrupt'), bytes);
    assert.throws(() => disk(path('corrupt')), /it says that it is corrupt, so it can only be read/);
    using opened = disk(path('corrupt'), { isReadOnly: true });
    assert.ok(opened.read(0, new Uint8Array(512)));
  });

  test('whatever was done of it when the power went, it is sound', () => {
    made(path('torn'), { sizeBytes: 2 ** 18, clusterBytes: 512, refcountBits: 64, version: 3 });
    const file = new TornFile(readFileSync(path('torn')));
    const opened = openImage(imageFile(file), { isReadOnly: false, unpack: unpackers });
    const exercise = new Exercise(new Uint32Array(512));
    const random = randomFrom(3);
    for (let step = 0; step < 100; step++)
      exercise.step(opened, random, { most: 16, discards: 'to zeros', clusterBytes: 512 }, () => file.deeds.length);
    for (let tries = 0; tries < 20; tries++) {
      writeFileSync(path('torn'), file.tornAfter(random(file.deeds.length), random).bytes);
      assert.equal(checked(path('torn')).corruptions, 0);
    }
  });
});
