/** One finding: a line of a result file and of a table. */
import type { Interval } from '../../src/measure/index.ts';

export interface Bar {
  readonly bound: number;
  readonly sense: 'at most' | 'at least';
  readonly holds: boolean;
  /** Whether the whole interval says so. */
  readonly isCertain: boolean;
}

export interface Row {
  /** Which rows stand together: a configuration, or a kind of work. */
  readonly group: string;
  readonly name: string;
  /** What the value is of, e.g. `wall time`; for a ratio, of both sides. */
  readonly quantity: string;
  /** `×` for a ratio. */
  readonly unit: '×' | 'ms' | 's' | 'KiB' | 'MiB' | 'VEs' | '1/s' | 'MiB/s';
  readonly value: number;
  /** Ends of the 95 % interval; null where there is but one reading. */
  readonly low: number | null;
  readonly high: number | null;
  readonly samples: number;
  /** What a ratio is against. */
  readonly against: string | null;
  /** The same ratio of one side against itself. */
  readonly noise: { readonly value: number; readonly low: number; readonly high: number } | null;
  readonly bar: Bar | null;
  /** Why there is no value, which is NaN then, and null in a file. */
  readonly absent?: string;
}

interface Wording {
  readonly group: string;
  readonly name: string;
  readonly quantity: string;
}

interface Bound {
  readonly atMost?: number | undefined;
  readonly atLeast?: number | undefined;
}

export interface RatioOptions extends Wording, Bound {
  readonly against: string;
  readonly noise?: Interval | undefined;
}

export const ratioRow = (interval: Interval, { noise, against, atMost, atLeast, ...wording }: RatioOptions): Row => ({
  ...wording,
  unit: '×',
  ...rounded(interval),
  against,
  noise: noise === undefined ? null : { value: round(noise.value), low: round(noise.low), high: round(noise.high) },
  bar: barOf(interval, { atMost, atLeast }),
});

export interface FigureOptions extends Wording, Bound {
  readonly unit: Row['unit'];
}

export const figureRow = (interval: Interval, { atMost, atLeast, ...wording }: FigureOptions): Row => ({
  ...wording,
  ...rounded(interval),
  against: null,
  noise: null,
  bar: barOf(interval, { atMost, atLeast }),
});

/** A figure that was read once. */
export const readingRow = (value: number, { atMost, atLeast, ...wording }: FigureOptions): Row => ({
  ...wording,
  value: round(value),
  low: null,
  high: null,
  samples: 1,
  against: null,
  noise: null,
  bar: barOf({ value, low: value, high: value }, { atMost, atLeast }),
});

/** What could not be measured, and why. */
export const absentRow = (
  absent: string,
  { against = null, ...wording }: Wording & { readonly unit: Row['unit']; readonly against?: string | null },
): Row => ({
  ...wording,
  ...{ value: Number.NaN, low: null, high: null, samples: 0, against, noise: null, bar: null, absent },
});

const barOf = ({ value, low, high }: Pick<Interval, 'value' | 'low' | 'high'>, { atMost, atLeast }: Bound): Bar | null => {
  if (atMost !== undefined) {
    const holds = value <= atMost;
    return { bound: atMost, sense: 'at most', holds, isCertain: holds ? high <= atMost : low > atMost };
  }
  if (atLeast === undefined) return null;
  const holds = value >= atLeast;
  return { bound: atLeast, sense: 'at least', holds, isCertain: holds ? low >= atLeast : high < atLeast };
};

/** One sample has no interval. */
const rounded = ({ value, low, high, samples }: Interval) =>
  samples === 1
    ? { value: round(value), low: null, high: null, samples }
    : { value: round(value), low: round(low), high: round(high), samples };

/** Four digits tell enough. */
const round = (value: number): number => Number(value.toPrecision(4));
