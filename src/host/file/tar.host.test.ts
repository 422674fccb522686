import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { Refusal } from '../../environment/index.ts';
import { unpackFiles } from './tar.ts';

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
