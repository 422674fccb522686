/** The pieces of work, how much of each, and what each may take against whom: the bars of the JIT. */

export interface Piece {
  readonly name: string;
  readonly kind: Kind;
  /** Of its rounds, or what else guest/pieces counts: enough for a JIT to be in its stride. */
  readonly count: number;
  /** Against the host itself. */
  readonly ofHost?: number;
}

/** What stands together, and is judged alike. */
export type Kind = 'programs' | 'system' | 'processor' | 'strings';

interface Bars {
  /** isola with a guest of 32 bits against v86 with the same. */
  readonly v86: number;
  /** isola with a guest of 64 bits against QEMU's translator with the same. */
  readonly qemu: number;
}

/** To the shell. */
export const bootBars: Bars = { v86: 0.4, qemu: 1.2 };

export const bars: Readonly<Record<Kind, Bars>> = {
  programs: { v86: 0.5, qemu: 1 },
  system: { v86: 0.4, qemu: 1.5 },
  processor: { v86: 0.5, qemu: 1.2 },
  strings: { v86: 1, qemu: 0.1 },
};

/** Of geometric means. */
export const meanBars = { processorAgainstQemu: 0.75, allAgainstHost: 7, bits64Against32: 1 } as const;

const [integerLoops, sse2Loops, ofCalls] = [2.6, 3.5, 6] as const;

export const pieces: readonly Piece[] = [
  { name: 'shell', kind: 'programs', count: 200_000 },
  { name: 'awk', kind: 'programs', count: 1_000_000 },
  { name: 'gzip', kind: 'programs', count: 1 },
  { name: 'gunzip', kind: 'programs', count: 5 },
  { name: 'md5', kind: 'programs', count: 64 },
  { name: 'sha256', kind: 'programs', count: 64 },
  { name: 'programs', kind: 'system', count: 300 },
  { name: 'small-copies', kind: 'system', count: 200_000 },
  { name: 'system-calls', kind: 'system', count: 300_000 },
  { name: 'shifts', kind: 'processor', count: 100_000_000, ofHost: integerLoops },
  { name: 'branches', kind: 'processor', count: 300_000, ofHost: integerLoops },
  { name: 'sieve', kind: 'processor', count: 10, ofHost: integerLoops },
  { name: 'calls', kind: 'processor', count: 34, ofHost: ofCalls },
  { name: 'pointers', kind: 'processor', count: 20_000_000 },
  { name: 'doubles', kind: 'processor', count: 10_000_000, ofHost: sse2Loops },
  { name: 'vectors', kind: 'processor', count: 20_000_000, ofHost: sse2Loops },
  { name: 'flags', kind: 'processor', count: 10_000_000, ofHost: integerLoops },
  { name: 'chase', kind: 'processor', count: 20_000_000 },
  { name: 'divide', kind: 'processor', count: 20_000_000, ofHost: integerLoops },
  { name: 'moves', kind: 'strings', count: 10_000 },
];

/** Calls grow with their golden ratio's power, all else with its count. */
export const lessOf = ({ name, count, ...rest }: Piece): Piece => ({
  ...rest,
  name,
  count: name === 'calls' ? count - 5 : Math.max(1, Math.round(count / 10)),
});
