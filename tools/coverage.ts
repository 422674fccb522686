/**
 * Holds every technique that works here to the contract, and publishes what came of it: docs/coverage/techniques.json and the page made
 * from it. `tools/node tools/coverage.ts [TECHNIQUE …]`, as root; of techniques that are not named, what is published stays. Nothing is
 * written if a test fails.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { describeMachine } from '../bench/measure/machine.ts';
import type { Subject } from '../test/contract/clause.ts';
import { chapters } from '../test/contract/contract.ts';
import { subjects } from '../test/contract/subjects.ts';
import { whyNot } from '../test/stage/stage.ts';
import { type Coverage, coveragePage, coveragePath, type Proof, readCoverage, type TechniqueCoverage } from './generate/coverage.ts';

const root = join(import.meta.dirname, '..');

/** Outcomes by the names of tests; undefined if one failed. */
const prove = async ({ technique, daily }: Subject): Promise<ReadonlyMap<string, string | undefined> | undefined> => {
  const told = new Map<string, string | undefined>();
  let failed = false;
  const stream = run({
    cwd: root,
    files: [join(root, `test/contract/${technique}.${daily === undefined ? 'test' : 'long'}.ts`)],
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  stream.on('test:fail', () => {
    failed = true;
  });
  stream.on('test:pass', ({ name, skip }) => {
    told.set(name, skip === undefined ? undefined : String(skip));
  });
  const report = stream.compose(spec);
  report.pipe(process.stdout);
  await new Promise((resolve) => report.on('end', resolve));
  return failed ? undefined : told;
};

const coverageOf = async (subject: Subject): Promise<TechniqueCoverage | undefined> => {
  const { technique, image, skips } = subject;
  const start = performance.now();
  const told = await prove(subject);
  if (told === undefined) return undefined;
  const clauses = chapters.flatMap((chapter) => chapter.clauses);
  const outcomes = clauses.map((clause) => {
    const reason = told.get(`${technique}: ${clause.name}`);
    const outcome: Proof['outcome'] = reason === undefined ? 'passes' : clause.name in skips ? 'skipped' : 'untried';
    return { ...clause, outcome, reason: reason ?? null };
  });
  return {
    technique,
    image,
    date: new Date().toISOString(),
    seconds: Math.round((performance.now() - start) / 1000),
    tests: outcomes.map(({ name, verbs, outcome, reason }) => ({ name, verbs, outcome, reason })),
    images: outcomes.flatMap(({ image: kind, outcome, reason }) => (kind === undefined ? [] : [{ image: kind, outcome, reason }])),
  };
};

const coverageHere = async (named: readonly string[]): Promise<Coverage | undefined> => {
  const published = readCoverage();
  const [techniques, absent]: [TechniqueCoverage[], { technique: string; reason: string }[]] = [[], []];
  for (const subject of subjects) {
    const { technique } = subject;
    const before = published?.techniques.find((one) => one.technique === technique);
    const reason = await whyNot(technique);
    const stays = before !== undefined && named.length > 0 && !named.includes(technique);
    const coverage = stays ? before : reason === undefined ? await coverageOf(subject) : undefined;
    if (coverage !== undefined) techniques.push(coverage);
    else if (reason === undefined) return undefined;
    else absent.push({ technique, reason });
  }
  return { date: new Date().toISOString(), machine: describeMachine(root), techniques, absent };
};

const coverage = await coverageHere(process.argv.slice(2));
if (coverage === undefined || coverage.techniques.length === 0) {
  console.error('nothing is published: a test failed, or no technique works here');
  process.exitCode = 1;
} else {
  mkdirSync(dirname(join(root, coveragePath)), { recursive: true });
  writeFileSync(join(root, coveragePath), `${JSON.stringify(coverage, null, 2)}\n`);
  writeFileSync(join(root, coveragePath.replace(/\.json$/, '.md')), coveragePage(coverage) ?? '');
}
