import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

/** What a process behind a fence tries, one after the other, and the error's code of each; each by Node, and where that has a check of its own by the kernel's call. */
const tries = `
import { dlopen } from 'node:ffi';
import { spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { Worker } from 'node:worker_threads';
const { fence } = await import(process.argv[2] + '/fence.ffi.ts');
const { lib, functions: { fork } } = dlopen(null, { fork: { return: 'i32', arguments: [] } });
process.chdir(process.argv[3]);
const fenced = fence(['open', 'image']);
const codeOf = (work) => { try { const error = work()?.error; return error === undefined ? 'done' : error.code } catch (error) { return error.code } };
const late = (emitter) => new Promise((resolve) => emitter.on('error', ({ code }) => resolve(code)).on('connect', () => resolve('done')).on('listening', () => resolve('done')).on('message', resolve));
console.log(JSON.stringify({
  fenced,
  exec: codeOf(() => spawnSync('/bin/true')),
  fork: fork(),
  unix: await late(connect('socket')),
  tcp: await late(connect(Number(process.argv[4]), '127.0.0.1')),
  listen: await late(createServer().listen('open/mine')),
  kill: codeOf(() => process.kill(process.ppid, 0)),
  symlink: codeOf(() => symlinkSync('/etc/passwd', 'open/link')),
  outside: codeOf(() => writeFileSync('closed/file', '')),
  passwd: codeOf(() => appendFileSync('/etc/passwd', '')),
  inside: codeOf(() => writeFileSync('open/file', 'it')),
  image: codeOf(() => writeFileSync('image', 'it')),
  read: codeOf(() => readFileSync('closed/there')),
  thread: await late(new Worker("require('node:worker_threads').parentPort.postMessage('runs')", { eval: true })),
}));
process.exit();
`;

test('a process behind a fence starts no program and no process, has no new connection, and writes only what it was left', async (t) => {
  const place = mkdtempSync(join(tmpdir(), 'isola-fence-'));
  const server = createServer();
  t.after(() => {
    server.close();
    rmSync(place, { recursive: true });
  });
  for (const name of ['open', 'closed']) mkdirSync(join(place, name));
  for (const name of ['closed/there', 'image', 'tries.mjs']) writeFileSync(join(place, name), name === 'tries.mjs' ? tries : 'it');
  await new Promise<void>((resolve) => server.listen(join(place, 'socket'), resolve));
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(place, 'tries.mjs'), import.meta.dirname, place, '9'],
    { encoding: 'utf8' },
  );
  assert.equal(stderr, '');
  const { fenced, outside, passwd, ...others } = JSON.parse(stdout);
  assert.equal(fenced.calls, true);
  const refused = { exec: 'EPERM', fork: -1, unix: 'EPERM', tcp: 'EPERM', listen: 'EPERM', kill: 'EPERM', symlink: 'EPERM' };
  assert.deepEqual(others, { ...refused, inside: 'done', image: 'done', read: 'done', thread: 'runs' });
  // Where the kernel has Landlock.
  if (fenced.paths) assert.deepEqual([outside, passwd], ['EACCES', 'EACCES']);
});
