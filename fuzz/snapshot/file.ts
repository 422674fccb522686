/** Snapshots of computers, sealed as if isola had written them: refused in a sentence, or a computer that runs. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noMedia, Pc } from '../../src/board/index.ts';
import { engine } from '../../src/computer/engine/index.ts';
import { Snapshot, saveSnapshot } from '../../src/computer/snapshot/index.ts';
import { MemoryDisk } from '../../src/devices/stage/index.ts';
import { Refusal } from '../../src/environment/index.ts';
import { mutate, pick, type Random, runAlone } from '../mutation.ts';

const pageBytes = 4096;
const facts = { computer: { memory: '2 MiB' }, media: {}, notes: {} };
const directory = mkdtempSync(join(tmpdir(), 'isola-fuzz-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
const [whole, changed] = [join(directory, 'whole.isola'), join(directory, 'changed.isola')];

interface Seed {
  readonly pc: Pc;
  readonly header: Header;
  /** Of the parts, of the table, and of the pages. */
  readonly parts: readonly Uint8Array[];
  readonly table: Uint8Array;
  readonly pages: Uint8Array;
}

/** As it is in the file, whatever it is changed to. */
interface Header {
  parts: { name: string; bytes: number; sha256: string }[];
  memory: { runs: number; sha256: string };
}

const made = (): Pc => {
  const disks = [new MemoryDisk(65_536)];
  const media = { ...noMedia, disks, nvme: disks, ahci: disks, virtio: disks };
  return new Pc({ ...{ engine: engine('off'), memoryBytes: 2 ** 21, startSeconds: 0, media, lines: [{ transmit: () => {} }] } });
};

const align = (length: number): number => Math.ceil(length / pageBytes) * pageBytes;

let seed: Seed | undefined;

export const snapshotSeed = (): Seed => {
  if (seed !== undefined) return seed;
  const pc = made();
  for (const page of [1, 2, 9, 300]) pc.memory.fill(0xf4, page * pageBytes, (page + 1) * pageBytes);
  saveSnapshot(pc, whole, facts);
  const bytes = readFileSync(whole);
  const end = bytes.indexOf('\n');
  const header = JSON.parse(bytes.toString('utf8', 0, end)) as Header;
  let at = align(bytes.indexOf('\n', end + 1) + 1);
  const next = (count: number): Uint8Array => {
    at += count;
    return bytes.subarray(at - count, at);
  };
  const parts = header.parts.map((part) => next(part.bytes));
  const table = next(header.memory.runs * 12);
  seed = { pc, header, parts, table, pages: bytes.subarray(align(at)) };
  return seed;
};

const digestOf = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

const words = [Uint8Array.of(0), Uint8Array.of(0xff, 0xff, 0xff, 0xff), new Uint8Array(8).fill(0xff), Uint8Array.of(0, 0, 0, 0x80)];

/** One of its parts is another one, and what seals it, too. */
const sealed = (random: Random): Uint8Array => {
  const { header, parts, table, pages } = snapshotSeed();
  const head = structuredClone(header);
  const held = parts.map((part) => part);
  let rows = table;
  if (random(4) === 0) {
    rows = mutate(random, table, words);
    Object.assign(head.memory, { sha256: digestOf(rows), ...(random(2) === 0 && { runs: Math.floor(rows.length / 12) }) });
  } else {
    const which = random(held.length);
    const bytes = mutate(random, held[which] ?? new Uint8Array(), words);
    held[which] = bytes;
    Object.assign(head.parts[which] ?? {}, { sha256: digestOf(bytes), bytes: bytes.length });
  }
  let line = JSON.stringify(head);
  if (random(8) === 0)
    line = Buffer.from(mutate(random, Buffer.from(line), [Buffer.from('"'), Buffer.from('9'.repeat(20)), Buffer.from('{}')])).toString();
  const start = Buffer.from(`${line}\n${JSON.stringify({ sha256: digestOf(line) })}\n`);
  const middle = Buffer.concat([...held, rows]);
  const padding = (bytes: Uint8Array): Uint8Array => new Uint8Array(align(bytes.length) - bytes.length);
  return Buffer.concat([start, padding(start), middle, padding(middle), pages]);
};

const mostReason = 2000;

export const file = (random: Random): void => {
  const { pc } = snapshotSeed();
  pc.memory.fill(0);
  restore(pc, whole);
  writeFileSync(changed, random(10) === 0 ? mutate(random, readFileSync(whole), words) : sealed(random));
  try {
    restore(pc, changed);
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'no-restore' || error.message.length > mostReason) throw error;
    return;
  }
  for (let slices = 0; slices < 3; slices++) {
    const pause = pc.run(pick(random, [1, 100, 2000]));
    if (pause.why === 'idle' && pause.until !== undefined) pc.pass(pause.until);
  }
  pc.save();
};

const restore = (pc: Pc, path: string): void => {
  using snapshot = new Snapshot(path);
  snapshot.restore(pc, { facts });
};

if (import.meta.main) runAlone('snapshot', file);
