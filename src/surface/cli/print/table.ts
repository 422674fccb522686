/** Aligned columns without borders. */
import type { Page } from './page.ts';

export interface Column<R> {
  readonly header: string;
  /** An empty cell shows as a hyphen. */
  cell(row: R, page: Page): string;
  readonly right?: boolean;
  /** Text that may be cut to make the table fit. */
  readonly cuts?: boolean;
  /** Left out where the terminal is too narrow, the highest first. */
  readonly spare?: number;
}

const gap = 2;
const leastCut = 8;

interface Laid {
  readonly column: { readonly header: string; readonly right?: boolean; readonly cuts?: boolean; readonly spare?: number };
  readonly cells: readonly string[];
  width: number;
}

/** Every line ends with a newline. `least`: widths that columns have at least, which are then raised to what they are now. */
export const table = <R>(columns: readonly Column<R>[], rows: readonly R[], page: Page, least: Map<string, number> = new Map()): string => {
  const laid = fit(
    columns.map((column): Laid => {
      const cells = rows.map((row) => printable(column.cell(row, page)) || '-');
      const width = Math.max(least.get(column.header) ?? 0, column.header.length, ...cells.map(lengthOf));
      least.set(column.header, width);
      return { column, cells, width };
    }),
    page.columns,
  );
  const header = line(laid.map(({ column, width }) => pad(column.header, width, column.right)));
  const body = rows.map((_, index) =>
    line(laid.map(({ column, cells, width }) => pad(cut(cells[index] ?? '', width), width, column.right))),
  );
  return [page.paint('bold', header), ...body].map((text) => `${text}\n`).join('');
};

/** Rows without a header, for answers in a sentence's place. */
export const lines = <R>(columns: readonly Omit<Column<R>, 'header'>[], rows: readonly R[], page: Page): string => {
  const headed = columns.map((column, index) => ({ ...column, header: `${index}`, cell: (row: R) => column.cell(row, page) || ' ' }));
  return table(headed, rows, { ...page, paint: (_, text) => text })
    .split('\n')
    .slice(1)
    .join('\n');
};

/** Leaves out spare columns, then cuts the widest text until all fits. */
const fit = (laid: readonly Laid[], columns: number | undefined): readonly Laid[] => {
  if (columns === undefined) return laid;
  const total = (list: readonly Laid[]): number => list.reduce((sum, { width }) => sum + width + gap, -gap);
  const spare = laid.filter(({ column }) => column.spare !== undefined).sort((a, b) => (b.column.spare ?? 0) - (a.column.spare ?? 0));
  let kept = laid;
  for (const one of spare) if (total(kept) > columns) kept = kept.filter((other) => other !== one);
  for (let over = total(kept) - columns; over > 0; over--) {
    const [widest] = kept.filter(({ column, width }) => column.cuts && width > leastCut).sort((a, b) => b.width - a.width);
    if (!widest) break;
    widest.width--;
  }
  return kept;
};

const line = (cells: readonly string[]): string => cells.join(' '.repeat(gap)).trimEnd();
const lengthOf = (text: string): number => [...text].length;
const pad = (text: string, width: number, right: boolean | undefined): string => {
  const space = ' '.repeat(Math.max(0, width - lengthOf(text)));
  return right ? space + text : text + space;
};
const cut = (text: string, width: number): string => (lengthOf(text) <= width ? text : `${[...text].slice(0, width - 1).join('')}…`);

/** Names from images and registries are foreign: control characters would steer the terminal. */
export const printable = (text: string): string => text.replace(/\p{Cc}/gu, '�');
