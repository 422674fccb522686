import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, describe, test } from 'node:test';
import { Damage, Unsupported } from '../damage.ts';
import type { TarEntry } from './entry.ts';
import { TarReader } from './reader.ts';
import { endMark, padding, writeHeader } from './writer.ts';

interface Read {
  readonly entries: readonly (TarEntry & { readonly text: string })[];
  readonly complete: boolean;
}

/** Reads an archive that arrives in pieces of this size. */
const read = (archive: Uint8Array, pieceBytes = 1 << 20): Read => {
  const entries: (TarEntry & { text: string })[] = [];
  let open: { entry: TarEntry; pieces: Uint8Array[] } | undefined;
  const reader = new TarReader({
    entry: (entry) => {
      open = { entry, pieces: [] };
    },
    content: (piece) => void open?.pieces.push(piece.slice()),
    end: () => {
      if (open) entries.push({ ...open.entry, text: Buffer.concat(open.pieces).toString('latin1') });
      open = undefined;
    },
  });
  for (let at = 0; at < archive.length; at += pieceBytes) reader.write(archive.subarray(at, at + pieceBytes));
  return { entries, ...reader.end() };
};

const work = mkdtempSync(`${tmpdir()}/isola-tar-`);
after(() => rmSync(work, { recursive: true }));

const long = 'a-rather-long-name-'.repeat(10);
const makeFiles = (): string => {
  const root = `${work}/files`;
  mkdirSync(`${root}/directory/${long}/below`, { recursive: true });
  writeFileSync(`${root}/plain`, 'content');
  writeFileSync(`${root}/empty`, '');
  writeFileSync(`${root}/block`, 'x'.repeat(512));
  writeFileSync(`${root}/directory/${long}/below/${long}`, 'deep');
  writeFileSync(`${root}/größe`, 'umlaut');
  symlinkSync('plain', `${root}/link`);
  symlinkSync(`/${long}/${long}`, `${root}/long-link`);
  linkSync(`${root}/plain`, `${root}/zz-hard`);
  chmodSync(`${root}/plain`, 0o4755);
  utimesSync(`${root}/plain`, 1_500_000_000, 1_500_000_000);
  execFileSync('mkfifo', [`${root}/pipe`]);
  return root;
};
const files = makeFiles();

const gnuTar = (...options: string[]): Buffer =>
  execFileSync('tar', ['--owner=7', '--group=8', '--numeric-owner', '--sort=name', ...options, '-C', files, '-cf', '-', '.']);

describe('archives of GNU tar', () => {
  for (const format of ['gnu', 'pax', 'oldgnu']) {
    for (const pieceBytes of [1, 100, 512, 1 << 20]) {
      test(`${format}, in pieces of ${pieceBytes}`, () => {
        const { entries, complete } = read(gnuTar(`--format=${format}`), pieceBytes);
        assert.ok(complete);
        const by = new Map(entries.map((entry) => [entry.name, entry]));
        const plain = by.get('./plain');
        assert.deepEqual(
          { kind: plain?.kind, mode: plain?.mode, uid: plain?.uid, gid: plain?.gid, mtime: plain?.mtime, text: plain?.text },
          { kind: 'file', mode: 0o4755, uid: 7, gid: 8, mtime: 1_500_000_000, text: 'content' },
        );
        assert.equal(by.get('./block')?.text, 'x'.repeat(512));
        assert.equal(by.get('./empty')?.size, 0);
        assert.equal(by.get('./link')?.linkName, 'plain');
        assert.equal(by.get('./long-link')?.linkName, `/${long}/${long}`);
        assert.equal(by.get(`./directory/${long}/below/${long}`)?.text, 'deep');
        assert.equal(by.get(`./directory/${long}/below/`)?.kind, 'directory');
        assert.deepEqual([by.get('./zz-hard')?.kind, by.get('./zz-hard')?.linkName], ['hardlink', './plain']);
        assert.equal(by.get('./pipe')?.kind, 'fifo');
        assert.ok(by.has(Buffer.from('./größe').toString('latin1')));
      });
    }
  }

  test('the oldest format, v7, without links and long names', () => {
    const archive = execFileSync('tar', ['--format=v7', '-C', files, '-cf', '-', 'plain', 'empty', 'link']);
    assert.deepEqual(
      read(archive).entries.map(({ name, kind }) => [name, kind]),
      [
        ['plain', 'file'],
        ['empty', 'file'],
        ['link', 'symlink'],
      ],
    );
  });

  test('fractional times of pax', () => {
    utimesSync(`${files}/empty`, 1_600_000_000.25, 1_600_000_000.25);
    const empty = read(gnuTar('--format=pax')).entries.find(({ name }) => name === './empty');
    assert.equal(empty?.mtime, 1_600_000_000.25);
  });

  test('extended attributes keep bytes that are no text', () => {
    const archive = execFileSync('tar', [...['--format=pax', '--pax-option=SCHILY.xattr.user.x:=value', '-C', files, '-cf', '-', 'plain']]);
    assert.deepEqual(
      [...(read(archive).entries[0]?.xattrs ?? [])],
      [['user.x', Buffer.from('value')]].map(([k, v]) => [k, new Uint8Array(v as Buffer)]),
    );
  });

  test('a sparse file is refused as such', () => {
    execFileSync('truncate', ['-s', '10M', `${work}/sparse`]);
    for (const format of ['gnu', 'pax'])
      assert.throws(
        () => read(execFileSync('tar', ['--sparse', `--format=${format}`, '-C', work, '-cf', '-', 'sparse'])),
        (error) => error instanceof Unsupported && /sparse/.test(error.message),
      );
  });
});

