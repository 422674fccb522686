/**
 * Files that follow from the table of commands, from the results of the benches and from what the contract and the comparisons of
 * instructions found. `node tools/generate.ts` compares and fails on a difference; `--write` writes them. What lies in a generated folder and follows from nothing is an error, too.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { computersPage } from './generate/boots.ts';
import { commandReference } from './generate/commands.ts';
import { comparedPicture, readReadme, withCompared } from './generate/compared.ts';
import { comparisonSamples } from './generate/comparison-samples.ts';
import { complexityFile } from './generate/complexity.ts';
import { coveragePage, staleCoverage } from './generate/coverage.ts';
import { fuzzPage } from './generate/fuzz.ts';
import { helpFiles } from './generate/help.ts';
import { measuredPage, withMeasured } from './generate/measured.ts';
import { schemaFiles } from './generate/schemas.ts';
import { x86Page } from './generate/x86.ts';

const root = join(import.meta.dirname, '..');
/** Folders where everything is generated. */
const folders = ['docs/schema', 'test/golden/help', 'test/golden/comparison'];

/** Every generated file with its text, by path from the root. */
export const generated = async (): Promise<ReadonlyMap<string, string>> => {
  const [readme, coverage, x86] = [readReadme(), coveragePage(), x86Page()];
  return new Map([
    ...(await helpFiles()),
    ...(await schemaFiles()),
    ['docs/commands.md', await commandReference()],
    complexityFile(),
    ...comparisonSamples(),
    ...comparedPicture(),
    ['docs/measured.md', measuredPage()],
    computersPage(),
    ...(readme === undefined ? [] : [['README.md', withCompared(withMeasured(readme))] as const]),
    ['docs/coverage/fuzz.md', fuzzPage()],
    ...(x86 === undefined ? [] : [['docs/coverage/x86.md', x86] as const]),
    ...(coverage === undefined ? [] : [['docs/coverage/techniques.md', coverage] as const]),
  ]);
};

/** Paths whose file is missing, differs, or shouldn't be there. */
export const differences = (files: ReadonlyMap<string, string>): readonly string[] => {
  const wrong = [...files].filter(([path, text]) => textOf(path) !== text).map(([path]) => path);
  return [...wrong, ...strays(files)];
};

const strays = (files: ReadonlyMap<string, string>): readonly string[] =>
  folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`))
    .filter((path) => !files.has(path));

const textOf = (path: string): string | undefined => (existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined);

const write = (files: ReadonlyMap<string, string>): void => {
  for (const path of strays(files)) rmSync(join(root, path));
  for (const [path, text] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    if (textOf(path) !== text) writeFileSync(join(root, path), text);
  }
};

if (import.meta.main) {
  const files = await generated();
  if (process.argv.includes('--write')) write(files);
  for (const path of differences(files)) {
    console.error(
      `${path} is not what follows from the table of commands, the results of the benches or docs/coverage/*.json: node tools/generate.ts --write, then read the diff`,
    );
    process.exitCode = 1;
  }
  for (const sentence of staleCoverage()) {
    console.error(`${sentence}: tools/node tools/coverage.ts, then read the diff`);
    process.exitCode = 1;
  }
}
