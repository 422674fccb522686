/** Rounds: everything is measured once in each, in random order, so that whatever changes with time meets all alike. */
import { shuffled } from '../../src/measure/index.ts';

export interface Samples<T> {
  /** What a subject measured, round by round. Throws where it was not measured. */
  of(subject: string): readonly T[];
}

export interface RoundOptions {
  readonly rounds: number;
  readonly signal: AbortSignal;
  readonly onRound?: (done: number) => void;
}

export type Subjects<T> = Readonly<Record<string, () => Promise<T>>>;

export const inRounds = async <T>(subjects: Subjects<T>, { rounds, signal, onRound }: RoundOptions): Promise<Samples<T>> => {
  const taken = new Map<string, T[]>(Object.keys(subjects).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, measure] of shuffled(Object.entries(subjects))) {
      signal.throwIfAborted();
      taken.get(name)?.push(await measure());
    }
    onRound?.(round + 1);
  }
  return samplesOf(taken);
};

export const samplesOf = <T>(taken: ReadonlyMap<string, readonly T[]>): Samples<T> => ({
  of: (subject) => {
    const samples = taken.get(subject);
    if (samples === undefined) throw new Error(`${subject} was not measured`);
    return samples;
  },
});
