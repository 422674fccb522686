/**
 * All tests: `./isola test [--fast] [FILE …]`. Fast ones stand beside the code and touch nothing of the host; those that use its
 * kernel, its programs or its network are called `*.host.test.ts`, or live in test/. What is skipped is listed with its reason.
 */
import { globSync } from 'node:fs';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { runSteps, steps } from './ok.ts';

const root = join(import.meta.dirname, '..');
const args = process.argv.slice(2);
const fast = args.includes('--fast');
const named = args.filter((arg) => !arg.startsWith('--'));

const isFast = (file: string): boolean =>
  (file.startsWith('src/') && !file.endsWith('.host.test.ts')) || file === 'test/contract/whole.test.ts';

/** What has stores, guests and hosts of its own and measures no time stands a neighbour; the rest has the host to itself. */
const isPatient = (file: string): boolean => /^test\/(agent|contract|hosts|image|move|package|paravirtualization|rootless)\//.test(file);

const files =
  named.length > 0 ? named : globSync(['src/**/*.test.ts', 'test/**/*.test.ts'], { cwd: root }).filter((file) => !fast || isFast(file));

/** The emulated host takes longest by far, and one processor. */
const longestFirst = (a: string, b: string): number => Number(b.startsWith('test/hosts/')) - Number(a.startsWith('test/hosts/'));

/** Runs files one after the other where they share the host, side by side where they don't. */
const test = async (list: readonly string[], concurrency: number): Promise<boolean> => {
  const skipped: string[] = [];
  let failed = false;
  const stream = run({
    cwd: root,
    files: list.map((file) => join(root, file)),
    concurrency,
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  stream.on('test:fail', () => {
    failed = true;
  });
  stream.on('test:pass', ({ name, skip, file }) => {
    if (skip !== undefined) skipped.push(`${relative(root, file ?? '')}: ${name}: ${skip === true ? 'no reason given' : skip}`);
  });
  const report = stream.compose(spec);
  report.pipe(process.stdout);
  await new Promise((resolve) => report.on('end', resolve));
  if (skipped.length > 0) console.log(`\nskipped:\n${skipped.map((line) => `  ${line}`).join('\n')}`);
  return !failed;
};

const gate = fast || named.length > 0 || runSteps(steps.filter(([name]) => name !== 'fast tests'));
const quick = files.filter(isFast);
const patient = files.filter((file) => !isFast(file) && isPatient(file)).toSorted(longestFirst);
const alone = files.filter((file) => !isFast(file) && !isPatient(file));
let passed = gate;
for (const [list, concurrency] of [
  [quick, 2],
  [patient, 2],
  [alone, 1],
] as const) {
  // What fails early doesn't keep the rest from being told.
  if (gate && list.length > 0) passed = (await test(list, concurrency)) && passed;
}
console.log(passed ? '\nall passed' : '\nFAILED');
process.exitCode = passed ? 0 : 1;
