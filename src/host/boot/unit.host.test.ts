import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { unitText } from './unit.ts';

const skip = spawnSync('systemd-analyze', ['--version']).error !== undefined && 'needs systemd-analyze';

test('systemd has nothing against the unit, whatever the folder of the clone is called', { skip }, (t) => {
  const work = mkdtempSync(join(tmpdir(), 'isola-unit-'));
  t.after(() => rmSync(work, { recursive: true }));
  const folder = join(work, '50% of $HOME "quoted" back\\slash');
  mkdirSync(folder);
  const unit = join(work, 'isola-1a2b.service');
  writeFileSync(unit, unitText({ store: folder, self: [process.execPath, join(folder, 'cli.ts'), '--store', folder] }));
  const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
  assert.deepEqual({ status, said: stdout + stderr }, { status: 0, said: '' });
});
