import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const program = join(import.meta.dirname, '../../../../test/memory/isola.ts');

test('the screen is kept as it was when who read the serial port went away', { timeout: 60_000 }, async (t) => {
  const scratch = mkdtempSync(join(tmpdir(), 'isola-screenshots-'));
  t.after(() => rmSync(scratch, { recursive: true }));
  const path = join(scratch, 'screen.png');
  const words = ['--disable-warning=ExperimentalWarning', program, 'boot', 'disk', '--display', 'none', '--display', `png:${path}`];
  const child = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = once(child, 'close');
  child.stdin.on('error', () => {});
  await once(child.stdout, 'data');
  child.stdout.destroy();
  const typing = setInterval(() => child.stdin.write('x'), 20);
  const [status] = await ended.finally(() => clearInterval(typing));
  assert.equal(status, 141);
  assert.equal(readFileSync(path).toString('latin1', 1, 4), 'PNG');
});
