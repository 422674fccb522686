/** C programs that run inside or look at what does, built when a test begins. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { sh } from '../../image/programs.ts';

/** A directory with static programs made from NAME.c; gone when the test file or suite is done. */
export const compiled = (...names: readonly ('escape' | 'filter')[]): string => {
  const directory = mkdtempSync(join(tmpdir(), 'isola-guest-'));
  after(() => rmSync(directory, { recursive: true }));
  for (const name of names)
    sh('gcc', '-O', '-static', '-Wall', '-Wextra', '-Werror', '-o', join(directory, name), join(import.meta.dirname, `${name}.c`));
  return directory;
};
