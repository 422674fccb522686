/** A computer as a snapshot's bytes, piece by piece. */
import type { Pc, Saved } from '../board/index.ts';
import { type Facts, type Header, snapshotVersion, toWhole } from './header.ts';
import type { Means } from './means.ts';
import { bytesOf, type Run, runsIn, tableOf } from './pages.ts';

export interface Writing {
  readonly facts: Facts;
  /** Which isola writes it. */
  readonly by: string;
  /** When, ISO 8601. */
  readonly made: string;
  readonly means: Means;
}

/** Between two runs, one behind the other; the computer is as it was, and goes on. Pieces of memory are the computer's own: to be written before it does. */
export function* piecesOf(pc: Pc, writing: Writing): Generator<Uint8Array> {
  const saved = pc.save();
  const { memory } = pc;
  const runs = runsIn(memory, writing.means);
  yield* headOf(saved, areasOf(pc), runs, writing);
  for (const run of runs) yield bytesOf(memory, run);
}

/** Sizes of what its memory is made of, in bytes. */
export const areasOf = ({ ram }: Pick<Pc, 'ram'>): readonly number[] => ram.areas.map(({ bytes }) => bytes);

/** All that comes before the pages themselves. */
export function* headOf(
  { at, parts }: Saved,
  areas: readonly number[],
  runs: readonly Run[],
  { facts, by, made, means: { encode, sha256 } }: Writing,
): Generator<Uint8Array> {
  const table = tableOf(runs);
  const header: Header = {
    ...{ isola: 'snapshot', version: snapshotVersion, by, made, at: `${at}`, base: null },
    ...facts,
    parts: parts.map(({ name, shape, bytes }) => ({ name, shape: sha256(encode(shape)), bytes: bytes.length, sha256: sha256(bytes) })),
    memory: {
      areas,
      ...{ runs: runs.length, sha256: sha256(table), pages: runs.reduce((sum, { count }) => sum + count, 0) },
    },
  };
  const line = encode(JSON.stringify(header));
  const check = encode(`\n${JSON.stringify({ sha256: sha256(line) })}\n`);
  yield line;
  yield check;
  yield encode(' '.repeat(toWhole(line.length + check.length)));
  let length = 0;
  for (const bytes of [...parts.map((part) => part.bytes), table]) {
    yield bytes;
    length += bytes.length;
  }
  yield new Uint8Array(toWhole(length));
}
