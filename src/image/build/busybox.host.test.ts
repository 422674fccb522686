import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { describe, test } from 'node:test';
import { notRoot, openTestStore, refusal, type TestStore, testCall } from '../../../test/image/test-store.ts';

const noBusybox = notRoot || (existsSync('/bin/busybox') ? false : 'there is no /bin/busybox');

const filesOf = ({ images }: TestStore): readonly number[] =>
  ['blobs/sha256', 'trees', 'staging', 'partial'].map((part) => readdirSync(`${images}/${part}`).length);

/** Files, directories and links below a directory, each once however many names it has, by somebody else's count. */
const countOf = (directory: string): number =>
  new Set(execFileSync('find', [directory, '-mindepth', '1', '-printf', '%i\n'], { encoding: 'utf8' }).trim().split('\n')).size;

/** Obtains busybox in a process of its own. */
const obtainElsewhere = ({ directory }: TestStore) => {
  const child = spawn(
    process.execPath,
    ['--no-warnings', new URL('../../../test/image/obtain.ts', import.meta.url).pathname, directory, 'busybox'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let said = '';
  child.stdout.on('data', (text) => {
    said += text;
  });
  return { child, ended: once(child, 'close').then(([code]) => ({ code: code as number | null, said })) };
};

describe('busybox', { skip: noBusybox }, () => {
  test('is made on demand, the same each time, and boots and runs', async () => {
    using one = openTestStore();
    const call = testCall();
    const start = performance.now();
    const template = await one.store.obtain('busybox', call);
    assert.ok(performance.now() - start < 60_000);
    assert.deepEqual([template.config.cmd, template.config.init, template.config.stopSignal], [['/bin/sh'], ['/sbin/init'], 'SIGUSR2']);
    assert.deepEqual(readFileSync(`${template.tree}/bin/busybox`), readFileSync('/bin/busybox'));
    assert.equal(statSync(`${template.tree}/tmp`).mode & 0o7777, 0o1777);
    const [ls, unzip] = ['bin/ls', 'usr/bin/unzip'].map((name) => statSync(`${template.tree}/${name}`).ino);
    assert.deepEqual([ls, unzip], Array(2).fill(statSync(`${template.tree}/bin/busybox`).ino), 'applets are names of one file');
    using another = openTestStore();
    assert.equal((await another.store.obtain('busybox', call)).digest, template.digest);
  });

  test('takes no Debian packages', async () => {
    using one = openTestStore();
    const recipe = { reference: 'busybox', name: undefined, include: ['nginx'], mirror: undefined };
    await assert.rejects(one.store.build(recipe, testCall()), refusal('usage'));
    await assert.rejects(
      one.store.build({ ...recipe, reference: 'debian/10', include: [] }, testCall()),
      refusal('unknown-image', /debian\/1[123]/),
    );
  });

  test('asked for by many processes at once is made by one', async () => {
    using one = openTestStore();
    const processes = Array.from({ length: 4 }, () => obtainElsewhere(one));
    const results = await Promise.all(processes.map(({ ended }) => ended));
    assert.deepEqual(
      results.map(({ code }) => code),
      [0, 0, 0, 0],
    );
    assert.equal(new Set(results.map(({ said }) => said.split('\n')[0])).size, 1);
    assert.equal(results.filter(({ said }) => said.includes('made it')).length, 1);
    assert.deepEqual(await one.store.sweep(false), []);
  });

  test('that somebody else is at work on is waited for, and that is told', async () => {
    using one = openTestStore();
    const other = spawn('sleep', ['100']);
    try {
      const { markOf, until } = await import('../../host/index.ts');
      one.db.do('insert into lock values (?, ?, ?)', 'image busybox', markOf(other.pid ?? 0) ?? '', 'image build');
      const call = testCall();
      const obtained = one.store.obtain('busybox', call);
      await until(() => call.said.length > 0, 60_000);
      assert.deepEqual(call.said, [`isola image build (process ${other.pid}) is at work on busybox: waiting for it`]);
      other.kill('SIGKILL');
      assert.ok((await obtained).files > 20);
    } finally {
      other.kill('SIGKILL');
    }
  });

  test('whose making is killed at any point is made by the next', async () => {
    using one = openTestStore();
    for (let delayMs = 20; delayMs < 300; delayMs += 20) {
      const { child, ended } = obtainElsewhere(one);
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      child.kill('SIGKILL');
      await ended;
      await one.store.sweep(true);
      assert.deepEqual(await one.store.sweep(false), []);
      const template = await one.store.obtain('busybox', testCall());
      assert.equal(template.files, countOf(template.tree));
      await one.store.remove('busybox');
      assert.deepEqual(filesOf(one), [0, 0, 0, 0]);
    }
  });
});
