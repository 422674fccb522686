/** Whatever is under way ends when its signal says so, and leaves nothing. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { until } from '../../src/host/program/processes.ts';
import { type EnvironmentHandle, Isola } from '../../src/index.ts';
import { stage, whyNot } from '../stage/stage.ts';

const soon = (ms: number) => AbortSignal.timeout(ms);
const aborted = { name: 'TimeoutError' };

suite('abort', { skip: (await whyNot('os-level')) ?? false }, () => {
  const here = stage();
  let isola: Isola;
  let box: EnvironmentHandle;
  before(async () => {
    isola = await Isola.open({ store: here.store });
    box = await isola.create('busybox', { network: 'none' });
  });
  after(async () => {
    await box.delete();
    await isola[Symbol.asyncDispose]();
  });

  test('a call with a signal that is aborted already does nothing', async () => {
    const signal = AbortSignal.abort(new RangeError('never'));
    await assert.rejects(isola.create('busybox', { name: 'never', signal }), RangeError);
    await assert.rejects(isola.run('busybox', ['true'], { signal }), RangeError);
    await assert.rejects(isola.list(signal), RangeError);
    await assert.rejects(box.exec(['touch', '/never'], { signal }), RangeError);
    await assert.rejects(box.readFile('/etc/passwd', signal), RangeError);
    await assert.rejects(box.pause(signal), RangeError);
    await assert.rejects(Array.fromAsync(box.logs({ signal })), RangeError);
    assert.equal((await box.exec(['test', '-e', '/never'])).exitCode, 1);
    assert.equal((await isola.list()).length, 1);
  });

  test('creation, at any moment', async () => {
    for (const ms of [1, 5, 15, 30, 60, 90, 120, 160, 220]) {
      const made = await isola.create('busybox', { name: 'perhaps', signal: soon(ms) }).catch((reason: unknown) => {
        assert.equal((reason as Error).name, 'TimeoutError');
        return undefined;
      });
      await made?.delete();
      assert.deepEqual(
        (await isola.list()).map(({ id }) => id),
        [box.id],
        `after ${ms} ms`,
      );
    }
    assert.deepEqual(readdirSync(join(here.store, 've')), [box.id]);
    assert.deepEqual((await isola.doctor()).leftovers, []);
  });

  test('a command, with all it started', async () => {
    const start = performance.now();
    await assert.rejects(box.exec(['sh', '-c', 'sleep 1001 & sleep 1002; echo'], { signal: soon(300) }), aborted);
    assert.ok(performance.now() - start < 60_000);
    assert.doesNotMatch((await box.exec(['ps'])).stdout, /sleep 100/);
  });

  test('a command that is just being started', async () => {
    for (const ms of [1, 3, 6, 10, 15, 20, 30]) await box.exec(['sleep', '1003'], { signal: soon(ms) }).catch(() => {});
    const place = `/run/isola/${await here.tag()}/ve/${box.id}`;
    const left = () => readdirSync(place).filter((name) => name.startsWith('exec-'));
    assert.ok(await until(() => left().length === 0, 60_000), left().join());
    assert.doesNotMatch((await box.exec(['ps'])).stdout, /sleep 1003/);
  });

  test('a run', async () => {
    await assert.rejects(isola.run('busybox', ['sleep', '1004'], { network: 'none', signal: soon(700) }), aborted);
    assert.equal((await isola.list()).length, 1);
  });

  test('a wait, a log that is followed, a console', async () => {
    await assert.rejects(box.waitFor('stopped', { signal: soon(100) }), aborted);
    await assert.rejects(Array.fromAsync(box.logs({ follow: true, signal: soon(100) })), aborted);
    const abort = new AbortController();
    const shown = Array.fromAsync(await box.console({ signal: abort.signal }));
    setTimeout(() => abort.abort(new DOMException('enough', 'TimeoutError')), 100);
    await assert.rejects(shown, aborted);
  });

  test('a copy, in and out: nothing half copied stays', async (t) => {
    const work = mkdtempSync(join(tmpdir(), 'isola-abort-'));
    t.after(() => rmSync(work, { recursive: true }));
    writeFileSync(join(work, 'big'), '');
    truncateSync(join(work, 'big'), 4 * 1024 ** 3);
    await assert.rejects(box.upload(join(work, 'big'), '/big', { signal: soon(150) }), aborted);
    assert.equal((await box.exec(['test', '-e', '/big'])).exitCode, 1);
    await box.exec(['sh', '-c', 'dd if=/dev/zero of=/large bs=1M count=0 seek=4096'], { check: true });
    await assert.rejects(box.download('/large', join(work, 'large'), { signal: soon(150) }), aborted);
    assert.deepEqual(readdirSync(work), ['big']);
    await box.exec(['rm', '/large']);
    assert.ok(!existsSync(join(work, 'large')));
  });
});
