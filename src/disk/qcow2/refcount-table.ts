/** A refcount table with new blocks, all in clusters behind what is there: for a table that has to grow, and for refcounts that are made anew. */
import { Damage } from '../damage.ts';
import type { Sure } from '../file.ts';
import { viewOf } from '../numbers.ts';
import { Field } from './header.ts';
import { putRefcount, refcountsIn } from './refcount.ts';

export interface TablePlan {
  readonly clusterBytes: number;
  readonly order: number;
  /** The cluster where the blocks begin, and the table behind them. */
  readonly first: number;
  /** What refcounts clusters before these have, in blocks that aren't known. */
  taken(cluster: number): number;
  /** Where blocks are already, from the first one on; 0: none is. All before `first` without one is asked for by `taken`. */
  readonly known: readonly number[];
  /** At least so many the table has. */
  readonly clusters: number;
}

export interface RefcountTable {
  readonly first: number;
  /** Clusters of blocks and table together. */
  readonly count: number;
  /** One behind the other. */
  readonly blocks: Uint8Array;
  readonly table: Uint8Array;
  readonly tableAt: number;
}

export const refcountTable = ({ clusterBytes, order, first, taken, known, clusters: least }: TablePlan): RefcountTable => {
  const inBlock = refcountsIn(clusterBytes, order);
  const wanted = wantedBlocks(known, first, inBlock, taken);
  // More blocks need more blocks and a longer table, until it is enough.
  let [own, clusters] = [0, least];
  for (;;) {
    const end = first + own + clusters;
    const entries = blocksFrom(wanted, first, end, inBlock, known);
    const enough = Math.max(least, Math.ceil((Math.ceil(end / inBlock) * 8) / clusterBytes));
    if (entries.length <= own && enough <= clusters) return filled(entries);
    [own, clusters] = [Math.max(own, entries.length), Math.max(clusters, enough)];
  }

  function filled(entries: readonly number[]): RefcountTable {
    const [blocks, table] = [new Uint8Array(own * clusterBytes), new Uint8Array(clusters * clusterBytes)];
    const end = first + own + clusters;
    const to = viewOf(table);
    for (const [entry, at] of known.entries()) to.setBigUint64(entry * 8, BigInt(at));
    for (const [index, entry] of entries.entries()) {
      to.setBigUint64(entry * 8, BigInt((first + index) * clusterBytes));
      const view = viewOf(blocks.subarray(index * clusterBytes, (index + 1) * clusterBytes));
      for (let cluster = entry * inBlock; cluster < Math.min(end, (entry + 1) * inBlock); cluster++) {
        const count = cluster < first ? taken(cluster) : 1;
        if (count > 0) putRefcount(view, cluster % inBlock, order, count);
      }
    }
    return { first, count: own + clusters, blocks, table, tableAt: (first + own) * clusterBytes };
  }
};

/** Entries before `first` that have no block and want one. */
const wantedBlocks = (known: readonly number[], first: number, inBlock: number, taken: TablePlan['taken']): readonly number[] => {
  const wanted: number[] = [];
  for (let entry = 0; entry * inBlock < first; entry++) {
    if ((known[entry] ?? 0) !== 0) continue;
    const end = Math.min(first, (entry + 1) * inBlock);
    for (let cluster = entry * inBlock; cluster < end; cluster++)
      if (taken(cluster) > 0) {
        wanted.push(entry);
        break;
      }
  }
  return wanted;
};

/** These, and those that what is new is in. Throws Damage where one is known and can't have more. */
const blocksFrom = (
  wanted: readonly number[],
  first: number,
  end: number,
  inBlock: number,
  known: readonly number[],
): readonly number[] => {
  const entries = new Set(wanted);
  for (let entry = Math.floor(first / inBlock); entry * inBlock < end; entry++) {
    if ((known[entry] ?? 0) !== 0) throw new Damage('its refcounts end in the middle of a block');
    entries.add(entry);
  }
  return [...entries];
};

/** The header leads to it when it is there, and nowhere else afterwards. */
export const writeRefcountTable = (file: Sure, { first, blocks, table, tableAt }: RefcountTable, clusterBytes: number): void => {
  file.write(first * clusterBytes, blocks);
  file.write(tableAt, table);
  file.barrier();
  const place = new Uint8Array(12);
  viewOf(place).setBigUint64(0, BigInt(tableAt));
  viewOf(place).setUint32(8, table.length / clusterBytes);
  file.write(Field.refcountTable, place);
  file.barrier();
};
