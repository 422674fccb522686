import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import type { TarEntry } from './entry.ts';
import { endMark, padding, writeHeader } from './writer.ts';

const entry = (over: Partial<TarEntry>): TarEntry => ({
  ...{ kind: 'file', name: 'file', linkName: '', mode: 0o644, uid: 0, gid: 0, size: 0, mtime: 0, major: 0, minor: 0, xattrs: new Map() },
  ...over,
});
const bytesAs = (text: string): string => Buffer.from(text).toString('latin1');

const samples: readonly TarEntry[] = [
  entry({ name: './', kind: 'directory', mode: 0o755 }),
  entry({ name: 'plain', size: 5, mode: 0o4755, uid: 1000, gid: 65_534, mtime: 1_700_000_000 }),
  entry({ name: 'dir', kind: 'directory', mode: 0o1777 }),
  entry({ name: `${'p'.repeat(90)}/${'n'.repeat(90)}` }),
  entry({ name: 'x'.repeat(101) }),
  entry({ name: `${'y'.repeat(120)}/${'z'.repeat(120)}`, kind: 'directory' }),
  entry({ name: bytesAs('größe'), mtime: 1_700_000_000.5 }),
  entry({ name: 'link', kind: 'symlink', linkName: 'l'.repeat(150), mode: 0o777 }),
  entry({ name: 'hard', kind: 'hardlink', linkName: 'plain' }),
  entry({ name: 'null', kind: 'character', major: 1, minor: 3 }),
  entry({ name: 'pipe', kind: 'fifo' }),
  entry({ name: 'rich', uid: 3_000_000, xattrs: new Map([['security.capability', new Uint8Array([1, 0, 0, 2, 0, 0x20, 10])]]) }),
  entry({ name: 'old', mtime: -1000 }),
];
const archive = Buffer.concat([
  ...samples.flatMap((sample) => [writeHeader(sample), new Uint8Array(sample.size).fill(0x61), padding(sample.size)]),
  endMark,
]);

describe('what the writer writes is read the same by', () => {
  test('Python’s tarfile', () => {
    const said = execFileSync(
      'python3',
      [
        '-c',
        `
import tarfile, sys, json
out = []
for m in tarfile.open(fileobj=sys.stdin.buffer, mode='r|', errors='surrogateescape'):
    x = {k: v.encode('utf8', 'surrogateescape').hex() for k, v in m.pax_headers.items() if 'xattr' in k}
    out.append([m.name, m.type.decode(), m.mode, m.uid, m.gid, m.size, float(m.mtime), m.linkname, m.devmajor if m.isdev() and not m.isfifo() else 0, m.devminor if m.isdev() and not m.isfifo() else 0, x])
print(json.dumps(out))`,
      ],
      { input: archive },
    );
    const type: Readonly<Record<TarEntry['kind'], string>> = {
      ...{ file: '0', hardlink: '1', symlink: '2', character: '3', block: '4', directory: '5', fifo: '6' },
    };
    const expected = samples.map((one) => [
      Buffer.from(one.name, 'latin1').toString().replace(/\/$/, ''),
      ...[type[one.kind], one.mode, one.uid, one.gid, one.size, one.mtime, one.linkName, one.major, one.minor],
      Object.fromEntries([...one.xattrs].map(([key, value]) => [`SCHILY.xattr.${key}`, Buffer.from(value).toString('hex')])),
    ]);
    assert.deepEqual(JSON.parse(said.toString()), expected);
  });

  test('GNU tar', () => {
    const listing = execFileSync('tar', ['--quoting-style=literal', '--numeric-owner', '-tf', '-'], { input: archive }).toString();
    const expected = samples.map(({ name, kind }) =>
      Buffer.from(kind === 'directory' && !name.endsWith('/') ? `${name}/` : name, 'latin1').toString(),
    );
    assert.deepEqual(listing.trimEnd().split('\n'), expected);
  });
});

test('entries with equal fields give equal bytes, whatever the order of their attributes', () => {
  const a = entry({
    xattrs: new Map([
      ['user.a', new Uint8Array([1])],
      ['user.b', new Uint8Array([2])],
    ]),
  });
  const b = entry({
    xattrs: new Map([
      ['user.b', new Uint8Array([2])],
      ['user.a', new Uint8Array([1])],
    ]),
  });
  assert.deepEqual(writeHeader(a), writeHeader(b));
});
