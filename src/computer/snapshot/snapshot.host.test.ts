import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { noMedia, Pc, type PcPlan } from '../../board/index.ts';
import { type Disk, type Instant, instant } from '../../machine/index.ts';
import { engine } from '../engine/index.ts';
import { type Header, Snapshot, saveSnapshot } from './index.ts';

const mib = 1024 ** 2;
const pageBytes = 4096;
const place = mkdtempSync(join(tmpdir(), 'isola-snapshot-'));
after(() => rmSync(place, { recursive: true }));
const pathOf = (name: string): string => join(place, name);
const facts = { computer: { kernel: 'one' }, media: { 'disk 0': 'as it was', 'NVMe disk 0': 'empty' }, notes: { kernel: '/boot/vmlinuz' } };

/** Nothing runs in it. */
const made = (plan: Partial<PcPlan> = {}): Pc =>
  new Pc({ ...{ engine: engine('off'), memoryBytes: 2 * mib, startSeconds: 0, lines: [{ transmit: () => {} }] }, ...plan });

/** Pages that hold something: two neighbours, one alone, the last but one of 1 MiB and its first. */
const filled = [3, 4, 77, 255, 256];

const saved = (name: string): { readonly path: string; readonly pc: Pc } => {
  const pc = made();
  for (const page of filled) pc.memory.fill(7, page * pageBytes, page * pageBytes + 100);
  pc.pass(instant(5_000_000n));
  pc.chips.keyboard.press('KeyA');
  const path = pathOf(name);
  saveSnapshot(pc, path, facts);
  return { path, pc };
};

const restored = (path: string, given?: Pc, words: object = facts, others: readonly string[] = []): Pc => {
  using snapshot = new Snapshot(path);
  const pc = given ?? made();
  snapshot.restore(pc, { facts: { ...facts, ...words }, others: new Set(others) });
  return pc;
};

