import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Chapter, clause } from '../clause.ts';
import type { Ground } from '../ground.ts';

/** A folder on the host with a file, a program, a link and a folder. */
const withSite = async (work: (here: string) => Promise<void>): Promise<undefined> => {
  const here = mkdtempSync(join(tmpdir(), 'isola-cp-'));
  try {
    mkdirSync(`${here}/site/sub`, { recursive: true });
    writeFileSync(`${here}/site/page`, 'hello');
    writeFileSync(`${here}/site/sub/run`, '#!/bin/sh\n', { mode: 0o755 });
    symlinkSync('page', `${here}/site/index`);
    await work(here);
  } finally {
    rmSync(here, { recursive: true, force: true });
  }
  return undefined;
};

const thereAndBack = async (on: Ground, name: string, here: string): Promise<void> => {
  await on.ok('cp', `${here}/site`, `${name}:/srv/site`);
  await on.ok('cp', `${name}:/srv/site`, `${here}/back`);
  assert.equal(readFileSync(`${here}/back/page`, 'utf8'), 'hello');
  assert.equal(readlinkSync(`${here}/back/index`), 'page');
  assert.equal(statSync(`${here}/back/sub/run`).mode & 0o777, 0o755);
  await on.ok('cp', `${here}/site/page`, `${name}:/root/renamed`);
  await on.ok('cp', `${name}:/root/renamed`, `${here}/page`);
  assert.equal(readFileSync(`${here}/page`, 'utf8'), 'hello');
  assert.match(await on.refused(1, 'cp', `${name}:/no-such`, here), /there is no .*:\/no-such/);
};

export const files: Chapter = {
  title: 'Files',
  clauses: [
    clause('cp carries files, directories, modes and links, both ways, while it runs', ['cp', 'exec'], async (on) => {
      const shared = await on.shared();
      return await withSite(async (here) => {
        await thereAndBack(on, shared, here);
        assert.equal(
          await on.inside(shared, 'cat /srv/site/index; stat -c "%u:%g %a" /srv/site/sub/run; rm -r /srv/site'),
          'hello0:0 755\n',
        );
      });
    }),

    clause('cp does so while it is stopped', ['cp', 'start', 'exec'], async (on) => {
      await on.hold('--no-start', on.image, 'files');
      return await withSite(async (here) => {
        await thereAndBack(on, 'files', here);
        await on.ok('start', 'files');
        assert.equal(await on.inside('files', 'cat /srv/site/index; stat -c "%u:%g %a" /srv/site/sub/run'), 'hello0:0 755\n');
      });
    }),

    clause('cp reads and writes tar streams', ['cp', 'exec'], async (on) => {
      const shared = await on.shared();
      await on.inside(shared, 'mkdir -p /root/from && echo one > /root/from/a && echo two > /root/from/b');
      const library = await on.library();
      const packed = await library.get(shared).then((box) => box.exec(['tar', '-C', '/root/from', '-cf', '-', '.'], { check: true }));
      assert.equal((await on.tell(['cp', '-', `${shared}:/root/to`], { input: packed.stdoutBytes })).code, 0);
      assert.equal(await on.inside(shared, 'cat /root/to/a /root/to/b'), 'one\ntwo\n');
      const back = spawnSync('tar', ['-xOf', '-', './a'], { input: await on.ok('cp', `${shared}:/root/to`, '-'), encoding: 'utf8' });
      assert.equal(back.stdout, 'one\n');
    }),
  ],
};
