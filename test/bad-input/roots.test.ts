/** Root file systems with next to nothing in them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { stage, whyNot } from '../stage/stage.ts';

describe('root file systems without a shell', { skip: await whyNot('os-level') }, () => {
  const place = stage();
  const files = mkdtempSync(`${tmpdir()}/isola-roots-`);
  after(() => rmSync(files, { recursive: true, force: true }));

  const image = async (name: string, fill: (root: string) => void): Promise<void> => {
    mkdirSync(`${files}/${name}`);
    fill(`${files}/${name}`);
    assert.equal(spawnSync('tar', ['-C', `${files}/${name}`, '-cf', `${files}/${name}.tar`, '.']).status, 0);
    await place.ok('image', 'import', `${files}/${name}.tar`, name);
  };

  before(async () => {
    await image('nothing', () => {});
    // Busybox by another name does as that name says.
    await image('single', (root) => copyFileSync('/bin/busybox', `${root}/echo`));
    await image('no-folders', (root) => writeFileSync(`${root}/readme`, 'nothing to run\n'));
  });

  test('one static program is enough for run', async () => {
    assert.equal(await place.ok('run', 'single', '--', '/echo', 'hello'), 'hello\n');
    assert.equal(await place.ok('run', '--no-init', '--network', 'none', 'single', '/echo', 'bare'), 'bare\n');
  });

  test('what needs a shell is refused, and the image’s missing command is named', async () => {
    assert.match(await place.refused(125, 'run', 'single'), /single names no command of its own/);
    assert.match(await place.refused(127, 'run', 'single', '--', 'sh', '-c', 'true'), /has no command sh/);
    assert.match(await place.refused(127, 'run', 'nothing', '--', '/bin/sh'), /has no command \/bin\/sh/);
    assert.match(await place.refused(127, 'run', 'no-folders', '--', 'readme'), /has no command readme/);
    assert.match(
      await place.refused(126, 'run', 'no-folders', '--', '/readme'),
      /\/readme in \S+ can't be executed: it has no execute permission/,
    );
    assert.equal(await place.ok('list', '-q'), '');
  });

  test('an empty one can be held, looked into and filled', async () => {
    await place.ok('launch', '--hold', 'nothing', 'hollow');
    assert.match(await place.refused(127, 'exec', 'hollow', '--', 'sh'), /hollow has no command sh/);
    assert.match(await place.refused(127, 'shell', 'hollow'), /hollow has no/);
    await place.ok('cp', '/bin/busybox', 'hollow:/bin/sh');
    assert.equal(await place.ok('exec', 'hollow', '--', 'sh', '-c', 'echo filled'), 'filled\n');
    await place.ok('delete', '-f', 'hollow');
  });
});
