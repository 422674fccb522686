/** What one run took: of each piece how long and what it said, or why there is nothing of it. */
import type { Mark } from '../boot/watched.ts';

export interface Done {
  readonly cpuSeconds: number;
  /** Digest of what it said; of a boot nothing. */
  readonly said: string;
}

/** By the names of pieces, and `boot`: or why not. */
export type Taken = ReadonlyMap<string, Done | string>;

/** Of a whole run that could not be had. */
export const failed = (names: readonly string[], why: string): Map<string, Done | string> => new Map(names.map((name) => [name, why]));

/** From lines of guest/init, whose pieces are to say what they say on the host. Where it ended early, `why` is what is told of the pieces that are missing. */
export const takenOf = (marks: readonly Mark[], names: readonly string[], truth: Taken, why: string): Taken => {
  const taken = new Map(failed(['boot', ...names], why));
  let piece = { name: '', begun: 0, cpuSeconds: 0, status: '' };
  for (const { text, cpuSeconds } of marks) {
    const [word, what = ''] = text.split(' ');
    if (word === 'shell') taken.set('boot', { cpuSeconds, said: '' });
    else if (word === 'begin') piece = { name: what, begun: cpuSeconds, cpuSeconds: 0, status: '' };
    else if (word === 'end') piece = { ...piece, cpuSeconds: cpuSeconds - piece.begun, status: what };
    else if (word === 'said') taken.set(piece.name, judged(piece, what, truth.get(piece.name)));
  }
  return taken;
};

const judged = (
  { cpuSeconds, status }: { readonly cpuSeconds: number; readonly status: string },
  said: string,
  truth: Done | string | undefined,
): Done | string => {
  if (status !== '0') return `it ended with ${status}`;
  return typeof truth === 'object' && truth.said !== said ? 'it said something else than on the host' : { cpuSeconds, said };
};
