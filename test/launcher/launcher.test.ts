/** The launcher, in a copy of its folder whose Node tells what it was given. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const home = mkdtempSync(join(tmpdir(), 'isola-launcher-'));
after(() => rmSync(home, { recursive: true, force: true }));

copyFileSync(join(import.meta.dirname, '../../isola'), `${home}/isola`);
mkdirSync(`${home}/.isola`);
writeFileSync(`${home}/node`, '#!/bin/sh\necho "$NODE_COMPILE_CACHE"\nprintf "%s\\n" "$@"\n');
chmodSync(`${home}/node`, 0o755);
writeFileSync(`${home}/.isola/ready`, `there ${home}/node\n`);

test('called by a relative path, it leaves no cache where those it starts stand', () => {
  for (const [cwd, called] of [
    [home, './isola'],
    [tmpdir(), `${home.slice(tmpdir().length + 1)}/isola`],
    ['/', `${home}/isola`],
  ] as const) {
    const [cache, ...args] = execFileSync(called, ['run', 'busybox', '--', 'echo', 'a b'], { cwd, encoding: 'utf8' }).split('\n');
    assert.match(cache ?? '', /^\//);
    assert.deepEqual(args.slice(3, -1), ['run', 'busybox', '--', 'echo', 'a b']);
  }
});

test('joined sources are begun with where there are some, else the sources themselves', () => {
  const begun = (): string | undefined => execFileSync(`${home}/isola`, ['list'], { encoding: 'utf8' }).split('\n')[3];
  assert.equal(begun(), `${home}/src/cli.ts`);
  mkdirSync(`${home}/.isola/joined`);
  writeFileSync(`${home}/.isola/joined/index.json`, '');
  assert.equal(begun(), `${home}/tools/join/start.cjs`);
});
