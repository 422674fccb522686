/** Host files shown inside, and copies at their edges. */
import assert from 'node:assert/strict';
import {
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { stage, whyNot } from '../stage/stage.ts';

suite('host files', { skip: (await whyNot('os-level')) ?? false }, () => {
  const here = stage();
  let work: string;
  before(() => {
    work = mkdtempSync(join(tmpdir(), 'isola-files-'));
  });
  after(() => rmSync(work, { recursive: true, force: true }));
  const run = (...args: readonly string[]) => here.ok('run', '--network', 'none', ...args);

  test('in a volume belong to the same ids inside as on the host, and so does what is made there', async () => {
    mkdirSync(join(work, 'v'));
    writeFileSync(join(work, 'v/theirs'), 'x');
    chownSync(join(work, 'v/theirs'), 1000, 1000);
    const out = await run(
      '-v',
      `${work}/v:/v`,
      'busybox',
      '--',
      'sh',
      '-c',
      'stat -c %u:%g /v/theirs; touch /v/mine; touch /v/given; chown 5:6 /v/given',
    );
    assert.equal(out, '1000:1000\n');
    const owners = ['mine', 'given'].map((name) => statSync(join(work, 'v', name))).map(({ uid, gid }) => [uid, gid]);
    assert.deepEqual(owners, [
      [0, 0],
      [5, 6],
    ]);
  });

  test('in a read-only volume can’t be changed, and a single file can be one', async () => {
    writeFileSync(join(work, 'one'), 'alone\n');
    const script = 'cat /etc/one; echo > /etc/one; touch /v/new; cat /rw/one';
    const { stdout, stderr } = await here.isola(
      'run',
      '--network',
      'none',
      '-v',
      `${work}/one:/etc/one:ro`,
      '-v',
      `${work}/v:/v:ro`,
      '-v',
      `${work}/one:/rw/one`,
      'busybox',
      '--',
      'sh',
      '-c',
      script,
    );
    assert.equal(stdout, 'alone\nalone\n');
    assert.equal(stderr.match(/Read-only file system/g)?.length, 2);
  });

  test('that aren’t there are refused by their name', async () => {
    assert.match(
      await here.refused(125, 'run', '--network', 'none', '-v', `${work}/no-such:/v`, 'busybox', 'true'),
      /there is no .*no-such/,
    );
    assert.match(await here.refused(2, 'launch', '-v', 'relative:/v', 'busybox'), /--volume can't be "relative:\/v"/);
    assert.ok(!existsSync(join(work, 'no-such')));
  });

  test('with links and odd names are copied as they are', async () => {
    const from = join(work, 'from');
    mkdirSync(join(from, 'sub'), { recursive: true });
    for (const name of ['with space', '-dash', 'new\nline', 'ümläut', 'quo\'te"', '*?[x]', 'x'.repeat(200)])
      writeFileSync(join(from, name), name);
    linkSync(join(from, '-dash'), join(from, 'sub/linked'));
    symlinkSync('../with space', join(from, 'sub/soft'));
    symlinkSync('/nowhere', join(from, 'dangling'));
    utimesSync(join(from, 'ümläut'), 1_000_000, 1_000_000);
    await here.ok('launch', '--hold', '--network', 'none', 'busybox', 've');
    await here.ok('cp', from, 've:/to');
    await here.ok('cp', 've:/to', join(work, 'back'));
    const back = join(work, 'back');
    for (const name of ['with space', '-dash', 'new\nline', 'ümläut', 'quo\'te"', '*?[x]', 'x'.repeat(200)])
      assert.equal(readFileSync(join(back, name), 'utf8'), name);
    assert.deepEqual([readlinkSync(join(back, 'sub/soft')), readlinkSync(join(back, 'dangling'))], ['../with space', '/nowhere']);
    assert.equal(lstatSync(join(back, 'sub/linked')).ino, lstatSync(join(back, '-dash')).ino, 'two names of one file');
    assert.equal(statSync(join(back, 'ümläut')).mtimeMs, 1_000_000_000);
    for (const name of ['-dash', 'new\nline', '*?[x]']) {
      await here.ok('cp', join(from, name), `ve:/tmp/${name}`);
      await here.ok('cp', `ve:/tmp/${name}`, join(work, 'single'));
      assert.equal(readFileSync(join(work, 'single'), 'utf8'), name);
    }
  });

  test('are not copied to where nothing can be written, and it is said why', async () => {
    assert.match(await here.refused(1, 'cp', join(work, 'one'), 've:/proc/one'), /the copy could not be started in ve|proc/);
    assert.match(
      await here.refused(1, 'cp', join(work, 'one'), 've:/sys/one'),
      /Read-only file system|Permission denied|Operation not permitted/,
    );
    assert.match(await here.refused(1, 'cp', 've:/etc/passwd', '/no/such/directory/x'), /there is no \/no\/such\/directory/);
    assert.match(await here.refused(1, 'cp', 've:/etc/passwd', '/proc/x'), /.+/);
    await here.ok('delete', '--force', 've');
  });
});
