/** Rows as people read them. */
import type { Bar, Row } from './row.ts';

export const headings = ['what', 'measured', '95 % interval', 'noise', 'bar', 'verdict'] as const;
export type Cells = readonly [what: string, measured: string, interval: string, noise: string, bar: string, verdict: string];

export const cellsOf = ({ name, quantity, unit, value, low, high, against, noise, bar, absent }: Row): Cells => {
  const figure = (number: number): string => `${number}${unit === '×' ? '' : ' '}${unit}`;
  return [
    `${name}: ${quantity}${against === null ? '' : ` against ${against}`}`,
    absent === undefined ? figure(value) : `not measured: ${absent}`,
    low === null || high === null ? (absent === undefined ? 'one reading' : '') : `${low} to ${high}`,
    noise === null ? '' : `${noise.value} (${noise.low} to ${noise.high})`,
    bar === null ? '' : `${bar.sense} ${figure(bar.bound)}`,
    bar === null ? '' : verdictOf(bar),
  ];
};

/** `narrowly`: the interval reaches beyond the bar. */
const verdictOf = ({ holds, isCertain }: Bar): string => `${holds ? 'holds' : 'missed'}${isCertain ? '' : ', narrowly'}`;

/** In columns for a terminal, group by group. */
export const tableText = (rows: readonly Row[]): string => {
  const groups = Map.groupBy(rows, ({ group }) => group);
  const widths = headings.map((heading, column) => Math.max(heading.length, ...rows.map((row) => cellsOf(row)[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `  ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd();
  return [line(headings), ...[...groups].flatMap(([group, members]) => [group, ...members.map((row) => line(cellsOf(row)))])].join('\n');
};
