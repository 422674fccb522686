/** Isola as an ordinary user: what only looks works, what can't work says so, and nobody reads what is not theirs. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { commandLine, stage } from '../stage/stage.ts';

const root = join(import.meta.dirname, '../..');
const nobody = 65_534;
const own = mkdtempSync(join(tmpdir(), 'isola-user-'));
chownSync(own, nobody, nobody);
after(() => rmSync(own, { recursive: true, force: true }));
const theirs = stage();

const isola = (...args: readonly string[]): { readonly status: number | null; readonly out: string; readonly err: string } => {
  const [node, ...flags] = commandLine;
  const { status, stdout, stderr } = spawnSync(node, [...flags, ...args], {
    uid: nobody,
    gid: nobody,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: own },
  });
  return { status, out: stdout, err: stderr };
};

test('help, version, doctor and completion need no store', () => {
  for (const args of [['--help'], ['run', '--help'], ['version'], ['doctor'], ['completion', 'bash']]) {
    const { status, out, err } = isola('--store', '/proc/none', ...args);
    assert.deepEqual([status, err], [0, ''], args.join(' '));
    assert.notEqual(out, '');
  }
  const { out } = isola('--store', '/proc/none', 'doctor');
  assert.match(out, /os-level +good +namespaces, this user’s own, without limits, crun/);
  assert.match(out, /store +note +the store \/proc\/none needs root/);
});

test('a store of one’s own can be looked at, and what needs root says so', () => {
  assert.deepEqual(isola('--store', `${own}/store`, 'list', '--format', 'json'), { status: 0, out: '[]\n', err: '' });
  const run = isola('--store', `${own}/store`, 'run', '--memory', '100M', 'busybox', '--', 'true');
  assert.equal(run.status, 125);
  assert.match(run.err, /^isola: memory can't be limited on this host: only root may set limits\n {2}run isola with sudo, .*\n$/);
});

test('a program that uses the library is told how it is begun there, and works then', () => {
  const program = `
    import { Isola } from ${JSON.stringify(`${root}/src/index.ts`)};
    await using isola = await Isola.open({ store: process.argv[1] });
    try {
      const { stdout } = await isola.run('busybox', ['id', '-u'], { network: 'none' });
      console.log('ran as', stdout.trim());
    } catch (error) {
      console.log(error.code, error.message, error.remedy);
    }`;
  const [node] = commandLine;
  const line = [node, '--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', program, `${own}/library`];
  const begin = ([file = '', ...args]: readonly string[]): string => {
    const { stdout, stderr } = spawnSync(file, args, {
      uid: nobody,
      gid: nobody,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: own },
    });
    return stdout + stderr;
  };
  const told = begin(line);
  const [, way = ''] = /begin it by (\S+) node PROGRAM, or run it with sudo/.exec(told) ?? [];
  assert.equal(way, `${root}/src/host/user/enter`, told);
  assert.equal(begin([way, ...line]), 'ran as 0\n');
});

test('where the host gives its users no namespaces, that is the reason', () => {
  const [node, ...flags] = commandLine;
  const { status, stderr } = spawnSync(node, [...flags, '--store', `${own}/store`, 'run', 'busybox'], {
    uid: nobody,
    gid: nobody,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: own, ISOLA_NOT_ENTERED: 'unshare failed: Operation not permitted' },
  });
  assert.equal(status, 125);
  assert.match(
    stderr,
    /it needs root, or a user namespace of this user’s own: unshare failed: Operation not permitted\n {2}run isola with sudo\n$/,
  );
});

test('a store that is root’s is refused in one sentence, and its registry is nobody else’s to read', async () => {
  assert.equal((await theirs.isola('list')).code, 0);
  const listed = isola('--store', theirs.store, 'list');
  assert.deepEqual([listed.status, listed.out], [1, '']);
  assert.match(listed.err, /^isola: the store \/.* needs root on this host\n {2}run it with sudo; .*\n$/);
  chmodSync(theirs.store, 0o711);
  const read = spawnSync('cat', [`${theirs.store}/isola.db`], { uid: nobody, gid: nobody, encoding: 'utf8' });
  assert.notEqual(read.status, 0);
});
