/** A comparison as a picture: SVG 1.1, readable on light and on dark paper. */
import type { Comparison, Figure } from '../environment/command/index.ts';
import { intervalText, isRatio, machineText, occasionText, pivot, type Row, valueText } from './pivot.ts';
import { type Scale, scaleFor } from './scale.ts';

const width = 860;
/** Where the scale begins and ends; names stand before it, figures behind. */
const [left, right] = [190, 640];
const lineHeight = 15;
const rowGap = 9;
const headHeight = 92;
const footHeight = 34;

/** Fields of colour that also differ in lightness; by the order of the techniques. */
const colours = [
  { light: '#2f7d55', dark: '#63c08f' },
  { light: '#b4552d', dark: '#f0936b' },
  { light: '#3b62a8', dark: '#86a9ea' },
  { light: '#8a4c9e', dark: '#cf97e0' },
] as const;

/** A row for each kind of work, a bar for each technique from 1 to its value, a whisker for its interval, a band for the noise. */
export const chart = (comparison: Comparison): string => {
  const rows = pivot(comparison).filter(isRatio);
  const others = pivot(comparison).filter((row) => !isRatio(row));
  const names = namesIn(rows);
  const scale = scaleFor(
    rows.flatMap(({ figures, noise }) =>
      [...figures, ...(noise ? [noise] : [])].flatMap(({ value, low, high }) => numbers([value, low, high])),
    ),
  );
  const step = names.length * lineHeight + rowGap;
  const bottom = headHeight + rows.length * step;
  const height = bottom + 24 + others.length * 20 + footHeight;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="ui-sans-serif, Helvetica, Arial, sans-serif" font-size="13" role="img">`,
    `  <title>${escaped(`${comparison.image} under every technique, against the bare host`)}</title>`,
    style(names.length),
    `  <rect class="sheet" width="${width}" height="${height}" rx="10"/>`,
    text(30, 32, 'ink bold', `${comparison.image}: what being inside costs, × the bare host`),
    legend(names),
    ...axis(scale, bottom),
    ...rows.flatMap((row, index) => rowMarks(row, names, scale, headHeight + index * step)),
    ...others.map((row, index) => otherLine(row, names, bottom + 34 + index * 20)),
    text(30, height - 16, 'dim small', `${machineText(comparison.machine)}; ${occasionText(comparison)}`),
    '</svg>',
  ].join('\n')}\n`;
};

const numbers = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);

const namesIn = (rows: readonly Row[]): readonly string[] => [
  ...new Set(rows.flatMap(({ figures }) => figures.map(({ subject }) => subject))),
];

const style = (count: number): string => {
  const of = (paper: 'light' | 'dark'): string =>
    colours
      .slice(0, count)
      .map((colour, at) => `.t${at} { fill: ${colour[paper]}; stroke: ${colour[paper]} }`)
      .join(' ');
  return `  <style>
    .sheet { fill: #fbfaf7 } .ink { fill: #26303a } .dim { fill: #66717d } .grid { stroke: #d9dcdf } .one { stroke: #8b95a0 } .band { fill: #e3e6ea }
    ${of('light')}
    .bold { font-weight: 600 } .small { font-size: 11.5px } .end { text-anchor: end } .middle { text-anchor: middle } .bar { stroke: none; opacity: .55 }
    @media (prefers-color-scheme: dark) {
      .sheet { fill: #171b20 } .ink { fill: #e4e8ec } .dim { fill: #9aa5b0 } .grid { stroke: #2b323a } .one { stroke: #6d7883 } .band { fill: #2a3038 }
      ${of('dark')}
    }
  </style>`;
};

const text = (x: number, y: number, kind: string, said: string): string =>
  `  <text class="${kind}" x="${tenth(x)}" y="${tenth(y)}">${escaped(said)}</text>`;

const legend = (names: readonly string[]): string => {
  const entries = names.map((name, at) => {
    const x = 30 + at * 170;
    return `  <rect class="t${at}" x="${x}" y="47" width="14" height="8" rx="2"/>\n${text(x + 20, 56, 'ink small', name)}`;
  });
  const x = 30 + names.length * 170;
  return [
    ...entries,
    `  <rect class="band" x="${x}" y="45" width="14" height="12"/>`,
    text(x + 20, 56, 'ink small', 'noise: the bare host against itself'),
  ].join('\n');
};

const axis = (scale: Scale, bottom: number): readonly string[] =>
  scale.marks.flatMap((mark) => {
    const x = placeOf(scale, mark);
    return [
      `  <line class="${mark === 1 ? 'one' : 'grid'}" x1="${x}" y1="${headHeight - 8}" x2="${x}" y2="${bottom}"/>`,
      text(x, headHeight - 13, 'dim small middle', `${mark}×`),
    ];
  });

const rowMarks = ({ name, figures, noise }: Row, names: readonly string[], scale: Scale, top: number): readonly string[] => {
  const height = names.length * lineHeight;
  const marks = [text(left - 14, top + height / 2 + 4, 'ink end', name)];
  if (noise?.low != null && noise.high !== null) {
    const [from, to] = [placeOf(scale, noise.low), placeOf(scale, noise.high)];
    marks.push(`  <rect class="band" x="${from}" y="${top}" width="${tenth(Math.max(1, to - from))}" height="${height}"/>`);
  }
  for (const figure of figures) {
    const at = names.indexOf(figure.subject);
    marks.push(...figureMarks(figure, at, scale, top + at * lineHeight));
  }
  return marks;
};

const figureMarks = (figure: Figure, at: number, scale: Scale, top: number): readonly string[] => {
  const { value, low, high, reason } = figure;
  const middle = top + lineHeight / 2;
  if (value === null) return [text(right + 20, middle + 4, 'dim small', cut(reason ?? 'not measured', 34))];
  const [one, x] = [placeOf(scale, 1), placeOf(scale, value)];
  const whisker =
    low === null || high === null
      ? []
      : [`  <path class="t${at}" fill="none" d="M${placeOf(scale, low)} ${middle}H${placeOf(scale, high)}"/>`];
  return [
    `  <rect class="t${at} bar" x="${Math.min(one, x)}" y="${middle - 3.5}" width="${tenth(Math.abs(x - one))}" height="7"/>`,
    ...whisker,
    `  <circle class="t${at}" cx="${x}" cy="${middle}" r="2.6"/>`,
    text(right + 66, middle + 4, 'ink small end', valueText(figure)),
    text(right + 80, middle + 4, 'dim small', intervalText(figure)),
  ];
};

/** What has no ratio is written. */
const otherLine = ({ name, figures }: Row, names: readonly string[], y: number): string => {
  const told = names.flatMap((technique) =>
    figures.filter(({ subject }) => subject === technique).map((figure) => `${technique} ${valueText(figure)}`),
  );
  return text(30, y, 'ink', `${name}: ${told.join(', ')}`);
};

const placeOf = (scale: Scale, ratio: number): number => tenth(left + scale.at(ratio) * (right - left));
const tenth = (value: number): number => Math.round(value * 10) / 10;
const cut = (said: string, most: number): string => (said.length <= most ? said : `${said.slice(0, most - 1)}…`);
const escaped = (said: string): string => said.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
