/** Findings: what each took, whom isola is compared with, and geometric means. */
import { type Interval, medianInterval, ratioInterval } from '../../src/measure/index.ts';
import { absentRow, figureRow, type Row, ratioRow } from '../measure/row.ts';
import { bars, bootBars, type Kind, meanBars, type Piece } from './pieces.ts';
import { type SideName, sideNames } from './sides.ts';
import type { Done, Taken } from './taken.ts';

/** What is compared, and by whom. */
export const comparisons = [
  ['isola, x86-64', 'QEMU'],
  ['isola, i386', 'v86'],
  ['isola, x86-64', 'host'],
  ['isola, x86-64', 'isola, i386'],
  ['isola, x86-64', 'isola, x86-64, no JIT'],
] as const satisfies readonly (readonly [SideName, SideName])[];

export const meanGroup = 'jit, geometric mean';
export const quantityOf = (side: SideName): string => `CPU time of ${side}`;

/** Of a side, round by round. */
export type Of = (side: SideName) => readonly Taken[];

interface Item {
  readonly name: string;
  readonly kind: Kind | 'boot';
  readonly ofHost?: number;
}

const boot: Item = { name: 'boot', kind: 'boot' };

export const rowsOf = (of: Of, pieces: readonly Piece[]): readonly Row[] => [
  ...[boot, ...pieces].flatMap((item) => [
    ...sideNames.map((side) => figureOf(of, side, item)),
    ...comparisons.map(([side, against]) => comparisonOf(of, side, against, item)),
  ]),
  ...meanRows(of, pieces),
];

const figureOf = (of: Of, side: SideName, { name, kind }: Item): Row => {
  const found = of(side).map((taken) => taken.get(name) ?? 'it was not tried');
  const wording = { group: `jit, ${kind}`, name, quantity: quantityOf(side), unit: 's' } as const;
  const done = found.filter(isDone).map(({ cpuSeconds }) => cpuSeconds);
  return done.length > 0 ? figureRow(medianInterval(done), wording) : absentRow(found.find(isWhy) ?? 'it was not tried', wording);
};

const isDone = (found: Done | string): found is Done => typeof found === 'object';
const isWhy = (found: Done | string): found is string => typeof found === 'string';

const comparisonOf = (of: Of, side: SideName, against: SideName, item: Item): Row => {
  const { name, kind } = item;
  const wording = { group: `jit, ${kind}`, name, quantity: quantityOf(side), against };
  const pairs = pairsOf(of, side, against, name);
  if (typeof pairs === 'string') return absentRow(pairs, { ...wording, unit: '×' });
  return ratioRow(ratioInterval(...pairs), { ...wording, atMost: barOf(against, item) });
};

type Pairs = readonly [ours: readonly number[], theirs: readonly number[]];

/** Of the rounds in which both did it; or why there is none. */
const pairsOf = (of: Of, side: SideName, against: SideName, name: string): Pairs | string => {
  const theirs = of(against);
  const both = of(side).map((taken, round) => [taken.get(name), theirs[round]?.get(name)] as const);
  const done = both.flatMap(([ours, other]) =>
    typeof ours === 'object' && typeof other === 'object' ? [[ours.cpuSeconds, other.cpuSeconds] as const] : [],
  );
  if (done.length > 0) return [done.map(([ours]) => ours), done.map(([, other]) => other)];
  const [[ours, other] = []] = both;
  return typeof ours === 'string' ? `${side}: ${ours}` : `${against}: ${typeof other === 'string' ? other : 'it was not tried'}`;
};

const barOf = (against: SideName, { kind, ofHost }: Item): number | undefined => {
  const { v86, qemu } = kind === 'boot' ? bootBars : bars[kind];
  if (against === 'QEMU') return qemu;
  if (against === 'v86') return v86;
  if (against === 'host') return ofHost;
  // A boot with a JIT is not to be slower than one without.
  return kind === 'boot' && against === 'isola, x86-64, no JIT' ? 1 : undefined;
};

const meanRows = (of: Of, pieces: readonly Piece[]): readonly Row[] => {
  const processor = pieces.filter(({ kind }) => kind === 'processor');
  return comparisons.flatMap(([side, against]) => [
    meanOf(of, side, against, 'processor', processor, against === 'QEMU' ? meanBars.processorAgainstQemu : undefined),
    meanOf(of, side, against, 'all but boot', pieces, meanBarOf(against)),
  ]);
};

const meanBarOf = (against: SideName): number | undefined => {
  if (against === 'host') return meanBars.allAgainstHost;
  return against === 'isola, i386' ? meanBars.bits64Against32 : undefined;
};

/** Of each round, and the median of these. Without a piece it would be the mean of something else. */
const meanOf = (of: Of, side: SideName, against: SideName, name: string, pieces: readonly Piece[], atMost: number | undefined): Row => {
  const wording = { group: meanGroup, name, quantity: quantityOf(side), against };
  const all = pieces.map((piece) => pairsOf(of, side, against, piece.name));
  const why = all.find((pairs) => typeof pairs === 'string');
  if (why !== undefined) return absentRow(why, { ...wording, unit: '×' });
  const ratios = all.map((pairs) =>
    typeof pairs === 'string' ? [] : pairs[0].map((ours, round) => ours / (pairs[1][round] ?? Number.NaN)),
  );
  const rounds = Math.min(...ratios.map(({ length }) => length));
  const means = Array.from({ length: rounds }, (_, round) =>
    Math.exp(ratios.reduce((sum, each) => sum + Math.log(each[round] ?? Number.NaN), 0) / ratios.length),
  );
  const interval: Interval = medianInterval(means);
  return ratioRow(interval, { ...wording, atMost });
};
