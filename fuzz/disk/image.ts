/** Images of disks: refused in a sentence, or disks whose guest may do what it likes. */
import { deflateRawSync } from 'node:zlib';
import { unpackers } from '../../src/computer/medium/unpackers.ts';
import { createQcow2, Damage, Unsupported } from '../../src/disk/index.ts';
import { dynamicVhd, sparseVmdk } from '../../src/disk/stage/foreign.ts';
import { opened } from '../../src/disk/stage/images.ts';
import { MemoryFile } from '../../src/disk/stage/memory-file.ts';
import { mutate, pick, type Random, runAlone } from '../mutation.ts';

const base = new MemoryFile(new Uint8Array(20_000).fill(5));

/** With some of everything in it. */
const qcow2 = (version: 2 | 3, clusterBytes: number, isLayer: boolean): Uint8Array => {
  const file = new MemoryFile();
  createQcow2(file, { sizeBytes: clusterBytes * 100, version, clusterBytes, ...(isLayer && { backing: { name: 'base', format: 'raw' } }) });
  const disk = opened(file, {}, { base });
  for (let at = 0; at < disk.sizeBytes; at += clusterBytes * 7) disk.write(at, new Uint8Array(clusterBytes).fill(at));
  disk.discard(0, clusterBytes * 3);
  disk.close();
  return file.bytes.slice();
};

/** With a compressed cluster, the sixth one, behind all others. */
const compressed = (): Uint8Array => {
  const [file, clusterBytes] = [new MemoryFile(qcow2(3, 4096, false)), 4096];
  const host = Math.ceil(file.sizeBytes / clusterBytes) * clusterBytes;
  file.write(host, new Uint8Array(clusterBytes));
  file.write(host, deflateRawSync(new Uint8Array(clusterBytes).fill(3)));
  const view = new DataView(file.bytes.buffer);
  const table = Number(view.getBigUint64(Number(view.getBigUint64(40))) & 0x00ff_ffff_ffff_fe00n);
  view.setBigUint64(table + 5 * 8, (1n << 62n) | BigInt(host));
  view.setUint16(Number(view.getBigUint64(Number(view.getBigUint64(48)))) + (host / clusterBytes) * 2, 1);
  const read = new Uint8Array(512);
  if (!opened(file, { unpack: unpackers }).read(5 * clusterBytes, read) || read[0] !== 3) throw new Error('a compressed cluster isn’t one');
  return file.bytes.slice();
};

const seeds = [
  compressed(),
  qcow2(2, 512, false),
  qcow2(3, 512, true),
  qcow2(3, 4096, false),
  dynamicVhd(),
  sparseVmdk(),
  sparseVmdk('streamOptimized'),
];

/** Numbers that places and sizes may be, in 64 and 32 bits. */
const words = [
  0n,
  1n,
  512n,
  513n,
  4096n,
  0x1_0000n,
  2n ** 31n,
  2n ** 40n,
  2n ** 55n,
  2n ** 62n,
  2n ** 63n,
  2n ** 63n + 512n,
  2n ** 63n + 1024n,
].flatMap((word) => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, word);
  return [bytes, bytes.subarray(4)];
});

const mostReason = 1000;

export const image = (random: Random): void => {
  const bytes = random(3) === 0 ? mutate(random, pick(random, seeds), words) : patched(random, pick(random, seeds).slice());
  const file = new MemoryFile(bytes);
  const begun = performance.now();
  let disk: ReturnType<typeof opened>;
  try {
    disk = opened(file, { isReadOnly: random(3) === 0, unpack: unpackers }, { base });
  } catch (error) {
    if (!(error instanceof Damage || error instanceof Unsupported) || error.message.length > mostReason) {
      if (!(error instanceof Error && error.message.startsWith('nobody expected '))) throw error;
    }
    return;
  }
  for (let deeds = 0; deeds < 20; deeds++) {
    const sectors = Math.floor(disk.sizeBytes / 512);
    if (sectors === 0) break;
    const first = random(3) === 0 ? random(sectors) : random(Math.min(sectors, 2000));
    const count = Math.min(1 + random(40), sectors - first);
    const kind = random(5);
    if (kind === 0) disk.flush();
    else if (kind === 1) disk.discard(first * 512, count * 512);
    else if (kind === 2) disk.read(first * 512, new Uint8Array(count * 512));
    else disk.write(first * 512, new Uint8Array(count * 512).fill(deeds));
  }
  disk.close();
  const spent = performance.now() - begun;
  if (spent > 10_000) throw new Error(`${Math.round(spent)} ms`);
};

/** A few words of it changed, mostly where the header and the tables are. */
const patched = (random: Random, bytes: Uint8Array): Uint8Array => {
  for (let changes = 1 + random(4); changes > 0; changes--) {
    const at = 4 * random(Math.min(bytes.length, random(2) === 0 ? 120 : bytes.length) / 4);
    if (random(3) === 0) bytes[at + random(4)] = random(256);
    else bytes.set(pick(random, words).subarray(0, bytes.length - at), at);
  }
  return bytes;
};

if (import.meta.main) runAlone('image', image);
