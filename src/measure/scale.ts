/** A logarithmic scale of ratios, on which 1 has its place. */

export interface Scale {
  readonly least: number;
  readonly most: number;
  /** Where a ratio stands: 0 at the least, 1 at the most; what is beyond stands at the end. */
  at(ratio: number): number;
  /** Ratios to write beside it: 1, 2, 5, 10 …, those that fit. */
  readonly marks: readonly number[];
}

/** Holds all of these, and half and twice what the bare host takes at least. */
export const scaleFor = (ratios: readonly number[]): Scale => {
  const known = ratios.filter((ratio) => ratio > 0 && Number.isFinite(ratio));
  const least = Math.min(0.5, ...known.map((ratio) => Math.max(ratio, farthest)));
  const most = Math.max(2, ...known.map((ratio) => Math.min(ratio, 1 / farthest)));
  const [from, width] = [Math.log(least), Math.log(most) - Math.log(least)];
  const at = (ratio: number): number => Math.min(1, Math.max(0, (Math.log(ratio) - from) / width));
  return { least, most, at, marks: roundRatios.filter((mark) => mark >= least * 0.999 && mark <= most * 1.001) };
};

/** Beyond a thousandth or a thousand times, it no longer matters how far. */
const farthest = 0.001;
const roundRatios = [0.001, 0.01, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
