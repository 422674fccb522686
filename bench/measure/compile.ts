/** The benches' own C programs, built when they are needed. */
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../src/host/program/run.ts';

const sources = join(import.meta.dirname, '../guest');
const built = join(import.meta.dirname, '../../.isola/bench');

/** The path of a static program made from guest/NAME.c. */
export const compile = async (name: 'stopwatch' | 'carry' | 'turns'): Promise<string> => {
  const [source, program] = [`${sources}/${name}.c`, `${built}/${name}`];
  mkdirSync(built, { recursive: true });
  const isNewer = statSync(program, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (isNewer < statSync(source).mtimeMs) await run('gcc', ['-O2', '-static', '-pthread', '-Wall', '-o', program, source]);
  return program;
};
