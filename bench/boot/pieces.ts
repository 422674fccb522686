/** What each emulator took for a boot and for the work inside, and how isola's stands to the others'. */
import { medianInterval, ratioInterval } from '../../src/measure/index.ts';
import { absentRow, figureRow, type Row, ratioRow, readingRow } from '../measure/row.ts';
import type { Mark } from './watched.ts';

export interface Taken {
  /** CPU seconds of each piece of work, and of `boot`; or why there are none. */
  readonly pieces: ReadonlyMap<string, number | string>;
  /** Why others are missing. */
  readonly rest: string;
}

/** What lies between the beginning and each end: `boot` from where the kernel is in memory to a shell, and the pieces of work. `rest`: why it went no further. */
export const takenOf = (marks: readonly Mark[], rest = 'it never came to that'): Taken => {
  const pieces = new Map<string, number | string>();
  let loadedAt = 0;
  let begun: { readonly name: string; readonly cpuSeconds: number } | undefined;
  for (const { text, cpuSeconds } of marks) {
    const [word, what = ''] = text.split(' ');
    if (word === 'kernel') loadedAt = cpuSeconds;
    if (word === 'shell') pieces.set('boot', cpuSeconds - loadedAt);
    if (word === 'begin') begun = { name: what, cpuSeconds };
    if (word !== 'end' || begun === undefined) continue;
    pieces.set(begun.name, what === '0' ? cpuSeconds - begun.cpuSeconds : `it ended with ${what}`);
  }
  return { pieces, rest };
};

const peers = { bochs: 'Bochs', qemu: 'QEMU, translating (TCG)' } as const;
type Peer = keyof typeof peers;

/** Of one emulator, round by round. */
export type Of = (who: 'isola' | Peer) => readonly Taken[];

export const rowsOf = (of: Of): readonly Row[] => {
  const named = (['isola', 'bochs', 'qemu'] as const).flatMap((who) => of(who).map(({ pieces }) => [...pieces.keys()]));
  const names = [...new Set(['boot', ...named.toSorted((a, b) => b.length - a.length).flat()])];
  return [
    ...names.flatMap((piece) => [figureOf(of, piece), againstOf(of, piece, 'bochs'), againstOf(of, piece, 'qemu')]),
    ...(['bochs', 'qemu'] as const).map((peer) =>
      meanOf(
        of,
        names.filter((name) => name !== 'boot'),
        peer,
      ),
    ),
  ];
};

const wordingOf = (piece: string) =>
  piece === 'boot'
    ? { group: 'boot', name: 'Debian’s kernel for clouds, to a shell', quantity: 'CPU time' }
    : { group: 'work inside', name: piece, quantity: 'CPU time' };

const figureOf = (of: Of, piece: string): Row => {
  const all = of('isola').map((taken) => foundIn(taken, piece));
  const done = all.filter((found) => typeof found === 'number');
  const wording = { ...wordingOf(piece), unit: 's' } as const;
  return done.length > 0 ? figureRow(medianInterval(done), wording) : absentRow(whyIn(all), wording);
};

const againstOf = (of: Of, piece: string, peer: Peer): Row => {
  const wording = { ...wordingOf(piece), against: peers[peer] };
  const pairs = pairsOf(of, piece, peer);
  if (typeof pairs === 'string') return absentRow(pairs, { ...wording, unit: '×' });
  return ratioRow(ratioInterval(...pairs), { ...wording, atMost: peer === 'bochs' && piece === 'boot' ? 0.5 : undefined });
};

/** Without a piece it would be the mean of something else. */
const meanOf = (of: Of, pieces: readonly string[], peer: Peer): Row => {
  const wording = { group: 'work inside', name: 'geometric mean', quantity: `CPU time against ${peers[peer]}`, unit: '×' } as const;
  const all = pieces.map((piece) => pairsOf(of, piece, peer));
  const why = pieces.length === 0 ? 'no piece was done' : all.find((pairs) => typeof pairs === 'string');
  if (typeof why === 'string') return absentRow(why, wording);
  const logs = all.map((pairs) => (typeof pairs === 'string' ? Number.NaN : Math.log(ratioInterval(...pairs).value)));
  const mean = Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
  return readingRow(mean, { ...wording, atMost: peer === 'bochs' ? 0.5 : undefined });
};

/** Of the rounds in which both did it; or why there is none. */
const pairsOf = (of: Of, piece: string, peer: Peer): readonly [ours: number[], theirs: number[]] | string => {
  const [ours, theirs] = [of('isola'), of(peer)].map((all) => all.map((taken) => foundIn(taken, piece))) as [
    (number | string)[],
    (number | string)[],
  ]; // There are two.
  const rounds = ours.flatMap((found, round) => {
    const other = theirs[round];
    return typeof found === 'number' && typeof other === 'number' ? [[found, other] as const] : [];
  });
  if (rounds.length > 0) return [rounds.map(([found]) => found), rounds.map(([, other]) => other)];
  return ours.every((found) => typeof found === 'string') ? `isola: ${whyIn(ours)}` : `${peers[peer]}: ${whyIn(theirs)}`;
};

const foundIn = ({ pieces, rest }: Taken, piece: string): number | string => pieces.get(piece) ?? rest;

const whyIn = (all: readonly (number | string)[]): string => all.find((found) => typeof found === 'string') ?? 'it was not tried';
