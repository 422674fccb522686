import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..');

test('what fails is told, and would run once more, by the file that ran it, not by that of the suite it has from elsewhere', () => {
  const directory = mkdtempSync(join(tmpdir(), 'isola-driver-'));
  try {
    writeFileSync(
      join(directory, 'suite.ts'),
      `import { test } from 'node:test'; test('fails', () => { throw new Error('as it should'); });`,
    );
    writeFileSync(join(directory, 'run.test.ts'), `import './suite.ts';`);
    const named = relative(root, join(directory, 'run.test.ts'));
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const { stdout, status } = spawnSync(process.execPath, [join(import.meta.dirname, 'test.ts'), named], { encoding: 'utf8', env });
    assert.equal(status, 1);
    assert.ok(stdout.includes(`failed:\n  ${named}: fails\n      as it should`), stdout);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
