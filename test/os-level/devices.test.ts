/** Device nodes an image brings along open nothing of the host's. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { sh } from '../image/programs.ts';
import { stage, whyNot } from '../stage/stage.ts';
import { importRoot } from './hostile-image.ts';

suite('devices', { skip: (await whyNot('os-level')) ?? false }, () => {
  const here = stage();
  let work: string;
  let disk: string;

  before(async () => {
    work = mkdtempSync(join(tmpdir(), 'isola-disk-'));
    writeFileSync(join(work, 'image'), 'secret'.padEnd(4096));
    disk = sh('losetup', '--find', '--show', join(work, 'image')).trim();
    await importRoot(here, 'hostile', (root) => {
      mkdirSync(join(root, 'nodes'));
      const [major = '', minor = ''] = sh('stat', '--format', '%Hr %Lr', disk).trim().split(' ');
      sh('mknod', '--mode=666', join(root, 'nodes/disk'), 'b', major, minor);
      sh('mknod', '--mode=666', join(root, 'nodes/zero'), 'c', '1', '5');
    });
  });
  after(() => {
    spawnSync('losetup', ['--detach', disk]);
    rmSync(work, { recursive: true });
  });

  const peek = 'head -c 6 /nodes/disk 2>&1; head -c 2 /nodes/zero | wc -c';
  const refused = /^head: \/nodes\/disk: Operation not permitted\n2\n$/;

  for (const options of [[], ['--root', 'overlay'], ['--userns', 'host'], ['--userns', 'host', '--cap-add', 'ALL']])
    test(`a disk in the image can’t be read: ${options.join(' ') || 'as usual'}`, async () => {
      assert.match(await here.ok('run', '--network', 'none', ...options, 'hostile', '--', 'sh', '-c', peek), refused);
    });

  test('nor by a command that enters', async () => {
    await here.ok('launch', '--hold', '--network', 'none', 'hostile', 'entered');
    assert.match(await here.ok('exec', 'entered', '--', 'sh', '-c', peek), refused);
    await here.ok('delete', '--force', 'entered');
  });

  test('a runtime that takes its time starts nothing outside the control group', async () => {
    const slow = join(work, 'slow');
    mkdirSync(slow);
    writeFileSync(join(slow, 'crun'), `#!/bin/sh\nsleep 0.3\nexec ${sh('which', 'crun').trim()} "$@"\n`);
    chmodSync(join(slow, 'crun'), 0o755);
    const args = ['run', '--network', 'none', 'hostile', '--', 'sh', '-c', peek];
    const told = await here.tell(args, { env: { PATH: `${slow}${delimiter}${process.env['PATH']}` } });
    assert.match(told.stdout, refused);
  });
});