test('archives of Python’s tarfile, whose names and times are awkward', () => {
  const archive = execFileSync('python3', [
    '-c',
    `
import tarfile, io, sys
t = tarfile.open(fileobj=sys.stdout.buffer, mode='w|', format=tarfile.PAX_FORMAT)
def add(name, **k):
    i = tarfile.TarInfo(name)
    for a, v in k.items(): setattr(i, a, v)
    t.addfile(i, io.BytesIO(b'x' * i.size))
add('n/' * 200 + 'deep', size=3, uid=3000000, gid=4000000, mtime=-5.5)
add('dev', type=tarfile.CHRTYPE, devmajor=1, devminor=3)
add('blk', type=tarfile.BLKTYPE, devmajor=259, devminor=70000)
add('ü' * 60, size=1)
t.close()`,
  ]);
  const [deep, dev, blk, umlauts] = read(archive).entries;
  assert.deepEqual([deep?.uid, deep?.gid, deep?.mtime, deep?.size], [3_000_000, 4_000_000, -5.5, 3]);
  assert.deepEqual([dev?.kind, dev?.major, dev?.minor], ['character', 1, 3]);
  assert.deepEqual([blk?.kind, blk?.major, blk?.minor], ['block', 259, 70_000]);
  assert.equal(Buffer.from(umlauts?.name ?? '', 'latin1').toString(), 'ü'.repeat(60));
});

const entry = (over: Partial<TarEntry>): TarEntry => ({
  ...{ kind: 'file', name: 'file', linkName: '', mode: 0o644, uid: 0, gid: 0, size: 0, mtime: 0, major: 0, minor: 0, xattrs: new Map() },
  ...over,
});
const archive = (...parts: Uint8Array[]): Uint8Array => Buffer.concat([...parts, endMark]);
/** Writes over a field and mends the checksum. */
const altered = (block: Uint8Array, offset: number, bytes: string): Uint8Array => {
  const made = Buffer.from(block);
  made.write(bytes, offset, 'latin1');
  made.write('        ', 148);
  made.write(
    `${made
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  );
  return made;
};

describe('damaged and hostile archives', () => {
  const good = writeHeader(entry({ size: 5 }));
  const hostile: Readonly<Record<string, Uint8Array>> = {
    'a wrong checksum': archive(Buffer.from(good).fill(0x41, 0, 1)),
    'a size that is no number': archive(altered(good, 124, '9999999999\0')),
    'a negative size': archive(altered(good, 124, '\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff')),
    'a size beyond what numbers hold': archive(altered(good, 124, `\x80${'\x7f'.repeat(11)}`)),
    'an owner that means no change': archive(altered(good, 108, '\x80\x00\x00\x00\xff\xff\xff\xff')),
    'no name': archive(writeHeader(entry({ name: '' }))),
    'a link to nothing': archive(writeHeader(entry({ kind: 'symlink' }))),
    'a lone empty block': Buffer.concat([new Uint8Array(512), good, Buffer.from('hello'), padding(5), endMark]),
    'an extended header that claims a gigabyte': archive(altered(altered(good, 156, 'x'), 124, '10000000000\0')),
    'an extended header that makes no sense': archive(
      altered(writeHeader(entry({ size: 3 })), 156, 'x'),
      Buffer.from('abc'),
      padding(3),
      good,
    ),
    'a pax length beyond its header': archive(
      altered(writeHeader(entry({ size: 12 })), 156, 'x'),
      Buffer.from('99 path=abc\n'),
      padding(12),
    ),
    'a pax length of nothing': archive(altered(writeHeader(entry({ size: 12 })), 156, 'x'), Buffer.from('0 path=abcd\n'), padding(12)),
    'a NUL within a name': archive(
      altered(writeHeader(entry({ size: 13 })), 156, 'x'),
      Buffer.from('13 path=a\0bc\n'),
      padding(13),
      writeHeader(entry({})),
    ),
    'a cut in a header': good.subarray(0, 300),
    'a cut in a content': Buffer.concat([good, Buffer.from('hel')]),
    'a cut in a padding': Buffer.concat([good, Buffer.from('hello')]),
    'an extended header for nothing': altered(writeHeader(entry({ size: 0 })), 156, 'L'),
  };
  for (const [what, bytes] of Object.entries(hostile))
    test(`${what} is damage`, () => {
      assert.throws(() => read(bytes), Damage);
    });

  test('an unknown type is refused by its letter', () => {
    assert.throws(
      () => read(archive(altered(writeHeader(entry({})), 156, 'Q'))),
      (error) => error instanceof Unsupported && error.message.includes('type Q'),
    );
  });

  test('an archive without its end mark is told apart', () => {
    assert.deepEqual(read(Buffer.concat([good, Buffer.from('hello'), padding(5)])).complete, false);
    assert.equal(read(archive(good, Buffer.from('hello'), padding(5))).complete, true);
  });

  test('what follows the end mark is passed over', () => {
    assert.equal(read(Buffer.concat([endMark, Buffer.from('garbage that is no header'.repeat(100))])).complete, true);
  });

  test('a link with a size has no content all the same', () => {
    const link = altered(writeHeader(entry({ kind: 'hardlink', linkName: 'a' })), 124, '00000000777\0');
    const { entries } = read(archive(link, writeHeader(entry({ name: 'next' }))));
    assert.deepEqual(
      entries.map(({ name }) => name),
      ['file', 'next'],
    );
  });
});
