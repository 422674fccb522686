/** Layers: unpacked, or refused; and in no case is anything outside the tree touched, or a file left open. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { Layers, Space } from '../../src/image/unpack/index.ts';
import { Damage, Unsupported } from '../../src/oci/index.ts';
import { type Part, tarOf } from '../../test/image/archive.ts';
import { mutate, pick, type Random, runAlone } from '../mutation.ts';

const lower: readonly Part[] = [
  { name: 'd/', mode: 0o2755 },
  { name: 'd/file', text: 'content', uid: 5, xattrs: new Map([['user.a', new Uint8Array([0, 255])]]) },
  { name: 'd/sub/deep', text: 'x'.repeat(600) },
  { name: 'link', kind: 'symlink', linkName: '../canary' },
  { name: 'up', kind: 'symlink', linkName: '..' },
  { name: 'away', kind: 'symlink', linkName: '/d/sub' },
  { name: 'hard', kind: 'hardlink', linkName: 'd/file' },
  { name: 'pipe', kind: 'fifo' },
];
const upper: readonly Part[] = [
  { name: '.wh.hard' },
  { name: 'd/.wh..wh..opq' },
  { name: 'away/new', text: 'new' },
  { name: 'up/canary', text: 'overwritten' },
  { name: `${'long/'.repeat(40)}name`, text: 'long' },
  { name: 'd', text: 'now a file' },
  { name: 'hard2', kind: 'hardlink', linkName: 'up/canary' },
];
const bases = [tarOf(lower), tarOf(upper)];
const words = [
  '../canary',
  '/canary',
  '..',
  '.wh.',
  '.wh.canary',
  '.wh..wh..opq',
  'link',
  'up/',
  './',
  '\0',
  '1',
  '2',
  '5',
  'x',
  'g',
  'L',
  'S',
  '30 path=../canary\n',
  '77777777777',
  '\x80',
  'ustar  ',
].map((word) => Buffer.from(word, 'latin1'));

export const tar = (random: Random): void => {
  const work = mkdtempSync(`${tmpdir()}/isola-fuzz-`);
  try {
    const root = `${work}/root`;
    mkdirSync(root);
    writeFileSync(`${work}/canary`, 'untouched');
    const opened = readdirSync('/proc/self/fd').length;
    unpack(random, root);
    if (readFileSync(`${work}/canary`, 'utf8') !== 'untouched' || readdirSync(work).join() !== 'canary,root' || existsSync('/canary'))
      throw new Error('something outside the tree was changed');
    if (readdirSync('/proc/self/fd').length !== opened) throw new Error('a file was left open');
  } finally {
    rmSync(work, { recursive: true });
  }
};

const unpack = (random: Random, root: string): void => {
  const layers = new Layers(root, new Space('a test', root));
  try {
    for (let count = 1 + random(3); count > 0; count--) {
      const bytes = mended(random, mutate(random, pick(random, bases), words));
      const reader = layers.next();
      for (let at = 0; at < bytes.length; ) {
        const length = 1 + random(3000);
        reader.write(bytes.subarray(at, at + length));
        at += length;
      }
      reader.end();
    }
    layers.finish();
  } catch (error) {
    if (!(error instanceof Damage || error instanceof Unsupported)) throw error;
  } finally {
    layers.abandon();
  }
};

/** Makes most headers' checksums right again: wrong ones end the reading at once. */
const mended = (random: Random, bytes: Uint8Array): Uint8Array => {
  const made = Buffer.from(bytes);
  for (let at = 0; at + 512 <= made.length; at += 512) {
    const block = made.subarray(at, at + 512);
    if (!block.includes('ustar') || random(20) === 0) continue;
    block.write('        ', 148);
    block.write(
      `${block
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    );
  }
  return made;
};

if (import.meta.main) runAlone('tar', tar);
