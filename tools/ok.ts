/** The gate every change passes, in under a minute: `npm run ok`. Types, floors, lint, generated files, fast tests. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const bin = (name: string): string => join(root, 'node_modules/.bin', name);
const node = [process.execPath, '--disable-warning=ExperimentalWarning'];

export const steps: readonly (readonly [name: string, ...line: string[]])[] = [
  ['types and floors', bin('tsc'), '--build', '.', 'src'],
  ['floor table', ...node, 'tools/floors.ts'],
  ['lint and format', bin('biome'), 'check', '--error-on-warnings', '.'],
  ['joined sources', ...node, 'tools/join/index.ts'],
  ['generated files', ...node, 'tools/generate.ts'],
  ['fast tests', ...node, 'tools/test.ts', '--fast'],
];

/** Runs steps one after the other; the first that fails ends it. True if all went well. */
export const runSteps = async (list: typeof steps): Promise<boolean> => {
  for (const [name, program = '', ...args] of list) {
    const start = performance.now();
    const [status] = await once(spawn(program, args, { cwd: root, stdio: 'inherit' }), 'close');
    console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name}, ${((performance.now() - start) / 1000).toFixed(1)} s`);
    if (status !== 0) return false;
  }
  return true;
};

if (import.meta.main) process.exitCode = (await runSteps(steps)) ? 0 : 1;
