/** Pages of memory that hold anything, in runs that are written and read at once. */
import { pageBytes } from './header.ts';
import type { Means } from './means.ts';

export interface Run {
  /** Its first page, and how many there are. */
  readonly page: number;
  readonly count: number;
  /** CRC-32 of its bytes. */
  readonly check: number;
}

/** What is checked while it is in the processor's cache. */
const mostPages = 256;
const entryBytes = 12;

export const bytesOf = (memory: Uint8Array, { page, count }: Pick<Run, 'page' | 'count'>): Uint8Array =>
  memory.subarray(page * pageBytes, (page + count) * pageBytes);

/** By ascending pages. `memory` is whole pages. */
export const runsIn = (memory: Uint8Array, { crc32, isZero }: Pick<Means, 'crc32' | 'isZero'>): readonly Run[] => {
  const runs: Run[] = [];
  const add = (page: number, count: number): void => {
    if (count > 0) runs.push({ page, count, check: crc32(bytesOf(memory, { page, count })) });
  };
  const pages = memory.length / pageBytes;
  for (let first = 0; first < pages; first += mostPages) {
    const end = Math.min(first + mostPages, pages);
    if (isZero(memory, first * pageBytes, end * pageBytes)) continue;
    let from = first;
    for (let page = first; page < end; page++) {
      if (!isZero(memory, page * pageBytes, (page + 1) * pageBytes)) continue;
      add(from, page - from);
      from = page + 1;
    }
    add(from, end - from);
  }
  return runs;
};

/** Page, count and check of each, of 32 bits. */
export const tableOf = (runs: readonly Run[]): Uint8Array => {
  const view = new DataView(new ArrayBuffer(runs.length * entryBytes));
  for (const [index, { page, count, check }] of runs.entries())
    for (const [place, value] of [page, count, check].entries()) view.setUint32(index * entryBytes + 4 * place, value, true);
  return new Uint8Array(view.buffer);
};

export const tableBytes = (runs: number): number => runs * entryBytes;

/** Undefined where they are not in order, or not in a memory of so many pages. */
export const runsOf = (table: Uint8Array, pages: number): readonly Run[] | undefined => {
  const view = new DataView(table.buffer, table.byteOffset, table.length);
  const runs: Run[] = [];
  let before = 0;
  for (let at = 0; at < table.length; at += entryBytes) {
    const [page, count, check] = [view.getUint32(at, true), view.getUint32(at + 4, true), view.getUint32(at + 8, true)];
    if (page < before || count === 0 || count > mostPages || page + count > pages) return undefined;
    before = page + count;
    runs.push({ page, count, check });
  }
  return runs;
};
