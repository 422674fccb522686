import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from './run.ts';

test('a program that a Ctrl-C met before it was one is started again', async (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'isola-run-'));
  context.after(() => rmSync(directory, { recursive: true }));
  const mark = join(directory, 'mark');
  // What a signal between fork and setsid does to it, it does to itself here, the first time.
  const { code, stdout } = await run('sh', ['-c', `test -e ${mark} || { : > ${mark}; kill -INT $$; }; echo done`]);
  assert.deepEqual([code, stdout, existsSync(mark)], [0, 'done\n', true]);
});

test('one that ends by another signal is told of, and not started again', async () => {
  await assert.rejects(run('sh', ['-c', 'kill -TERM $$']), /was ended by SIGTERM/);
});
