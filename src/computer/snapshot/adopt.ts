/** A computer that was kept has its memory in the file from then on, as whoever goes on from there: they share what none of them has written since. */
import type { Pc } from '../../board/index.ts';
import { ownPages } from '../../host/kernel/own-pages.ffi.ts';
import { pageBytes } from '../../snapshot/index.ts';
import type { Snapshot } from './read.ts';
import { stretches } from './stretches.ts';

/** A process has 65,530 mappings (proc(5), max_map_count). */
const mostRuns = 16_384;

/**
 * `snapshot` was captured of this computer, which has run since: each page that it hasn't written is that file's, unless it holds nothing. Each turn is to be between two runs. Returns whether all are; throws an error with a code where a file
 * can't be mapped: then some are.
 */
export function* adopt({ memory }: Pick<Pc, 'memory'>, snapshot: Snapshot): Generator<void, boolean> {
  const runs = snapshot.runs(memory.length / pageBytes);
  if (runs.length > mostRuns) return false;
  for (const { page, count, at } of runs) {
    const bytes = memory.subarray(page * pageBytes, (page + count) * pageBytes);
    const own = ownPages(bytes);
    if (own === undefined) return false;
    if (own.length === count) continue;
    // One mapping for all: what is its own is so again.
    const written = [...stretches(own)].map((stretch) => {
      const from = stretch.page * pageBytes;
      return { from, copy: bytes.slice(from, from + stretch.count * pageBytes) };
    });
    snapshot.map(at, bytes);
    for (const { from, copy } of written) bytes.set(copy, from);
    yield;
  }
  return true;
}