suite('a snapshot', () => {
  const { path, pc } = saved('one.isola');
  const whole = readFileSync(path);

  test('is a computer as it was: memory, devices, time', () => {
    const other = restored(path);
    assert.deepEqual(other.memory, pc.memory);
    assert.deepEqual(other.save(), pc.save());
    assert.equal(other.clock.now, 5_000_000n);
    assert.equal(other.chips.keyboard.isRead, false);
  });

  test('may be had without reading its memory: it is the file’s until it is written, and then one’s own', () => {
    using snapshot = new Snapshot(path);
    const [one, other] = [made(), made()];
    for (const each of [one, other]) snapshot.restore(each, { facts, isMapped: true, isChecked: true });
    assert.deepEqual(one.memory, pc.memory);
    one.memory.fill(9, 77 * pageBytes, 78 * pageBytes);
    one.memory.fill(9, 78 * pageBytes, 79 * pageBytes);
    assert.deepEqual(other.memory, pc.memory);
    assert.deepEqual(readFileSync(path), whole);
    snapshot.restore(made(), { facts, isMapped: true });
  });

  test('draws the same random numbers, but for a computer that has its own', () => {
    const seedOf = (one: Pc): bigint => one.processor.save().time.seed;
    assert.equal(seedOf(restored(path)), seedOf(pc));
    const other = restored(path, made({ processor: { seed: 77n } }));
    assert.deepEqual([seedOf(pc), seedOf(other)], [0n, 77n]);
  });

  test('that finds its disk full leaves what was there, and the computer as it was', {
    skip: process.getuid?.() === 0 ? false : 'only root mounts a small disk',
  }, (t) => {
    const small = pathOf('small');
    mkdirSync(small);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${whole.length + 2 * pageBytes}`, 'isola-test', small]);
    t.after(() => execFileSync('umount', [small]));
    const one = made();
    const before = one.save();
    const file = join(small, 'one.isola');
    saveSnapshot(one, file, facts);
    one.memory.fill(1, 0, whole.length);
    assert.throws(() => saveSnapshot(one, file, facts), /one.isola can't be written: .*no space left/i);
    assert.deepEqual(readdirSync(small), ['one.isola']);
    assert.deepEqual(one.save(), before);
    assert.equal(restored(file).memory.indexOf(1), -1);
  });

  test('says what it is in its first line, and holds no page of zeros', () => {
    const header = JSON.parse(whole.toString('utf8', 0, whole.indexOf('\n'))) as Header;
    assert.deepEqual([header.isola, header.version, header.at, header.notes], ['snapshot', 1, '5000000', facts.notes]);
    assert.deepEqual([header.memory.pages, header.memory.runs], [filled.length, 4]);
    assert.deepEqual(
      header.parts.slice(0, 3).map(({ name }) => name),
      ['clock', 'processor', 'pic'],
    );
    using snapshot = new Snapshot(path);
    assert.deepEqual(snapshot.header, header);
    assert.equal(whole.length % pageBytes, 0);
    assert.ok(whole.subarray(-pageBytes).equals(pc.memory.subarray(256 * pageBytes, 257 * pageBytes)), 'memory ends it, page by page');
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  test('is refused by a computer that is another one, which is named', () => {
    const refused = (other: Pc, given: object, why: RegExp): void => void assert.throws(() => restored(path, other, given), why);
    refused(made(), { computer: { kernel: 'two' } }, /it was made with another kernel: one, and here it is two/);
    refused(made(), { media: { ...facts.media, 'disk 0': 'changed' } }, /it was made with another disk 0: as it was/);
    refused(made(), { media: { 'disk 0': 'as it was' } }, /it was made with NVMe disk 0, which is not given/);
    refused(made({ memoryBytes: 3 * mib }), {}, /its memory is laid out otherwise/);
    refused(made({ lines: [] }), {}, /it has COM1 where this computer has power/);
    refused(made({ processor: { profile: { name: 'v', features: ['fpu'] } } }), {}, /its processor is another one/);
    refused(made({ isTested: true }), {}, /it has .* where this computer has tester/);
  });

  test('goes on with another medium where whoever restores it says so', () => {
    const given = { media: { ...facts.media, 'NVMe disk 0': 'larger' } };
    assert.throws(() => restored(path, made(), given), /another NVMe disk 0/);
    assert.equal(restored(path, made(), given, ['NVMe disk 0']).clock.now, 5_000_000n);
  });

  test('tells when its time goes on, once it has been read', () => {
    using snapshot = new Snapshot(path);
    const told: Instant[] = [];
    const other = made();
    snapshot.restore(other, {
      facts,
      goOn: (at) => {
        assert.deepEqual(other.memory, pc.memory);
        told.push(at);
      },
    });
    assert.deepEqual(told, [snapshot.at]);
    assert.equal(snapshot.at, 5_000_000n);
  });

  test('that was cut short or changed anywhere is refused', () => {
    const other = pathOf('other.isola');
    const memoryAt = whole.length - filled.length * pageBytes;
    const firstLine = whole.indexOf('\n');
    for (const length of [0, 10, firstLine, firstLine + 40, memoryAt - 1, whole.length - 1, whole.length - pageBytes]) {
      writeFileSync(other, whole);
      truncateSync(other, length);
      assert.throws(() => restored(other), length < 20 ? /it is no snapshot/ : /it ends before its end/, `${length} bytes`);
    }
    const unused = made();
    const stateAt = Math.ceil((whole.indexOf('\n', firstLine + 1) + 1) / pageBytes) * pageBytes;
    for (const at of [30, firstLine - 5, firstLine + 20, stateAt, stateAt + 3000, memoryAt, whole.length - 1]) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(other, bytes);
      assert.throws(() => restored(other, unused), /a checksum is another/, `byte ${at}`);
      if (at < memoryAt) continue;
      using snapshot = new Snapshot(other);
      assert.throws(() => snapshot.restore(unused, { facts, isMapped: true }), /a checksum is another/);
    }
    writeFileSync(other, Buffer.concat([whole, Buffer.alloc(1)]));
    assert.throws(() => restored(other), /there is something behind its end/);
  });

  test('of another version, or of differences, or with a header of nonsense is refused by what it says', () => {
    const [line = ''] = whole.toString('utf8', 0, 65_536).split('\n', 1);
    const refused = (change: object, why: RegExp): void => {
      const text = JSON.stringify({ ...JSON.parse(line), ...change });
      const digest = createHash('sha256').update(text).digest('hex');
      const head = `${text}\n${JSON.stringify({ sha256: digest })}\n`;
      writeFileSync(pathOf('another.isola'), head.padEnd(Math.ceil(head.length / pageBytes) * pageBytes));
      assert.throws(() => new Snapshot(pathOf('another.isola')), why);
    };
    refused({ version: 2 }, /it was written in version 2 of snapshots, and this isola reads version 1/);
    refused({ base: '0'.repeat(64) }, /only what differs from another snapshot/);
    refused({ at: '-1' }, /makes no sense/);
    refused({ parts: [{ name: 'pic' }] }, /makes no sense/);
    refused({ memory: { areas: [], runs: -1, pages: 0, sha256: '' } }, /makes no sense/);
    refused({ media: { 'disk 0': 1 } }, /makes no sense/);
  });

  test('whose device has a state that none can have is refused by its name', () => {
    const header = JSON.parse(whole.toString('utf8', 0, whole.indexOf('\n'))) as Header;
    const state = pc.save();
    const parts = state.parts.map((part) => (part.name === 'dma' ? { ...part, bytes: part.bytes.fill(0xff) } : part));
    assert.throws(() => made().restore({ ...state, parts }), { name: 'RangeError', message: /its dma is none that can be/ });
    assert.ok(header.parts.some(({ name }) => name === 'dma'));
  });

  test('is not written over a file of something else, and what can’t be written leaves nothing', () => {
    writeFileSync(pathOf('disk.img'), 'a disk');
    assert.throws(() => saveSnapshot(pc, pathOf('disk.img'), facts), /there is a file that is no snapshot/);
    assert.equal(readFileSync(pathOf('disk.img'), 'utf8'), 'a disk');
    mkdirSync(pathOf('directory'));
    assert.throws(() => saveSnapshot(pc, pathOf('directory'), facts), /there is a directory/);
    assert.throws(() => saveSnapshot(pc, pathOf('nowhere/one.isola'), facts), /can't be written/);
    const left = pathOf('one.isola.999999999.new');
    writeFileSync(left, 'half');
    saveSnapshot(pc, path, facts);
    assert.deepEqual(
      readdirSync(place).filter((name) => name.endsWith('.new')),
      [],
    );
    assert.deepEqual(restored(path).memory, pc.memory);
  });
});

test('a computer whose time is told goes on at the time that it was saved at, on a host whose time is another', () => {
  let host = instant(7_000_000_000n);
  const before = made({ now: () => host });
  const path = pathOf('told.isola');
  host = instant(9_000_000_000n);
  saveSnapshot(before, path, facts);
  let [now, begun] = [instant(3n), instant(0n)];
  const other = made({ now: () => now });
  using snapshot = new Snapshot(path);
  snapshot.restore(other, {
    facts,
    goOn: (at) => {
      begun = at;
      now = at;
    },
  });
  assert.equal(begun, 9_000_000_000n);
  assert.equal(other.clock.now, 9_000_000_000n);
  assert.deepEqual(other.save(), before.save());
});

test('a disk of NVMe may be another one, and have another size', () => {
  const disk = (sizeBytes: number): Disk => ({ sizeBytes, isReadOnly: false, read: () => true, write: () => true, flush: () => true });
  const media = (sizeBytes: number): Partial<PcPlan> => ({ media: { ...noMedia, nvme: [disk(sizeBytes)] } });
  const path = pathOf('nvme.isola');
  saveSnapshot(made(media(mib)), path, facts);
  const other = restored(path, made(media(7 * mib)), { media: { ...facts.media, 'NVMe disk 0': '7 MiB' } }, ['NVMe disk 0']);
  assert.equal(other.drives.nvme.disks.get(0)?.disk.sizeBytes, 7 * mib);
  assert.throws(() => restored(path), /it has NVMe 0 where this computer has VGA/);
});
