/** What techniques cost on one machine: a table for the README and its picture, from the newest `bench/results/compare-DATE.json`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { comparison } from '../../src/environment/command/comparison.ts';
import type { Comparison } from '../../src/environment/command/index.ts';
import { chart, machineText, measuredTable, occasionText, reasons } from '../../src/measure/index.ts';

const root = join(import.meta.dirname, '../..');
const results = join(root, 'bench/results');
export const picture = 'docs/pictures/compared.svg';

/** The newest by the date in its name; undefined where there is none. */
const newest = (): Comparison | undefined => {
  const name = readdirSync(results)
    .filter((file) => /^compare-\d{4}-\d\d-\d\d\.json$/.test(file))
    .sort()
    .at(-1);
  return name === undefined ? undefined : comparison.check(JSON.parse(readFileSync(join(results, name), 'utf8')), name);
};

export const comparedPicture = (): readonly (readonly [path: string, text: string])[] => {
  const result = newest();
  return result === undefined ? [] : [[picture, chart(result)]];
};

/** A text with the lines between its marks made anew; the same where it has no marks or nothing was measured. */
export const withCompared = (text: string): string => {
  const result = newest();
  return result === undefined ? text : text.replace(/(?<=<!-- compared -->\n)[\s\S]*(?=<!-- \/compared -->)/, () => block(result));
};

const block = (result: Comparison): string =>
  [
    `\n![What being inside costs, by kind of work and technique, as a multiple of the bare host](${picture})\n`,
    `${measuredTable(result)}\n`,
    ...reasons(result).map((sentence) => `${sentence}\n`),
    `${machineText(result.machine)}, ${result.machine.system}, ${result.machine.fileSystem}; isola compare ${result.image}, ${occasionText(result)}. Behind each median its 95 % interval.\n\n`,
  ].join('\n');

export const readReadme = (): string | undefined => {
  const path = join(root, 'README.md');
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
};
