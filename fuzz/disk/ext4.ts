/** File systems of guests: refused in a sentence, or read to their end, which is no farther than they are large. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Damage, Ext4, type Node, Unsupported } from '../../src/disk/index.ts';
import { pick, type Random, runAlone } from '../mutation.ts';

/** With some of everything in it, in so few blocks that what is changed by chance means something. */
const seed = (): Uint8Array => {
  const work = mkdtempSync(join(tmpdir(), 'isola-ext4-'));
  try {
    const tree = join(work, 'tree');
    mkdirSync(join(tree, 'directory/deeper'), { recursive: true });
    for (let count = 0; count < 100; count++) writeFileSync(join(tree, 'directory', `a name of some length, the ${count}th`), '');
    // Every other block of it is a hole: more extents than an inode has room for.
    writeFileSync(join(tree, 'holes'), Buffer.from(Array.from({ length: 16 * 1024 }, (_, at) => (at & 1024) >>> 10)));
    symlinkSync('short', join(tree, 'link'));
    symlinkSync('long/'.repeat(20), join(tree, 'directory/link'));
    const image = join(work, 'image');
    writeFileSync(image, new Uint8Array(512 * 1024));
    execFileSync('mke2fs', ['-q', '-F', '-t', 'ext4', '-b', '1024', '-N', '128', '-O', '^has_journal,^resize_inode', '-d', tree, image]);
    return readFileSync(image);
  } finally {
    rmSync(work, { recursive: true });
  }
};

let made: Uint8Array | undefined;

/** Where something lies that isn't a file's contents: the first two hundred blocks. */
const metadataBytes = 200 * 1024;
const words = [0, 1, 2, 11, 12, 0x7f, 0xff, 0x1000, 0x8000, 0xf30a, 0xffff, 0x8_0000, 0x7fff_ffff, 0xffff_ffff] as const;

export const ext4 = (random: Random): void => {
  made ??= seed();
  const bytes = Buffer.from(made);
  for (let changes = 1 + random(6); changes > 0; changes--) {
    const at = random(3) === 0 ? 1024 + random(256) : random(metadataBytes);
    const kind = random(4);
    if (kind < 2) bytes[at] = random(256);
    else if (kind === 2) bytes.writeUInt16LE(pick(random, words) & 0xffff, at);
    else bytes.writeUInt32LE(pick(random, words), at);
  }
  try {
    readAll(bytes);
  } catch (error) {
    if (!(error instanceof Damage || error instanceof Unsupported)) throw error;
  }
};

const readAll = (bytes: Buffer): void => {
  const readInto = (at: number, into: Uint8Array): void => {
    into.fill(0);
    into.set(bytes.subarray(Math.min(at, bytes.length), at + into.length));
  };
  const disk = new Ext4({ sizeBytes: bytes.length, readInto });
  const seen = new Set<number>();
  let told = 0;
  const visit = (node: Node): void => {
    disk.attributes(node);
    if (node.kind === 'link') disk.target(node);
    if (node.kind === 'file') for (const piece of disk.pieces(node)) told += piece.bytes;
    if (node.kind !== 'directory' || seen.has(node.inode)) return;
    seen.add(node.inode);
    for (const { inode } of disk.entries(node)) visit(disk.node(inode));
  };
  visit(disk.root);
  if (told > bytes.length) throw new Error(`${told} bytes are in files of a disk of ${bytes.length}`);
};

if (import.meta.main) runAlone('ext4', ext4);
