/** What boots, and what it takes on isola and its peers: a table within docs/computers.md, from the newest whole result of the bench `boots`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { newestResults, type Result } from '../../bench/measure/result.ts';
import type { Row } from '../../bench/measure/row.ts';
import { aligned } from '../../src/measure/index.ts';

const root = join(import.meta.dirname, '../..');
const path = 'docs/computers.md';

/** The page, with the lines between its marks made anew; the same where nothing was measured. */
export const computersPage = (): readonly [path: string, text: string] => {
  const text = readFileSync(join(root, path), 'utf8');
  const result = newestResults(join(root, 'bench/results')).get('boots');
  return [path, result === undefined ? text : withBoots(text, result)];
};

export const withBoots = (text: string, { date, machine, rows }: Pick<Result, 'date' | 'machine' | 'rows'>): string =>
  text.replace(/(?<=<!-- boots -->\n)[\s\S]*(?=<!-- \/boots -->)/, () => {
    const peers = [...new Set(rows.flatMap(({ against }) => against ?? []))];
    const lines = [...Map.groupBy(rows, ({ group }) => group)].map(([system, members]) => [
      system,
      ...['isola', ...peers].map((name) => cellOf(members, name)),
    ]);
    return `\n${aligned([['', 'isola', ...peers], ...lines])}\n\nOn ${date.slice(0, 10)}, ${machine.processors} × ${machine.processor}.\n\n`;
  });

/** Empty where it isn't booted by that. */
const cellOf = (rows: readonly Row[], who: string): string => {
  const seconds = rows.find(({ name, unit }) => name === who && unit === 's');
  const ratio = rows.find(({ against }) => against === who);
  return [seconds && `${Number(seconds.value.toPrecision(3))} s`, ratio && `${ratio.value.toPrecision(2)}×`]
    .filter((one) => one !== undefined)
    .join(': ');
};
