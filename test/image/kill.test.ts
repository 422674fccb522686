/** Processes that work on one store at once, some of which are killed. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { inventory } from './inventory.ts';
import { lacking, sh } from './programs.ts';
import { meddle, startRegistry, type TestServer } from './registry/servers.ts';
import { makeSample } from './sample.ts';
import { openTestStore, testCall } from './test-store.ts';

const skip = lacking('docker-registry', 'skopeo', 'umoci', 'busybox', 'python3');

const aside = (program: string, ...args: readonly string[]): ChildProcess =>
  spawn(process.execPath, ['--no-warnings', new URL(program, import.meta.url).pathname, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });

describe('a store', { skip }, () => {
  let work: string;
  let registry: TestServer;
  let expected: readonly string[];
  before(async () => {
    work = mkdtempSync(`${tmpdir()}/isola-kill-`);
    const sample = makeSample(work);
    registry = await startRegistry();
    sh('skopeo', 'copy', '--quiet', '--dest-tls-verify=false', `oci:${sample}:v1`, `docker://${registry.host}/sample:v1`);
    sh('umoci', 'unpack', '--image', `${sample}:v1`, `${work}/oracle`);
    expected = inventory(`${work}/oracle/rootfs`);
  });
  after(async () => {
    await registry?.[Symbol.asyncDispose]();
    rmSync(work, { recursive: true, force: true });
  });

  test('whose pull is killed again and again gets further each time, and has nothing half made', async () => {
    // Slow enough to be killed in the midst of a layer.
    const slow = await meddle(registry.port, {
      body: (question, given, to) => {
        if (!question.url?.includes('/blobs/')) return false;
        to.writeHead(given.statusCode ?? 0, given.headers);
        void (async () => {
          for await (const piece of given) {
            for (let at = 0; at < piece.length && !to.destroyed; at += 8192) {
              to.write(piece.subarray(at, at + 8192));
              await new Promise((resolve) => setTimeout(resolve, 1));
            }
          }
          to.end();
        })().catch(() => to.destroy());
        return true;
      },
    });
    await using _ = slow;
    using one = openTestStore();
    const reference = `oci:${slow.host}/sample:v1`;
    const here = (): number => bytesIn(`${one.images}/partial`) + bytesIn(`${one.images}/blobs/sha256`);
    const kept: number[] = [0];
    for (let done = false; !done; ) {
      const child = aside('obtain.ts', one.directory, reference);
      const ended = once(child, 'close');
      const enough = (kept.at(-1) ?? 0) + 300_000;
      // Early, late, in the midst of a layer and between layers: whenever it has got a bit further.
      while (here() < enough && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 3));
      child.kill('SIGKILL');
      done = (await ended)[0] === 0;
      if (!done) assert.equal(one.store.find(reference), undefined);
      await one.store.sweep(true);
      assert.deepEqual(await one.store.sweep(false), []);
      kept.push(here());
      assert.ok(done || (kept.at(-1) ?? 0) > (kept.at(-2) ?? 0), JSON.stringify(kept));
    }
    assert.ok(kept.length > 8, JSON.stringify(kept));
    const template = await one.store.obtain(reference, testCall());
    assert.deepEqual(inventory(template.tree), expected);
    assert.deepEqual([readdirSync(`${one.images}/partial`), readdirSync(`${one.images}/staging`)], [[], []]);
  });

  test('that some pull into while others prune it is sound at every moment', async () => {
    using one = openTestStore();
    // The rows are made before processes race for them.
    await one.store.sweep(false);
    const seconds = '4';
    const children = [
      aside('race.ts', one.directory, seconds, 'obtain', `oci:${registry.host}/sample:v1`),
      aside('race.ts', one.directory, seconds, 'obtain', `oci:127.0.0.1:${registry.port}/sample:v1`),
      aside('race.ts', one.directory, seconds, 'obtain', 'busybox'),
      aside('race.ts', one.directory, seconds, 'prune'),
    ];
    const said = await Promise.all(
      children.map(async (child) => {
        let text = '';
        child.stdout?.on('data', (piece) => {
          text += piece;
        });
        const [code] = await once(child, 'close');
        return { code, ...(JSON.parse(text || '{}') as { rounds?: number }) };
      }),
    );
    for (const { code, rounds = 0 } of said) assert.ok(code === 0 && rounds >= 3, JSON.stringify(said));
    await one.store.prune(true);
    assert.deepEqual(
      [one.store.list(), bytesIn(`${one.images}/blobs/sha256`), readdirSync(`${one.images}/trees`), await one.store.sweep(false)],
      [[], 0, [], []],
    );
  });
});

const bytesIn = (directory: string): number => {
  try {
    return readdirSync(directory).reduce((sum, name) => sum + (statSync(`${directory}/${name}`, { throwIfNoEntry: false })?.size ?? 0), 0);
  } catch {
    return 0;
  }
};
