import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Pc } from '../../board/index.ts';
import { engine } from '../engine/index.ts';
import { Snapshot, saveSnapshot } from '../snapshot/index.ts';
import { factsOf, type MachineDescription } from './description.ts';
import { Moments } from './moments.ts';
import { RootDisk } from './root-disk.ts';
import { Undertaking } from './undertaking.ts';

const sector = (value: number): Uint8Array => new Uint8Array(512).fill(value);

/** One that goes on from a snapshot, with a raw disk that is about to be a layer. */
const machine = (t: TestContext) => {
  const place = mkdtempSync(join(tmpdir(), 'isola-moments-'));
  const [layers, moment, root] = [join(place, 'layers'), join(place, 'moment'), join(place, 'disk.img')];
  for (const path of [layers, moment]) mkdirSync(path);
  writeFileSync(root, new Uint8Array(1024 ** 2));
  linkSync(root, join(layers, '0'));
  const description: MachineDescription = {
    ...{
      kind: 'machine',
      processor: 'emulated',
      kvm: null,
      memoryBytes: 2 * 1024 ** 2,
      cards: 0,
      from: join(place, 'outset'),
      goesOn: false,
      root,
      base: null,
    },
    ...{
      code: null,
      learns: null,
      isFleeting: true,
      layers,
      nextLayer: 0,
      moment,
      control: '',
      sockets: '',
      rest: '',
      cables: [],
      files: null,
    },
    kernelLog: '',
  };
  const made = (): Pc => new Pc({ engine: engine('off'), memoryBytes: description.memoryBytes, startSeconds: 0, lines: [] });
  saveSnapshot(made(), description.from, factsOf(description));
  const [pc, disk, from] = [made(), new RootDisk(description), new Snapshot(description.from)];
  from.restore(pc, { facts: factsOf(description), isMapped: true });
  t.after(() => {
    disk[Symbol.dispose]();
    from[Symbol.dispose]();
    rmSync(place, { recursive: true });
  });
  const undertaking = new Undertaking();
  const moments = new Moments({ pc, root: disk, from, shared: () => undefined, undertaking }, description);
  return { pc, disk, description, moments, undertaking };
};

const read = (disk: RootDisk): number | undefined => {
  const bytes = sector(0);
  assert.ok(disk.read(0, bytes));
  return bytes[0];
};

test('a moment has memory and disk of then, while the machine writes to both; one is kept at a time', async (t) => {
  const { pc, disk, description, moments, undertaking } = machine(t);
  pc.memory.fill(7, 0x5000, 0x6000);
  disk.write(0, sector(7));
  const taken = Promise.withResolvers<string>();
  undertaking.begin('another processor is taking over', () => taken.promise, taken.resolve);
  assert.deepEqual(moments.answer('keep', assert.fail), ['refused: another processor is taking over']);
  taken.resolve('done 0.1');
  await turn();
  const { promise, resolve } = Promise.withResolvers<string>();
  assert.deepEqual(moments.answer('keep', resolve), []);
  assert.deepEqual(moments.answer('keep', resolve), ['refused: another moment of it is being written']);
  while (!existsSync(`${description.moment}/disk.img`)) await turn();
  pc.memory.fill(8, 0x5000, 0x6000);
  disk.write(0, sector(8));
  assert.match(await promise, /^done \d+\.\d$/);
  const memory = readFileSync(`${description.moment}/memory`);
  assert.ok(memory.includes(Buffer.alloc(4096, 7)) && !memory.includes(Buffer.alloc(4096, 8)));
  assert.equal(readFileSync(`${description.layers}/0`)[0], 7);
  assert.equal(read(disk), 8);
});

test('one whose memory can’t be written leaves a machine that goes on, upon a layer more', async (t) => {
  const { disk, description, moments } = machine(t);
  disk.write(0, sector(7));
  const { promise, resolve } = Promise.withResolvers<string>();
  assert.deepEqual(moments.answer('keep', resolve), []);
  while (!existsSync(`${description.moment}/disk.img`)) await turn();
  await moments[Symbol.asyncDispose]();
  assert.match(await promise, /^refused: .*memory can't be written/);
  assert.ok(!existsSync(`${description.moment}/memory`));
  assert.equal(read(disk), 7);
  disk.write(0, sector(8));
  assert.equal(read(disk), 8);
});

for (const [what, roomBytes, why] of [
  ['its memory', 512 * 1024, /^refused: .*memory can't be written: .*no space left/i],
  ['the disk that it is to go on upon', 4096, /^refused: a new image for its disk can’t be written: is the host’s disk full\?$/],
] as const)
  test(`a host’s disk that has no room for ${what} is said, and the machine goes on`, {
    skip: process.getuid?.() === 0 ? false : 'only root mounts a small disk',
  }, async (t) => {
    const { pc, disk, description, moments } = machine(t);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${roomBytes}`, 'isola-test', description.moment]);
    pc.memory.fill(7, 0x5000, 0x105000);
    disk.write(0, sector(7));
    const { promise, resolve } = Promise.withResolvers<string>();
    assert.deepEqual(moments.answer('keep', resolve), []);
    const said = await promise;
    const left = readdirSync(description.moment);
    // Its disk may be open there.
    execFileSync('umount', ['--lazy', description.moment]);
    assert.match(said, why);
    assert.ok(!left.includes('memory'));
    assert.deepEqual([read(disk), pc.memory[0x5000], pc.memory[0x104fff]], [7, 7, 7]);
    assert.ok(disk.write(0, sector(8)));
    assert.equal(read(disk), 8);
  });

test('one that is given up before the machine stood still leaves all as it was', async (t) => {
  const { disk, description, moments } = machine(t);
  disk.write(0, sector(7));
  const { promise, resolve } = Promise.withResolvers<string>();
  assert.deepEqual(moments.answer('keep', resolve), []);
  await moments[Symbol.asyncDispose]();
  assert.match(await promise, /^refused: /);
  assert.deepEqual(readdirSync(description.moment), []);
  assert.equal(read(disk), 7);
});
