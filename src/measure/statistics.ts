/** Medians and how far they can be trusted. */

export interface Interval {
  readonly value: number;
  /** Ends of its 95 % interval. */
  readonly low: number;
  readonly high: number;
  readonly samples: number;
}

const resamples = 4000;

export const median = (values: readonly number[]): number => {
  if (values.length === 0) throw new Error('the median of nothing');
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
};

/** The median with its percentile bootstrap interval: Efron and Tibshirani, An Introduction to the Bootstrap, 13.3. The same values give the same interval. */
export const medianInterval = (values: readonly number[]): Interval => {
  const value = median(values);
  const resampled = Float64Array.from({ length: resamples }, resampling(values)).sort();
  const at = (share: number): number => resampled[Math.round(share * (resamples - 1))] ?? 0;
  return { value, low: at(0.025), high: at(0.975), samples: values.length };
};

/** Draws as many of these as there are, again and again, and gives their median. It is counted off from the smallest, for to sort each draw takes eight times as long. */
const resampling = (values: readonly number[]): (() => number) => {
  const { length } = values;
  const random = seeded(length);
  const order = Uint32Array.from(values.keys()).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranks = new Uint32Array(length);
  for (const [rank, index] of order.entries()) ranks[index] = rank;
  const counts = new Uint32Array(length);
  /** The smallest but so many. */
  const smallestBut = (many: number): number => {
    let [rank, left] = [0, many];
    for (; left >= (counts[rank] ?? 0); rank++) left -= counts[rank] ?? 0;
    return values[order[rank] ?? 0] ?? 0;
  };
  return () => {
    counts.fill(0);
    for (let drawn = 0; drawn < length; drawn++) {
      const rank = ranks[Math.floor(random() * length)] ?? 0;
      counts[rank] = (counts[rank] ?? 0) + 1;
    }
    const upper = smallestBut(length >> 1);
    return length % 2 === 1 ? upper : (smallestBut((length >> 1) - 1) + upper) / 2;
  };
};

/** Of paired measurements, taken in the same round: each pair's own ratio counts, so that what changes from round to round cancels out. */
export const ratioInterval = (values: readonly number[], against: readonly number[]): Interval => {
  if (values.length !== against.length) throw new Error(`${values.length} measurements are paired with ${against.length}`);
  return medianInterval(values.map((value, index) => value / (against[index] ?? Number.NaN)));
};

/** A generator of numbers from 0 to 1, excluded: Marsaglia, Xorshift RNGs, 2003. */
export const seeded = (seed: number): (() => number) => {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 8; i++) next();
  return next;
};

/** In random order: Fisher and Yates. */
export const shuffled = <T>(items: readonly T[], random: () => number = Math.random): T[] => {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [result[last], result[other]] = [result[other] as T, result[last] as T];
  }
  return result;
};

/**
 * Of measurements taken in sessions, each begun anew: the median of the sessions' medians, with the interval its order statistics give
 * (Conover, Practical Nonparametric Statistics, 3.2). Within a session much stays as chance made it, such as which pages of memory a process
 * has; only sessions are independent of one another. Fewer than six give their whole range, which holds the true median less often than
 * 95 times of 100.
 */
export const sessionInterval = (sessions: readonly (readonly number[])[]): Interval => {
  const told = sessions.filter((values) => values.length > 0);
  const medians = Float64Array.from(told, median).sort();
  const skipped = skippedAtEachEnd(medians.length);
  return {
    value: median([...medians]),
    low: medians[skipped] ?? Number.NaN,
    high: medians[medians.length - 1 - skipped] ?? Number.NaN,
    samples: told.reduce((sum, values) => sum + values.length, 0),
  };
};

/** The most that may be left away at each end of so many values so that what is between holds their true median 95 times of 100. */
const skippedAtEachEnd = (count: number): number => {
  // The number of values below the true median is binomial, with probability one half.
  let beyond = 0;
  for (let below = 0, chance = 0.5 ** count; ; chance = (chance * (count - below)) / (below + 1), below++) {
    beyond += 2 * chance;
    if (beyond > 0.05) return Math.max(0, below - 1);
  }
};
