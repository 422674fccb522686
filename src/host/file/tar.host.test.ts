import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { Refusal } from '../../environment/index.ts';
import { packFiles, unpackFile, unpackFiles } from './tar.ts';

const skip = process.getuid?.() === 0 ? false : 'only root could be harmed by a hostile archive';

/** An archive nobody's tar would make, by Python's tarfile. */
const hostile = (entries: string): Buffer => {
  const program = `
import io, sys, tarfile
out = tarfile.open(fileobj=sys.stdout.buffer, mode='w|', format=tarfile.GNU_FORMAT)
def add(name, kind=tarfile.REGTYPE, mode=0o644, link='', body=b''):
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.linkname, info.size = kind, mode, link, len(body)
    info.devmajor, info.devminor = 1, 3
    out.addfile(info, io.BytesIO(body))
${entries}
out.close()
`;
  const { status, stdout, stderr } = spawnSync('python3', ['-c', program], { maxBuffer: 2 ** 24 });
  assert.equal(status, 0, stderr.toString());
  return stdout;
};

suite('an archive from inside, unpacked on the host', { skip }, () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'isola-tar-'));
    mkdirSync(join(folder, 'target'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const unpack = (entries: string, keepOwners = false): Promise<void> =>
    unpackFiles(
      (async function* () {
        yield hostile(entries);
      })(),
      join(folder, 'target'),
      { keepOwners },
    );

  test('keeps permissions, but gives nobody the rights of its new owner', async () => {
    await unpack(`add('tool', mode=0o6755, body=b'x')\nadd('folder', tarfile.DIRTYPE, 0o1777)`);
    assert.equal(lstatSync(join(folder, 'target/tool')).mode & 0o7777, 0o755);
    assert.equal(lstatSync(join(folder, 'target/folder')).mode & 0o7777, 0o777);
  });

  test('keeps every bit if that was asked for', async () => {
    await unpack(`add('tool', mode=0o6755, body=b'x')`, true);
    assert.equal(lstatSync(join(folder, 'target/tool')).mode & 0o7777, 0o6755);
  });

  test('makes no device of the host’s', async () => {
    await assert.rejects(unpack(`add('null', tarfile.CHRTYPE, 0o666)`), (error) => error instanceof Refusal && /null/.test(error.message));
    assert.equal(existsSync(join(folder, 'target/null')), false);
  });

  test('writes nowhere else: not by dots, not by an absolute name, not through a link it brought', async () => {
    await unpack(`add('${folder}/absolute', body=b'x')`);
    await unpack(`add('../dots', body=b'x')`).catch(() => {});
    await unpack(`add('way', tarfile.SYMTYPE, link='..')\nadd('way/linked', body=b'x')`).catch(() => {});
    await unpack(`add('far', tarfile.SYMTYPE, link='${folder}')\nadd('far/linked', body=b'x')`).catch(() => {});
    for (const name of ['absolute', 'dots', 'linked']) assert.equal(existsSync(join(folder, name)), false, name);
  });

  test('does not link to files of the host', async () => {
    writeFileSync(join(folder, 'secret'), 'secret');
    await unpack(`add('hard', tarfile.LNKTYPE, link='../secret')`).catch(() => {});
    await unpack(`add('hard2', tarfile.LNKTYPE, link='${folder}/secret')`).catch(() => {});
    for (const name of ['hard', 'hard2']) {
      const path = join(folder, 'target', name);
      assert.ok(!existsSync(path) || readFileSync(path, 'utf8') !== 'secret', name);
    }
  });
});

