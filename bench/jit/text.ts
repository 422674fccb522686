/** The findings side by side: a line for each piece of work, a column for each who did it, and behind them how isola compares. */
import { aligned } from '../../src/measure/index.ts';
import type { Row } from '../measure/row.ts';
import { comparisons, meanGroup, quantityOf } from './rows.ts';
import { type SideName, sideNames } from './sides.ts';

export const textOf = (rows: readonly Row[]): string => {
  const judged = rows.flatMap(({ bar }) => bar ?? []);
  const why = Map.groupBy(
    rows.filter(({ absent, against }) => absent !== undefined && against === null),
    ({ quantity, absent }) => `${quantity}: ${absent}`,
  );
  return [
    aligned([['CPU seconds', ...columns.map(({ heading }) => heading)], ...names(rows).map((name) => lineOf(rows, name))]),
    '',
    `${judged.filter(({ holds }) => holds).length} of ${judged.length} bars hold.`,
    ...[...why]
      .filter(([reason]) => !reason.startsWith(quantityOf('host')))
      .map(([reason, members]) => `Not measured: ${reason} (${members.map(({ name }) => name).join(', ')}).`),
  ].join('\n');
};

interface Column {
  readonly heading: string;
  readonly side: SideName;
  readonly against: SideName | null;
}

const columns: readonly Column[] = [
  ...sideNames.map((side) => ({ heading: side, side, against: null })),
  ...comparisons.map(([side, against]) => ({ heading: `${side} / ${against.replace('isola, x86-64, ', '')}`, side, against })),
];

const names = (rows: readonly Row[]): readonly (readonly [group: string, name: string])[] => [
  ...new Map(rows.map(({ group, name }) => [`${group}: ${name}`, [group, name] as const])).values(),
];

const lineOf = (rows: readonly Row[], [group, name]: readonly [string, string]): readonly string[] => {
  const own = rows.filter((row) => row.group === group && row.name === name);
  const cells = columns.map(({ side, against }) => cellOf(own.find((row) => row.quantity === quantityOf(side) && row.against === against)));
  return [group === meanGroup ? `geometric mean, ${name}` : name, ...cells];
};

/** A ratio with its bar behind. */
const cellOf = (row: Row | undefined): string => {
  if (row === undefined || row.absent !== undefined) return '-';
  const { value, unit, bar } = row;
  const digits = unit === 's' ? value.toFixed(value < 1 ? 3 : 2) : value.toPrecision(3);
  return bar === null ? digits : `${digits} ${bar.holds ? '≤' : '> missed'} ${bar.bound}`;
};
