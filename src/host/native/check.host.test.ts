import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { meansHere } from './check.ts';

test('to look whether a filter may be set sets none', () => {
  const program = `
    import { readFileSync } from 'node:fs';
    import { meansHere } from '${join(import.meta.dirname, 'check.ts')}';
    const filters = () => /^Seccomp:.*$/m.exec(readFileSync('/proc/thread-self/status', 'utf8'))[0];
    const before = filters();
    const means = meansHere();
    console.log(JSON.stringify([means.filters, before === filters()]));
  `;
  const { stdout } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  assert.deepEqual(JSON.parse(stdout), [true, true]);
});

test('what the host’s own files say is what is found', () => {
  const { architecture, flags, memoryFiles } = meansHere();
  assert.equal(architecture, process.arch);
  assert.ok(flags.size > 10);
  assert.equal(memoryFiles, 'programs');
});
