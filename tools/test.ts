/**
 * All tests: `./isola test [--fast] [FILE …]`. Fast ones stand beside the code, the benches and the tools, and touch nothing of the host; those that use its
 * kernel, its programs or its network are called `*.host.test.ts`, or live in test/. What is skipped is listed with its reason, and
 * at the end the files that took longest and what failed. A file that failed beside others runs once more, alone: what then passes is
 * called unsteady, and told with what it said the first time.
 */
import { globSync } from 'node:fs';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { runSteps, steps } from './ok.ts';

const root = join(import.meta.dirname, '..');
// As the launcher does: a command begins in a quarter of the time, and tests give thousands of them.
process.env['NODE_COMPILE_CACHE'] ??= join(root, '.isola/cache');
const args = process.argv.slice(2);
const fast = args.includes('--fast');
const named = args.filter((arg) => !arg.startsWith('--'));

const isFast = (file: string): boolean =>
  (/^(?:src|bench|tools)\//.test(file) && !file.endsWith('.host.test.ts')) ||
  ['test/contract/whole.test.ts', 'test/bad-input/values.test.ts'].includes(file);

/** Why a test has the host to itself; the rest has stores, guests and names of its own, and stands a neighbour. */
const needsAll: readonly (readonly [what: RegExp, why: string])[] = [
  [/^src\/host\/network\/port\/(rate|scale)\./, 'it measures the network'],
  [/^test\/compare\/compare\./, 'it tells what things cost'],
];
const isAlone = (file: string): boolean => needsAll.some(([what]) => what.test(file));

/** Side by side these end soonest if they begin first; the table at the end of a run says whether it is still so. */
const long = [
  'test/hosts/debian12.test.ts',
  'test/contract/emulation.test.ts',
  'test/image/debian.test.ts',
  'test/contract/paravirtualization.test.ts',
  'test/crash/crash.test.ts',
  'test/contract/os-level.test.ts',
  'test/command-line/examples.test.ts',
  'test/rootless/debian.test.ts',
  'test/lockstep/strings.test.ts',
  'test/launcher/joined.test.ts',
  'test/oracle/objdump.test.ts',
];
const rank = (file: string): number => (long.includes(file) ? long.indexOf(file) : long.length);

const files =
  named.length > 0
    ? named
    : globSync(
        ['src', 'test', 'bench', 'tools'].map((floor) => `${floor}/**/*.test.ts`),
        { cwd: root },
      ).filter((file) => !fast || isFast(file));

interface Taken {
  readonly file: string;
  readonly seconds: number;
}
const taken: Taken[] = [];

interface Failure {
  readonly file: string;
  readonly test: string;
  readonly message: string;
}

/** Runs files, so many at a time, and tells of them in their order. Returns what failed. */
const test = async (list: readonly string[], concurrency: number): Promise<readonly Failure[]> => {
  if (list.length === 0) return [];
  const skipped: string[] = [];
  const failures: Failure[] = [];
  const stream = run({
    cwd: root,
    files: list.map((file) => join(root, file)),
    concurrency,
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  // `entryFile` is the test file that runs; `file` is where a test is written, as a suite that several have.
  stream.on('test:fail', ({ name, file, entryFile = file, details: { error } }) => {
    // A suite fails with its tests; they tell more.
    if ('failureType' in error && error.failureType === 'subtestsFailed') return;
    const { message } = error.cause instanceof Error ? error.cause : error;
    failures.push({ file: relative(root, entryFile ?? name), test: name, message });
  });
  stream.on('test:pass', ({ name, skip, file, entryFile = file }) => {
    if (skip !== undefined) skipped.push(`${relative(root, entryFile ?? '')}: ${name}: ${skip === true ? 'no reason given' : skip}`);
  });
  // A file is a test of its own, called by its path.
  stream.on('test:complete', ({ name, file, details }) => {
    if (name === file) taken.push({ file: relative(root, file), seconds: details.duration_ms / 1000 });
  });
  const report = stream.compose(spec);
  report.on('data', (text: Buffer) => process.stdout.write(text));
  await new Promise((resolve) => report.on('end', resolve));
  if (skipped.length > 0) console.log(`\nskipped:\n${skipped.map((line) => `  ${line}`).join('\n')}`);
  return failures;
};

const tellSlowest = (): void => {
  const slowest = taken.toSorted((a, b) => b.seconds - a.seconds).slice(0, 25);
  console.log(`\nslowest:\n${slowest.map(({ file, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${file}`).join('\n')}`);
  console.log(`all in ${(performance.now() / 60_000).toFixed(1)} minutes`);
};

const quick = files.filter(isFast);
const slow = files.filter((file) => !isFast(file));
const alone = slow.filter(isAlone);
const beside = slow.filter((file) => !isAlone(file)).toSorted((a, b) => rank(a) - rank(b));

const gate = async (): Promise<boolean> => fast || named.length > 0 || (await runSteps(steps.filter(([name]) => name !== 'fast tests')));

/** Undefined where the gate is shut. */
const all = async (): Promise<readonly Failure[] | undefined> => {
  if (!(await gate())) return undefined;
  // What fails early doesn't keep the rest from being told.
  const first = await test(quick, 2);
  // Many wait for a guest, a disk or a mirror rather than work: the emulated host keeps 0.6 of a processor busy, Debian's images 0.4.
  const second = await test(beside, 5);
  const third = await test(alone, 1);
  return [...first, ...second, ...third];
};

const tell = (heading: string, failures: readonly Failure[]): void => {
  if (failures.length === 0) return;
  console.log(`\n${heading}:`);
  for (const { file, test, message } of failures) {
    console.log(`  ${file}: ${test}\n${message.split('\n').slice(0, 12).join('\n').replace(/^/gm, '      ')}`);
  }
};

/** What failed beside others gets the host to itself once. Returns whether everything passed in the end. */
const passes = async (): Promise<boolean> => {
  const failures = await all();
  if (failures === undefined) return false;
  if (fast || named.length > 0) {
    tell('failed', failures);
    return failures.length === 0;
  }
  const again = [...new Set(failures.map(({ file }) => file))];
  if (again.length > 0) console.log(`\nonce more, alone: ${again.join(', ')}`);
  const left = await test(again, 1);
  const stays = new Set(left.map(({ file }) => file));
  tellSlowest();
  tell(
    'unsteady: failed, and passed alone',
    failures.filter(({ file }) => !stays.has(file)),
  );
  tell('failed', left);
  return left.length === 0;
};
const passed = await passes();
console.log(passed ? '\nall passed' : '\nFAILED');
process.exitCode = passed ? 0 : 1;
