/**
 * Compares every family of instructions with the host's processor and with objdump, the C library's code with objdump, and publishes what came
 * of it: docs/coverage/x86.json and the page made from it. `tools/node tools/oracle.ts [RUNS [FAMILY …]]`: so many runs of each row, 300 where
 * nothing is said; of families that are not named, what is published stays.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeMachine } from '../bench/measure/machine.ts';
import { families, isa, type Op } from '../src/isa/index.ts';
import { compareWithHost } from '../test/oracle/compare.ts';
import { Emulated } from '../test/oracle/emulated.ts';
import { extentOf } from '../test/oracle/extent.ts';
import { sectionOf } from '../test/oracle/section.ts';
import { compareProgram, compareTexts } from '../test/oracle/text.ts';
import { type FamilyCompared, readX86, type X86Compared, x86Page, x86Path } from './generate/x86.ts';

const root = join(import.meta.dirname, '..');
const [runs = '300', ...named] = process.argv.slice(2);
const seed = 1;
if (!/^[1-9]\d*$/.test(runs)) {
  console.error(`"${runs}" is no number of runs: tools/node tools/oracle.ts [RUNS [FAMILY …]]`);
  process.exit(2);
}

const compareFamily = (emulated: Emulated, name: string, family: readonly Op[]): FamilyCompared => {
  const date = new Date().toISOString();
  const host = compareWithHost(emulated, family, Number(runs), seed);
  const text = compareTexts(family, Math.ceil(Number(runs) / 10), seed);
  const mismatches = text.lengths.length + text.texts.length;
  console.log(`${name}: ${host.differing} of ${host.runs} runs differ from the host, ${mismatches} of ${text.runs} lines from objdump`);
  for (const told of [...host.differences, ...text.lengths, ...text.texts].slice(0, 10)) console.log(`  ${told}`);
  return {
    ...extentOf(family),
    host: { date, runs: host.runs, mismatches: host.differing },
    objdump: { date, runs: text.runs, mismatches },
  };
};

const compareFamilies = (): X86Compared['families'] => {
  const published = readX86()?.families ?? {};
  const emulated = new Emulated(isa);
  return Object.fromEntries(
    Object.entries(families).map(([name, family]) => {
      const before = published[name];
      const stays = before !== undefined && named.length > 0 && !named.includes(name);
      return [name, stays ? before : compareFamily(emulated, name, family)];
    }),
  );
};

const comparePrograms = (): X86Compared['programs'] =>
  ['/lib/x86_64-linux-gnu/libc.so.6'].filter(existsSync).map((path) => {
    const { address, bytes } = sectionOf(readFileSync(path), '.text');
    const { runs: lines, lengths, texts, unknown } = compareProgram(bytes, address);
    const mismatches = lengths.length + texts.length;
    console.log(`${path}: ${mismatches} of ${lines} lines differ from objdump`);
    const missing = [...unknown].toSorted(([one, a], [other, b]) => b - a || (one < other ? -1 : 1));
    return { path, date: new Date().toISOString(), runs: lines, mismatches, missing };
  });

const { processor, kernel } = describeMachine(root);
const binutils = /\d+(?:\.\d+)+/.exec(execFileSync('objdump', ['--version'], { encoding: 'utf8' }))?.[0] ?? '';
const found: X86Compared = {
  ...{ date: new Date().toISOString(), processor, kernel, binutils },
  families: compareFamilies(),
  programs: comparePrograms(),
};
writeFileSync(join(root, x86Path), `${JSON.stringify(found, null, 2)}\n`);
writeFileSync(join(root, x86Path.replace(/\.json$/, '.md')), x86Page(found) ?? '');
