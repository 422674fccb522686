/**
 * Compares every family of instructions with the host's processor and with objdump, the code of programs with objdump, and publishes what came
 * of it: docs/coverage/x86.json and the page made from it. `tools/node tools/oracle.ts [RUNS [FAMILY | libc | kernel …]]`: so many runs of each
 * row, 300 where nothing is said; of what is not named, what is published stays. The kernel, which takes minutes and is fetched, has to be named.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeMachine } from '../bench/measure/machine.ts';
import { families, isa, type Op } from '../src/isa/index.ts';
import { compareWithHost } from '../test/oracle/compare.ts';
import { Emulated } from '../test/oracle/emulated.ts';
import { extentOf } from '../test/oracle/extent.ts';
import { isProgram, programNames, programOf } from '../test/oracle/programs.ts';
import { digestOf } from '../test/oracle/sources.ts';
import { compareProgram, compareTexts } from '../test/oracle/text.ts';
import { keptOf } from './generate/kept.ts';
import { type FamilyCompared, type ProgramCompared, readX86, type X86Compared, x86Page, x86Path } from './generate/x86.ts';

const root = join(import.meta.dirname, '..');
const [runs = '300', ...named] = process.argv.slice(2);
const seed = 1;
const refuse = (why: string): never => {
  console.error(`${why}: tools/node tools/oracle.ts [RUNS [FAMILY | libc | kernel …]]`);
  process.exit(2);
};
if (!/^[1-9]\d*$/.test(runs)) refuse(`"${runs}" is no number of runs`);
for (const name of named) if (!(name in families || isProgram(name))) refuse(`"${name}" is neither a family nor a program`);
const published = readX86();

/** Random texts of each row. More of them have found no more. */
const mostTexts = 1000;

const compareFamily = (emulated: Emulated, name: string, family: readonly Op[]): FamilyCompared => {
  const about = { date: new Date().toISOString(), sources: digestOf(name) };
  const host = compareWithHost(emulated, family, Number(runs), seed);
  const text = compareTexts(family, Math.min(Math.ceil(Number(runs) / 10), mostTexts), seed);
  const mismatches = text.lengths.length + text.texts.length;
  const peculiar = Object.fromEntries(text.peculiar);
  const count = [...text.peculiar.values()].reduce((sum, one) => sum + one, 0);
  console.log(
    `${name}: ${host.differing} of ${host.runs} runs differ from the host, ${mismatches} of ${text.runs} lines from objdump, and ${count} by its peculiarities`,
  );
  for (const told of [...host.differences, ...text.lengths, ...text.texts].slice(0, 10)) console.log(`  ${told}`);
  const before = published?.families[name];
  return {
    ...extentOf(family),
    host: keptOf(before?.host, { ...about, runs: host.runs, mismatches: host.differing }),
    objdump: keptOf(before?.objdump, { ...about, runs: text.runs, mismatches, ...(count > 0 && { peculiar }) }),
  };
};

const compareFamilies = (): X86Compared['families'] => {
  let emulated: Emulated | undefined;
  return Object.fromEntries(
    Object.entries(families).map(([name, family]) => {
      const before = published?.families[name];
      if (before !== undefined && named.length > 0 && !named.includes(name)) return [name, before];
      emulated ??= new Emulated(isa);
      return [name, compareFamily(emulated, name, family)];
    }),
  );
};

const compareText = (name: string): readonly ProgramCompared[] => {
  const program = programOf(name);
  const before = published?.programs.filter((one) => one.name === name) ?? [];
  const isWanted = named.includes(name) || (named.length === 0 && !program.isLong);
  if (!isWanted || !program.isThere()) return before;
  const { path, address, bytes } = program.text();
  const { runs: lines, lengths, texts, unknown } = compareProgram(bytes, address);
  const mismatches = lengths.length + texts.length;
  console.log(`${path}: ${mismatches} of ${lines} lines differ from objdump`);
  for (const told of [...lengths, ...texts].slice(0, 10)) console.log(`  ${told}`);
  const missing = [...unknown].toSorted(([one, a], [other, b]) => b - a || (one < other ? -1 : 1));
  return [{ name, path, date: new Date().toISOString(), runs: lines, mismatches, missing }];
};

const { processor, kernel } = describeMachine(root);
const binutils = /\d+(?:\.\d+)+/.exec(execFileSync('objdump', ['--version'], { encoding: 'utf8' }))?.[0] ?? '';
const found: X86Compared = {
  ...{ date: new Date().toISOString(), processor, kernel, binutils },
  families: compareFamilies(),
  programs: programNames.flatMap(compareText),
};
writeFileSync(join(root, x86Path), `${JSON.stringify(found, null, 2)}\n`);
writeFileSync(join(root, x86Path.replace(/\.json$/, '.md')), x86Page(found) ?? '');
