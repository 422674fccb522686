import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../..');

test('shellcheck has nothing to say of any shell script', () => {
  const scripts = globSync(['**', '.ci/*'], { cwd: root, exclude: (name) => ['node_modules', '.git', '.isola', 'dist'].includes(name) })
    .filter((file) => statSync(join(root, file)).isFile())
    .filter((file) => /^#!(\/usr)?\/bin\/(env )?(ba|da)?sh\b/.test(readFileSync(join(root, file), 'latin1').slice(0, 40)));
  for (const known of ['isola', 'tools/setup', 'tools/node', '.ci/run']) assert.ok(scripts.includes(known), `${known} is one of them`);
  const { status, stdout, stderr } = spawnSync('shellcheck', scripts, { cwd: root, encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
});
