import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { type Part, tarOf } from '../../../test/image/archive.ts';
import { notRoot } from '../../../test/image/test-store.ts';
import { getXattr } from '../../host/kernel/libc.ffi.ts';
import { Damage, Unsupported } from '../../oci/index.ts';
import { Layers } from './layers.ts';
import { Space } from './space.ts';

let work: string;
let root: string;
beforeEach(() => {
  work = mkdtempSync(`${tmpdir()}/isola-unpack-`);
  root = `${work}/root`;
  mkdirSync(root);
  writeFileSync(`${work}/outside`, 'safe');
});
afterEach(() => rmSync(work, { recursive: true }));

const unpack = (...layers: readonly (readonly Part[])[]): string | undefined => {
  const unpacking = new Layers(root, new Space('a test', work));
  try {
    for (const parts of layers) {
      const reader = unpacking.next();
      reader.write(tarOf(parts));
      reader.end();
    }
    return unpacking.finish();
  } finally {
    unpacking.abandon();
  }
};
const text = (name: string): string => readFileSync(`${root}/${name}`, 'utf8');
const names = (name = ''): readonly string[] => readdirSync(`${root}/${name}`).sort();

describe('a layer', { skip: notRoot }, () => {
  test('keeps owners, modes with setuid, and times', () => {
    unpack([
      { name: 'bin/', mode: 0o2775, uid: 1, gid: 50, mtime: 1_600_000_000 },
      { name: 'bin/su', text: 'x', mode: 0o4755, uid: 7, gid: 8 },
    ]);
    const [bin, su] = [statSync(`${root}/bin`), statSync(`${root}/bin/su`)];
    assert.deepEqual([bin.mode & 0o7777, bin.uid, bin.gid, bin.mtimeMs], [0o2775, 1, 50, 1_600_000_000_000]);
    assert.deepEqual([su.mode & 0o7777, su.uid, su.gid, su.mtimeMs], [0o4755, 7, 8, 1_700_000_000_000]);
  });

  test('keeps times before 1970 and fractions of seconds', () => {
    unpack([
      { name: 'old', mtime: -86_400 },
      { name: 'fine', mtime: 1_700_000_000.25 },
    ]);
    assert.equal(statSync(`${root}/old`).mtimeMs, -86_400_000);
    assert.equal(statSync(`${root}/fine`).mtimeMs, 1_700_000_000_250);
  });

  test('keeps capabilities, which a change of owner would clear', () => {
    const capability = new Uint8Array([1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    unpack([{ name: 'ping', text: 'x', uid: 5, mode: 0o755, xattrs: new Map([['security.capability', capability]]) }]);
    assert.deepEqual(getXattr(`${root}/ping`, 'security.capability'), capability);
  });

  test('does not hand on labels of another host, nor what overlayfs would take for its own', () => {
    const value = new Uint8Array([0x79]);
    unpack([
      {
        name: 'd/',
        xattrs: new Map([
          ['trusted.overlay.opaque', value],
          ['security.selinux', value],
          ['trusted.mine', value],
        ]),
      },
    ]);
    assert.equal(getXattr(`${root}/d`, 'trusted.overlay.opaque'), undefined);
    assert.deepEqual(getXattr(`${root}/d`, 'trusted.mine'), value);
  });

  test('keeps symbolic links as they are, wherever they point', () => {
    unpack([
      { name: 'a', kind: 'symlink', linkName: '/etc/../../x', uid: 3 },
      { name: 'b', kind: 'symlink', linkName: 'nowhere' },
    ]);
    assert.deepEqual([readlinkSync(`${root}/a`), readlinkSync(`${root}/b`), lstatSync(`${root}/a`).uid], ['/etc/../../x', 'nowhere', 3]);
  });

  test('keeps hard links one file', () => {
    unpack([
      { name: 'a', text: 'x' },
      { name: 'd/b', kind: 'hardlink', linkName: '/a' },
    ]);
    assert.equal(statSync(`${root}/d/b`).ino, statSync(`${root}/a`).ino);
  });

  test('makes pipes and, where it may, device nodes', () => {
    const lost = unpack([
      { name: 'pipe', kind: 'fifo', mode: 0o600 },
      { name: 'null', kind: 'character', major: 1, minor: 3, mode: 0o666 },
      { name: 'disk', kind: 'block', major: 259, minor: 70_000 },
    ]);
    assert.ok(lstatSync(`${root}/pipe`).isFIFO());
    if (lost === undefined) {
      const found = lstatSync(`${root}/null`);
      assert.deepEqual([found.isCharacterDevice(), found.rdev, found.mode & 0o777], [true, 0x103, 0o666]);
      assert.equal(lstatSync(`${root}/disk`).rdev, 259 * 256 + (70_000 & 0xff) + (70_000 >> 8) * 2 ** 20);
    } else assert.match(lost, /2 device nodes/);
  });

  test('may leave parent directories unsaid', () => {
    unpack([{ name: 'a/b/c/file', text: 'x' }]);
    assert.equal(text('a/b/c/file'), 'x');
    assert.equal(statSync(`${root}/a/b`).mode & 0o7777, 0o755);
  });

  test('may say its root’s own attributes', () => {
    unpack([{ name: './', kind: 'directory', mode: 0o711, uid: 4 }]);
    assert.deepEqual([statSync(root).mode & 0o7777, statSync(root).uid], [0o711, 4]);
  });

  test('may have names that are no UTF-8', () => {
    unpack([{ name: 'd\xe9j\xe0/\xff', text: 'x' }]);
    assert.deepEqual(readdirSync(root, 'latin1'), ['d\xe9j\xe0']);
  });

  test('gives a directory its time after all is in it', () => {
    unpack(
      [
        { name: 'd/', mtime: 1_500_000_000 },
        { name: 'd/x', text: '' },
      ],
      [{ name: 'd/y', text: '' }],
    );
    assert.equal(statSync(`${root}/d`).mtimeMs, 1_500_000_000_000);
  });

  test('may close a directory to everybody', () => {
    unpack([
      { name: 'd/', mode: 0 },
      { name: 'd/x', text: 'x' },
    ]);
    assert.equal(statSync(`${root}/d`).mode & 0o7777, 0);
  });

  test('replaces what it says twice by the last', () => {
    unpack([
      { name: 'a', text: '1' },
      { name: 'a', text: '2' },
      { name: 'b/x', text: '' },
      { name: 'b', text: 'file now' },
      { name: 'c', text: '' },
      { name: 'c/', mode: 0o700 },
    ]);
    assert.deepEqual([text('a'), text('b'), statSync(`${root}/c`).isDirectory()], ['2', 'file now', true]);
  });
});

describe('a layer upon others', { skip: notRoot }, () => {
  test('removes by whiteouts, files and whole directories', () => {
    unpack([{ name: 'a' }, { name: 'd/e/f' }, { name: 'd/g' }], [{ name: '.wh.a' }, { name: 'd/.wh.e' }]);
    assert.deepEqual([names(), names('d')], [['d'], ['g']]);
  });

  test('hides all below an opaque directory, whether the mark comes first or last', () => {
    const lower = [{ name: 'd/old' }, { name: 'd/sub/old' }];
    unpack(lower, [{ name: 'd/' }, { name: 'd/.wh..wh..opq' }, { name: 'd/new' }]);
    assert.deepEqual(names('d'), ['new']);
    rmSync(root, { recursive: true });
    mkdirSync(root);
    unpack(lower, [{ name: 'd/' }, { name: 'd/new' }, { name: 'd/sub/new' }, { name: 'd/.wh..wh..opq' }]);
    assert.deepEqual([names('d'), names('d/sub')], [['new', 'sub'], ['new']]);
  });

  test('does not remove by a whiteout what it brings itself', () => {
    unpack(
      [{ name: 'a', text: 'old' }, { name: 'd/old' }],
      [{ name: 'a', text: 'new' }, { name: '.wh.a' }, { name: 'd/new' }, { name: '.wh.d' }],
    );
    assert.deepEqual([text('a'), names('d')], ['new', ['new']]);
  });

  test('may have whiteouts that are not empty', () => {
    unpack(
      [{ name: 'a' }, { name: 'd/b' }],
      [
        { name: '.wh.a', text: 'x'.repeat(1000) },
        { name: 'd/.wh..wh..opq', text: 'x' },
        { name: 'c', text: 'c' },
      ],
    );
    assert.deepEqual([names(), names('d'), text('c')], [['c', 'd'], [], 'c']);
  });

  test('may whiteout what never was', () => {
    unpack([{ name: 'a' }], [{ name: '.wh.b' }, { name: 'x/y/.wh.c' }, { name: 'a/.wh.d' }, { name: 'no/.wh..wh..opq' }]);
    assert.deepEqual(names(), ['a']);
  });

  test('passes over what aufs kept for itself', () => {
    unpack([{ name: '.wh..wh.plnk/', kind: 'directory' }, { name: '.wh..wh.aufs' }]);
    assert.deepEqual(names(), []);
  });

  test('turns directories into files and links into directories', () => {
    unpack(
      [{ name: 'd/x' }, { name: 'l', kind: 'symlink', linkName: '/' }],
      [{ name: 'd', text: 'file' }, { name: 'l/' }, { name: 'l/x' }],
    );
    assert.deepEqual([text('d'), lstatSync(`${root}/l`).isDirectory(), names('l')], ['file', true, ['x']]);
  });

  test('writes through the image’s own links, as merged /usr wants it', () => {
    unpack(
      [{ name: 'usr/lib/' }, { name: 'lib', kind: 'symlink', linkName: 'usr/lib' }, { name: 'lib/a' }],
      [{ name: 'lib/b' }, { name: 'lib/.wh.a' }],
    );
    assert.deepEqual([names('usr/lib'), lstatSync(`${root}/lib`).isSymbolicLink()], [['b'], true]);
  });

  test('links to a file of a layer below', () => {
    unpack([{ name: 'a', text: 'x' }], [{ name: 'b', kind: 'hardlink', linkName: 'a' }, { name: '.wh.a' }]);
    assert.deepEqual([names(), text('b')], [['b'], 'x']);
  });
});

/** Nothing outside the root may change, whatever is thrown. */
const stays = (): void => {
  assert.deepEqual(readdirSync(work).sort(), ['outside', 'root']);
  assert.equal(readFileSync(`${work}/outside`, 'utf8'), 'safe');
  assert.equal(statSync(`${work}/outside`).nlink, 1);
};

describe('a hostile layer', { skip: notRoot }, () => {
  for (const [what, parts] of Object.entries({
    'climbs out by ..': [{ name: '../outside', text: 'bad' }],
    'climbs out by .. from below': [{ name: 'a/b/../../../outside', text: 'bad' }],
    'makes a directory above': [{ name: '..', kind: 'directory' as const }],
    'hard-links to the outside': [
      { name: 'x', kind: 'hardlink' as const, linkName: '../outside' },
      { name: 'x', text: 'bad' },
    ],
    'whiteouts its parent': [{ name: 'd/' }, { name: 'd/.wh...' }],
    'whiteouts itself': [{ name: 'd/' }, { name: 'd/.wh..' }],
    'whiteouts the outside': [{ name: '../.wh.outside' }],
    'is opaque outside': [{ name: '../.wh..wh..opq' }],
    'has a file for its root': [{ name: '.', kind: 'file' as const, text: '' }],
    'links a directory': [{ name: 'd/' }, { name: 'x', kind: 'hardlink' as const, linkName: 'd' }],
    'links to what is not there': [{ name: 'x', kind: 'hardlink' as const, linkName: 'nothing' }],
    'replaces a directory by a link to what was in it': [
      { name: 'd/x', text: '' },
      { name: 'd', kind: 'hardlink' as const, linkName: 'd/x' },
    ],
    'puts a file below a file': [
      { name: 'f', text: '' },
      { name: 'f/x', text: '' },
    ],
    'has links that lead in a circle': [
      { name: 'a', kind: 'symlink' as const, linkName: 'b' },
      { name: 'b', kind: 'symlink' as const, linkName: 'a' },
      { name: 'a/x', text: '' },
    ],
  }))
    test(`that ${what} is refused`, () => {
      assert.throws(() => unpack(parts), Damage);
      stays();
    });

  for (const [what, parts, place] of [
    ['has absolute names', [{ name: `/${'outside'}`, text: 'x' }], 'outside'],
    [
      'writes through an absolute link',
      [
        { name: 'l', kind: 'symlink', linkName: '/' },
        { name: 'l/outside', text: 'x' },
      ],
      'outside',
    ],
    [
      'writes through a link upwards',
      [
        { name: 'd/l', kind: 'symlink', linkName: '../../../..' },
        { name: 'd/l/outside', text: 'x' },
      ],
      'outside',
    ],
    [
      'writes through a chain of links',
      [
        { name: 'a', kind: 'symlink', linkName: '..' },
        { name: 'b', kind: 'symlink', linkName: 'a/..' },
        { name: 'b/outside', text: 'x' },
      ],
      'outside',
    ],
    [
      'writes onto a link',
      [
        { name: 'x', kind: 'symlink', linkName: '../outside' },
        { name: 'x', text: 'x' },
      ],
      'x',
    ],
    [
      'makes a directory through a link',
      [
        { name: 'l', kind: 'symlink', linkName: '..' },
        { name: 'l/made/x', text: 'x' },
      ],
      'made/x',
    ],
    [
      'links through a link',
      [
        { name: 'outside', text: 'x' },
        { name: 'l', kind: 'symlink', linkName: '..' },
        { name: 'y', kind: 'hardlink', linkName: 'l/outside' },
      ],
      'y',
    ],
  ] as readonly [string, readonly Part[], string][])
    test(`that ${what} stays in the tree`, () => {
      unpack(parts);
      stays();
      assert.equal(text(place), 'x');
    });

  test('that whiteouts through a link stays in the tree', () => {
    unpack(
      [{ name: 'l', kind: 'symlink', linkName: '..' }],
      [{ name: 'l/.wh.outside' }, { name: 'l/.wh.root' }, { name: 'l/.wh..wh..opq' }],
    );
    stays();
  });

  test('that hides all through a link to the root hides only the image', () => {
    unpack([{ name: 'a' }, { name: 'l', kind: 'symlink', linkName: '/' }], [{ name: 'l/.wh..wh..opq' }]);
    stays();
    assert.deepEqual(names(), []);
  });

  test('with a name longer than the host allows is refused as such', () => {
    assert.throws(() => unpack([{ name: 'n'.repeat(300), text: '' }]), Unsupported);
    assert.throws(() => unpack([{ name: `${'n'.repeat(200)}/`.repeat(30), text: '' }]), Unsupported);
    stays();
  });

  test('whose links multiply the way to a file is given up', () => {
    const parts: Part[] = Array.from({ length: 30 }, (_, level) => ({
      name: `l${level}`,
      kind: 'symlink',
      linkName: `${`l${level + 1}/../`.repeat(200)}.`,
    }));
    assert.throws(() => unpack([...parts, { name: 'l30/' }, { name: 'l0/x', text: '' }]), Damage);
    stays();
  });

  test('leaves no file open when it ends early', () => {
    const before = readdirSync('/proc/self/fd').length;
    const unpacking = new Layers(root, new Space('a test', work));
    const reader = unpacking.next();
    reader.write(tarOf([{ name: 'big', text: 'x'.repeat(5000) }]).subarray(0, 3000));
    assert.throws(() => reader.end(), Damage);
    unpacking.abandon();
    assert.equal(readdirSync('/proc/self/fd').length, before);
  });
});