suite('an archive of one file from inside, unpacked on the host', { skip }, () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'isola-tar-'));
    mkdirSync(join(folder, 'target'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** In pieces that end anywhere. */
  const unpack = (archive: Buffer, size: number, keepOwners = false): Promise<void> =>
    unpackFile(
      (async function* () {
        for (let at = 0; at < archive.length; at += size) yield archive.subarray(at, at + size);
      })(),
      join(folder, 'target'),
      { keepOwners },
    );

  test('has its contents, mode and time, whatever pieces it comes in', async () => {
    const archive = hostile(`info = tarfile.TarInfo('./it')
info.mode, info.size, info.mtime, info.uid, info.gid = 0o6750, 700001, 1234567890, 7, 8
out.addfile(info, io.BytesIO(b'abcdefg' * 100001))`);
    for (const [size, keepOwners] of [
      [100, false],
      [512, true],
      [65_537, false],
      [archive.length, true],
    ] as const) {
      await unpack(archive, size, keepOwners);
      const path = join(folder, 'target/it');
      const { mode, mtimeMs, uid, gid } = lstatSync(path);
      assert.deepEqual([mode & 0o7777, mtimeMs], [keepOwners ? 0o6750 : 0o750, 1_234_567_890_000]);
      if (keepOwners) assert.deepEqual([uid, gid], [7, 8]);
      assert.equal(readFileSync(path, 'utf8'), 'abcdefg'.repeat(100_001).slice(0, 700_001));
      rmSync(path);
    }
  });

  test('may hold more, or something else, and then is as any', async () => {
    await unpack(hostile(`add('one', body=b'1')\nadd('two', body=b'2')\nadd('${'n'.repeat(150)}', body=b'3')`), 700);
    await unpack(hostile(`add('link', tarfile.SYMTYPE, link='nowhere')`), 700);
    assert.equal(readFileSync(join(folder, 'target/two'), 'utf8'), '2');
    assert.equal(readFileSync(join(folder, 'target', 'n'.repeat(150)), 'utf8'), '3');
    assert.ok(lstatSync(join(folder, 'target/link')).isSymbolicLink());
    for (const name of ['../out', `${folder}/out`, '..']) await unpack(hostile(`add('${name}', body=b'x')`), 700).catch(() => {});
    assert.deepEqual(readdirSync(folder), ['target']);
  });

  test('that ends in the middle is refused', async () => {
    const archive = hostile(`add('it', body=bytes(3000))`);
    for (const length of [100, 512, 1000, 3584 - 1]) {
      await assert.rejects(unpack(archive.subarray(0, length), 300), (error) => error instanceof Refusal, String(length));
      rmSync(join(folder, 'target/it'), { force: true });
    }
  });
});

suite('a plain file of the host, packed', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'isola-tar-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('is to GNU tar what it was, under its new name', async () => {
    const path = join(folder, 'file');
    writeFileSync(path, Buffer.alloc(700_001, 'abc'), { mode: 0o640 });
    utimesSync(path, 1_000_000, 1_234_567_890);
    for (const as of ['short', 'n'.repeat(100), 'n'.repeat(101), 'café & \\ [a]*']) {
      const archive = Buffer.concat(await Array.fromAsync(packFiles(path, { as, keepOwners: false })));
      const tar = (...args: readonly string[]) =>
        spawnSync('tar', [...args, '-f', '-'], { input: archive, maxBuffer: 2 ** 24, encoding: 'latin1' });
      const listed = tar('-t', '-v', '--utc', '--full-time', '--quoting-style=literal', '--numeric-owner');
      assert.deepEqual(
        [listed.stdout, listed.stderr],
        [`-rw-r----- 0/0          700001 2009-02-13 23:31:30 ${Buffer.from(as).toString('latin1')}\n`, ''],
      );
      assert.equal(tar('-x', '--to-stdout').stdout, readFileSync(path, 'latin1'));
    }
  });

  test('keeps its owner if that was asked for', async () => {
    const path = join(folder, 'file');
    writeFileSync(path, 'x');
    const { uid, gid } = lstatSync(path);
    const archive = Buffer.concat(await Array.fromAsync(packFiles(path, { as: 'file', keepOwners: true })));
    const { stdout } = spawnSync('tar', ['-t', '-v', '--numeric-owner', '-f', '-'], { input: archive, encoding: 'utf8' });
    assert.match(stdout, new RegExp(` ${uid}/${gid} `));
  });
});
