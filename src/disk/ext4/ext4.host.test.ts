import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { getXattr, setXattr } from '../../host/kernel/libc.ffi.ts';
import { Damage, Unsupported } from '../damage.ts';
import { Ext4, type Node } from './index.ts';

const sizeBytes = 32 * 1024 ** 2;

const treeIn = (t: TestContext): { readonly tree: string; readonly image: string } => {
  const work = mkdtempSync(join(tmpdir(), 'isola-ext4-'));
  t.after(() => rmSync(work, { recursive: true }));
  mkdirSync(join(work, 'tree'));
  return { tree: join(work, 'tree'), image: join(work, 'image') };
};

/** What mke2fs(8) makes of a tree, or of what `change` does to that. */
const diskOf = ({ tree, image }: { readonly tree: string; readonly image: string }, change: (bytes: Buffer) => void = () => {}): Ext4 => {
  writeFileSync(image, '');
  truncateSync(image, sizeBytes);
  execFileSync('mke2fs', ['-q', '-F', '-t', 'ext4', '-b', '4096', '-d', tree, image]);
  const bytes = readFileSync(image);
  change(bytes);
  return new Ext4({ sizeBytes, readInto: (at, into) => void into.set(bytes.subarray(at, at + into.length)) });
};

const find = (disk: Ext4, path: string): Node => {
  let node = disk.root;
  for (const word of path.split('/')) {
    const found = [...disk.entries(node)].find(({ name }) => Buffer.from(name).toString() === word);
    assert.ok(found, path);
    node = disk.node(found.inode);
  }
  return node;
};

const contents = (disk: Ext4, node: Node): Buffer => {
  const all = Buffer.alloc(node.sizeBytes);
  for (const { at, bytes, from } of disk.pieces(node)) disk.readInto(from, all.subarray(at, at + bytes));
  return all;
};

test('files, links, modes and times are read as they were written', (t) => {
  const place = treeIn(t);
  mkdirSync(join(place.tree, 'etc/deep'), { recursive: true });
  writeFileSync(join(place.tree, 'etc/file'), 'words\n', { mode: 0o4751 });
  utimesSync(join(place.tree, 'etc/file'), 981_173_106, 981_173_106);
  linkSync(join(place.tree, 'etc/file'), join(place.tree, 'etc/deep/same'));
  symlinkSync('../file', join(place.tree, 'etc/deep/short'));
  symlinkSync('long/'.repeat(50), join(place.tree, 'etc/long'));
  const disk = diskOf(place);
  const file = find(disk, 'etc/file');
  assert.equal(contents(disk, file).toString(), 'words\n');
  assert.deepEqual([file.kind, file.mode & 0o777, file.links, file.mtimeNs], ['file', 0o751, 2, 981_173_106_000_000_000n]);
  assert.equal(find(disk, 'etc/deep/same').inode, file.inode);
  const links = ['etc/deep/short', 'etc/long'].map((path) => Buffer.from(disk.target(find(disk, path))).toString());
  assert.deepEqual(links, ['../file', 'long/'.repeat(50)]);
  const { uid, gid } = statSync(join(place.tree, 'etc/file'));
  assert.deepEqual([file.uid, file.gid], [uid, gid]);
});

test('times have nanoseconds, and years after 2038', (t) => {
  const place = treeIn(t);
  writeFileSync(join(place.tree, 'file'), '');
  utimesSync(join(place.tree, 'file'), 1, 1);
  diskOf(place);
  // What mke2fs(8) leaves out: a word of 2 bits of the epoch, and nanoseconds above them.
  execFileSync('debugfs', ['-w', '-R', `set_inode_field file mtime_extra ${1 | (789 << 2)}`, place.image], { stdio: 'ignore' });
  const bytes = readFileSync(place.image);
  const disk = new Ext4({ sizeBytes, readInto: (at, into) => void into.set(bytes.subarray(at, at + into.length)) });
  assert.equal(find(disk, 'file').mtimeNs, (2n ** 32n + 1n) * 1_000_000_000n + 789n);
});

test('a directory of many blocks, and a file of more extents than one block of them has, are read whole', (t) => {
  const place = treeIn(t);
  mkdirSync(join(place.tree, 'many'));
  const names = Array.from({ length: 1000 }, (_, index) => `file ${index}`);
  for (const name of names) writeFileSync(join(place.tree, 'many', name), name);
  const file = openSync(join(place.tree, 'holes'), 'w');
  for (let count = 0; count < 1000; count++) writeSync(file, Buffer.alloc(4096, count), 0, 4096, count * 8192);
  closeSync(file);
  const disk = diskOf(place);
  const found = [...disk.entries(find(disk, 'many'))];
  assert.deepEqual(found.map(({ name }) => Buffer.from(name).toString()).sort(), names.toSorted());
  assert.ok(found.slice(0, 50).every(({ name, inode }) => contents(disk, disk.node(inode)).toString() === Buffer.from(name).toString()));
  const holes = find(disk, 'holes');
  // Four of them are zeros, which mke2fs(8) leaves out.
  assert.equal([...disk.pieces(holes)].length, 996);
  assert.ok(contents(disk, holes).equals(readFileSync(join(place.tree, 'holes'))));
});

test('extended attributes are what the kernel gives of the tree, access control lists among them', (t) => {
  const place = treeIn(t);
  const path = join(place.tree, 'file');
  writeFileSync(path, '');
  // posix_acl_xattr.h: owner, the user 1000, group, mask, others.
  const acl = [2, 0, 0, 0].concat(
    [1, 2, 4, 16, 32].flatMap((tag) => [tag, 0, 6, 0, ...(tag === 2 ? [0xe8, 3, 0, 0] : [255, 255, 255, 255])]),
  );
  setXattr(path, 'system.posix_acl_access', Uint8Array.from(acl));
  setXattr(path, 'user.large', new Uint8Array(1500).fill(7));
  setXattr(path, 'user.small', Uint8Array.of(1, 2, 3));
  const disk = diskOf(place);
  const attributes = new Map(disk.attributes(find(disk, 'file')).map(({ name, value }) => [name, value]));
  for (const name of ['system.posix_acl_access', 'user.large', 'user.small'])
    assert.deepEqual(attributes.get(name), getXattr(path, name), name);
});

test('what isn’t to be read so is refused, by name', (t) => {
  const place = treeIn(t);
  writeFileSync(join(place.tree, 'file'), 'words');
  const incompat = 1024 + 0x60;
  const with_ = (bits: number) => () => diskOf(place, (bytes) => bytes.writeUInt32LE(bytes.readUInt32LE(incompat) | bits, incompat));
  assert.throws(with_(0x4), (error) => error instanceof Unsupported && /journal is to be played back/.test(error.message));
  assert.throws(with_(0x18000), (error) => error instanceof Unsupported && /inline_data, encrypt/.test(error.message));
  assert.throws(() => diskOf(place, (bytes) => bytes.fill(0, 1024, 2048)), /has no ext4/);
});

test('a file of more blocks than there are is one of a disk that is broken', (t) => {
  const place = treeIn(t);
  writeFileSync(join(place.tree, 'file'), 'words');
  const longer = diskOf(place, (bytes) => {
    // The first extent of each inode that has one.
    for (let at = bytes.indexOf('\x0a\xf3', 1024, 'latin1'); at > 0; at = bytes.indexOf('\x0a\xf3', at + 1, 'latin1'))
      bytes.writeUInt16LE(0x7fff, at + 16);
  });
  assert.throws(() => [...longer.entries(longer.root)], Damage);
});
