/** What techniques cost: a bar for each figure, on one logarithmic scale, with 1 where the bare host is. */
import type { Comparison, Figure } from '../../../environment/command/index.ts';
import {
  complexityText,
  intervalText,
  isRatio,
  machineText,
  occasionText,
  pivot,
  type Row,
  reasons,
  type Scale,
  scaleFor,
  valueText,
} from '../../../measure/index.ts';
import type { Page } from '../print/page.ts';
import { type Column, lines, printable, table } from '../print/table.ts';
import type { View } from './view.ts';

/** Cells of a bar where there is room, and the fewest that still tell something. */
const [barMost, barLeast] = [30, 10];
/** The last mark of the ruler is written behind its place. */
const markCells = 4;

interface Line {
  readonly row: Row;
  readonly figure: Figure;
  /** Whether it is the first of its row. */
  readonly isFirst: boolean;
}

export const comparison: View<Comparison> = {
  show: (result, page) =>
    [heading(result, page), ratioTable(result, page), otherTable(result, page), knownText(result, page)]
      .filter((text) => text !== '')
      .join('\n'),
  remark: (result) => reasons(result).join(' ') || undefined,
};

const heading = (result: Comparison, { paint }: Page): string =>
  `${paint('bold', `${printable(result.image)}, against the bare host`)}\n${occasionText(result)}\n${machineText(result.machine)}\n`;

const linesOf = (rows: readonly Row[]): readonly Line[] =>
  rows.flatMap((row) => row.figures.map((figure, at) => ({ row, figure, isFirst: at === 0 })));

const ratioTable = (result: Comparison, page: Page): string => {
  const rows = pivot(result).filter(isRatio);
  const scale = scaleFor(rows.flatMap(({ figures }) => figures.flatMap(({ value }) => value ?? [])));
  const columns: readonly Column<Line>[] = [
    { header: 'WORK', cell: ({ row, isFirst }) => (isFirst ? row.name : ' ') },
    { header: 'TECHNIQUE', cell: ({ figure }) => figure.subject },
    { header: '× HOST', cell: ({ figure }) => valueText(figure), right: true },
    { header: '95 %', cell: ({ figure }) => intervalText(figure) },
  ];
  const told = linesOf(rows);
  const cells = barCells(table(columns, told, { ...page, columns: undefined }), page);
  const noise: Column<Line> = { header: 'NOISE', cell: ({ row }) => (row.noise === undefined ? '' : intervalText(row.noise)), spare: 2 };
  const bars: Column<Line> = { header: ruler(scale, cells), cell: ({ figure }) => bar(figure, scale, cells), spare: 1 };
  return painted(table([...columns, noise, bars], told, page), page);
};

/** What room the columns that must be there leave. */
const barCells = (text: string, { columns }: Page): number => {
  if (columns === undefined) return barMost;
  const widest = Math.max(...text.split('\n').map((line) => line.length));
  return Math.min(barMost, Math.max(barLeast, columns - widest - 2 - markCells));
};

const otherTable = (result: Comparison, page: Page): string => {
  const rows = linesOf(pivot(result).filter((row) => !isRatio(row)));
  const columns: readonly Omit<Column<Line>, 'header'>[] = [
    { cell: ({ row, isFirst }) => (isFirst ? row.name : '') },
    { cell: ({ figure }) => figure.subject },
    { cell: ({ figure }) => valueText(figure), right: true },
    { cell: ({ figure }) => intervalText(figure) },
  ];
  return lines(columns, rows, page);
};

/** What is known without measuring, technique by technique. */
const knownText = ({ techniques }: Comparison, { paint }: Page): string =>
  techniques
    .map(({ name, works, detail, clock, breadth, complexity, access }) => {
      const told: readonly (readonly [string, string])[] = [
        ...(works ? [] : [['not measured', detail] as const]),
        ...(clock === 'outside' ? [['clock', 'the host’s: its own differs'] as const] : []),
        ['boots', breadth],
        ['complexity', complexityText(complexity)],
        ...Object.entries(access),
      ];
      return `${paint('bold', name)}\n${told.map(([what, how]) => `  ${what}: ${printable(how)}\n`).join('')}`;
    })
    .join('');

/** `0.5×    1×      2×`, each mark where it stands. */
const ruler = (scale: Scale, width: number): string => {
  const cells = Array.from({ length: width + markCells }, () => ' ');
  for (const mark of scale.marks.toSorted((a, b) => weight(a) - weight(b))) {
    const from = cellOf(scale, mark, width);
    const label = `${mark}×`;
    if (cells.slice(Math.max(0, from - 1), from + label.length + 1).some((cell) => cell !== ' ')) continue;
    for (const [at, letter] of [...label].entries()) cells[from + at] = letter;
  }
  return cells.join('').trimEnd();
};

/** 1 is written first, then powers of ten, then what is between, as far as there is room. */
const weight = (mark: number): number => (mark === 1 ? 0 : Number.isInteger(Math.log10(mark)) ? 1 : 2);

/** From 1 to the value. */
const bar = ({ value }: Figure, scale: Scale, width: number): string => {
  if (value === null) return ' ';
  const [one, end] = [cellOf(scale, 1, width), cellOf(scale, value, width)];
  const cells = Array.from({ length: Math.max(one, end) + 1 }, (_, at) => (at === one ? '┃' : (at - one) * (at - end) <= 0 ? '━' : ' '));
  return cells.join('');
};

const cellOf = (scale: Scale, ratio: number, width: number): number => Math.round(scale.at(ratio) * (width - 1));

const painted = (text: string, { paint }: Page): string => text.replace(/━+/g, (run) => paint('cyan', run));
