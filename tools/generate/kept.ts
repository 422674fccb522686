/** Which of two comparisons is kept: the larger one, as long as it is about the same sources. */

/** Of one family, or one program, with one judge. */
export interface Compared {
  /** When, ISO 8601. */
  readonly date: string;
  readonly runs: number;
  readonly mismatches: number;
  /** Beside those, where the judge is known to be otherwise: test/oracle/peculiar.ts. How often, by why. */
  readonly peculiar?: Readonly<Record<string, number>>;
  /** Digest of what was compared, as it was then: test/oracle/sources.ts. */
  readonly sources?: string;
}

/** A short run hides no longer one, unless it found something. */
export const keptOf = (before: Compared | undefined, now: Compared): Compared =>
  before !== undefined && before.sources === now.sources && before.runs > now.runs && now.mismatches === 0 ? before : now;
