/** The server of a machine's files against a kernel that lies. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { guestSources } from '../../tools/build-guest.ts';

const sanitized = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer', '-g', '-O1'];

const whyNot = (): string | false => {
  const compiled = spawnSync('gcc', [...sanitized, '-x', 'c', '-', '-o', '/dev/null'], { input: 'int main(void) { return 0; }' });
  return compiled.status === 0 ? false : 'gcc has no address sanitizer here';
};

suite('the server of files, against a kernel that lies', { skip: whyNot(), timeout: 60_000 }, () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'isola-share-fuzz-'));
    mkdirSync(join(folder, 'around/shown'), { recursive: true });
    execFileSync('gcc', ['-std=gnu11', ...sanitized, '-o', join(folder, 'share'), ...guestSources('share')]);
    execFileSync('gcc', [
      '-std=gnu11',
      '-O1',
      '-Wall',
      '-Wextra',
      '-Werror',
      '-o',
      join(folder, 'liar'),
      join(import.meta.dirname, 'liar.c'),
    ]);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const kind of ['tree', 'volumes'])
    test(`as ${kind}, ends by no fault, by the sanitizers’ word, is never stuck, and leaves its directory alone`, () => {
      const seed = String(Date.now() % 1_000_000);
      const { status, stdout, stderr } = spawnSync(
        join(folder, 'liar'),
        [join(folder, 'share'), join(folder, 'around/shown'), kind, seed, '2500'],
        {
          encoding: 'utf8',
          env: { ...process.env, ASAN_OPTIONS: 'exitcode=99' },
        },
      );
      assert.equal(status, 0, `seed ${seed}: ${stderr.slice(-4000)}`);
      assert.ok(Number(stdout) > 100, `seed ${seed}: only ${stdout.trim()} requests were answered well`);
      assert.deepEqual(readdirSync(join(folder, 'around')), ['shown'], `seed ${seed}`);
    });
});
