/** An ordinary user in a container of Docker's, as far as system calls go. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { canExecuteDirectly } from '../../src/host/native/check.ts';

const verdict = canExecuteDirectly();
/** Why there can be none here that runs programs as they are; false where there can. */
export const skip = process.getuid?.() !== 0 ? 'it becomes another user, which needs root' : verdict.ok ? false : verdict.missing;
export const node = [process.execPath, '--disable-warning=ExperimentalWarning'] as const;

const root = join(import.meta.dirname, '../..');

/** Runs a command there, in the checkout. The user is one that nobody else is. */
export const confined = (...line: readonly string[]): { readonly status: number | null; readonly said: string } => {
  const user = ['--reuid=64000', '--regid=64000', '--clear-groups', '--'];
  const { status, stdout, stderr } = spawnSync('setpriv', [...user, ...node, join(import.meta.dirname, 'confined.ts'), ...line], {
    ...{ cwd: root, encoding: 'utf8', timeout: 240_000 },
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', NO_COLOR: '1' },
  });
  return { status, said: stdout + stderr };
};
