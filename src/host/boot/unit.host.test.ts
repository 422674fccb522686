import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { killedOnce, unitText } from './unit.ts';

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

test('a start that something kills is made up for once, and told; one that fails by itself is not repeated', (t) => {
  const work = mkdtempSync(join(tmpdir(), 'isola-unit-'));
  t.after(() => rmSync(work, { recursive: true }));
  const started = (...ends: readonly string[]): readonly [status: number | null, times: number, said: string] => {
    const count = join(work, 'count');
    writeFileSync(count, '');
    const script = `echo >> "$0"; case $(wc -l < "$0") in ${ends.map((end, at) => `${at + 1}) ${end} ;;`).join(' ')} esac`;
    const [shell, ...words] = killedOnce;
    const { status, stderr } = spawnSync(shell, [...words, 'sh', '-c', script, count], { encoding: 'utf8' });
    return [status, readFileSync(count, 'utf8').length, stderr.trim()];
  };
  assert.deepEqual(started('exit 0'), [0, 1, '']);
  assert.deepEqual(started('exit 1'), [1, 1, '']);
  assert.deepEqual(started('kill -SEGV $$', 'exit 0'), [0, 2, 'Segmentation fault']);
  assert.deepEqual(started('kill -TERM $PPID; sleep 0.1; exit 143'), [143, 1, '']);
  assert.deepEqual(started('kill -KILL $$', 'kill -KILL $$'), [137, 2, 'Killed\nKilled']);
});
