import assert from 'node:assert/strict';
import { linkSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createQcow2, type ImageDisk, type ImageFile, openImage } from '../../disk/index.ts';
import { HostFile, unpackers } from '../medium/index.ts';
import { mergeLayers } from './merge.ts';

const skip = process.getuid?.() === 0 ? false : 'layers are given to root';
const mib = 2 ** 20;
const cluster = 65_536;
const never = new AbortController().signal;

/** Layers that each wrote a cluster of its own and the last one but one, upon a raw image; the one before the last has discarded two. */
const stack = (t: TestContext, count: number) => {
  const directory = mkdtempSync(join(tmpdir(), 'isola-merge-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const image = (number: number): ImageFile => ({
    file: new HostFile(openSync(join(directory, `${number}`), 'r+'), true),
    identity: `${number}`,
    next: (name) => image(Number(name.split('/').at(-1))),
  });
  const disk = (number: number): ImageDisk =>
    openImage(image(number), { format: number === 0 ? 'raw' : 'qcow2', isReadOnly: false, unpack: unpackers });
  writeFileSync(join(directory, '0'), new Uint8Array(mib).fill(255));
  truncateSync(join(directory, '0'), 8 * mib);
  const grow = (number: number, below: number): ImageDisk => {
    writeFileSync(join(directory, `${number}`), '');
    using file = new HostFile(openSync(join(directory, `${number}`), 'r+'), true);
    createQcow2(file, { sizeBytes: 8 * mib, backing: { name: `/machine/layers/${below}`, format: below === 0 ? 'raw' : 'qcow2' } });
    return disk(number);
  };
  for (let number = 1; number < count; number++) {
    const made = grow(number, number - 1);
    made.write(number * cluster, new Uint8Array(cluster).fill(number));
    made.write(40 * cluster + number * 512, new Uint8Array(512).fill(number));
    if (number === count - 2) made.discard(2 * cluster, 2 * cluster);
    made.close();
  }
  const bytesOf = (number: number): Uint8Array => {
    const bytes = new Uint8Array(8 * mib);
    assert.ok(disk(number).read(0, bytes));
    return bytes;
  };
  return { directory, bytesOf, grow };
};

const lowest = { path: '/machine/layers/0', format: 'raw', sizeBytes: 8 * mib } as const;

test('many layers become one with all that they had, upon the same image; whoever has the others by links of his own keeps them', {
  skip,
}, async (t) => {
  const { directory, bytesOf, grow } = stack(t, 16);
  const before = bytesOf(15);
  assert.deepEqual([before[cluster], before[2 * cluster], before[15 * cluster], before[40 * cluster + 7 * 512]], [1, 0, 15, 7]);
  const kept = `${directory}/kept`;
  mkdirSync(kept);
  linkSync(`${directory}/15`, `${kept}/15`);
  const image = readFileSync(`${kept}/15`);
  await mergeLayers('web', directory, lowest, never);
  assert.deepEqual(readdirSync(directory).toSorted(), ['0', '15', 'kept']);
  assert.ok(Buffer.from(bytesOf(15)).equals(before));
  assert.ok(readFileSync(`${kept}/15`).equals(image));
  const next = grow(16, 15);
  next.write(0, new Uint8Array(512).fill(77));
  next.close();
  const after = bytesOf(16);
  assert.deepEqual([after[0], after[512], after[15 * cluster]], [77, 255, 15]);
});

test('few layers stay, and so do those that are broken, which is said', { skip }, async (t) => {
  const few = stack(t, 3);
  await mergeLayers('web', few.directory, lowest, never);
  assert.deepEqual(readdirSync(few.directory).toSorted(), ['0', '1', '2']);
  const { directory } = stack(t, 16);
  writeFileSync(`${directory}/9`, 'no image');
  await assert.rejects(
    mergeLayers('web', directory, lowest, never),
    /no moment of web could be kept: what its disk stands on can’t be made one image: /,
  );
  assert.equal(readdirSync(directory).length, 16);
});

test('a layer says nothing of where it is read from: what stands below is what lies below', { skip }, async (t) => {
  const { directory, bytesOf } = stack(t, 16);
  const before = bytesOf(15);
  const path = `${directory}/9`;
  const image = readFileSync(path);
  const at = image.indexOf('/machine/layers/8');
  image.write('/etc/some/passwd8', at);
  writeFileSync(path, image);
  await mergeLayers('web', directory, lowest, never);
  assert.ok(Buffer.from(bytesOf(15)).equals(before));
});
