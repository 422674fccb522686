/**
 * The order in which changes get into the file. Whenever it ends, and whatever of the writes since the last barrier was done: what leads to a
 * cluster is behind its refcount, and what was flushed is there. At worst a refcount is too large, which takes room and nothing else.
 *
 *   1  data and refcounts that have grown, and tables to which nothing leads yet
 *      barrier, where there is a 2 or a 3
 *   2  the table of refcounts, where it leads to new blocks
 *      barrier
 *   3  tables that exist, and the L1 table
 *      barrier
 *   4  refcounts that have become smaller: with the next 1
 *
 * A cluster to which nothing leads any more is free only then: before, tables in the file may lead to it still.
 */
import type { Sure } from '../file.ts';
import type { Mapping } from './mapping.ts';
import type { Refcounts, Run } from './refcounts.ts';

export class Ledger {
  readonly #file: Sure;
  readonly #mapping: Mapping;
  readonly #refcounts: Refcounts;
  /** Clusters to which tables in memory lead no more. */
  #released: Run[] = [];
  /** Clusters to which tables that were written lead no more; whether these last isn't known. */
  #written: Run[] = [];

  constructor(file: Sure, mapping: Mapping, refcounts: Refcounts) {
    this.#file = file;
    this.#mapping = mapping;
    this.#refcounts = refcounts;
  }

  release({ first, count }: Run): void {
    const last = this.#released.at(-1);
    if (last?.first !== undefined && last.first + last.count === first)
      this.#released[this.#released.length - 1] = { first: last.first, count: last.count + count };
    else this.#released.push({ first, count });
  }

  /** So much is only in memory that it should be written. */
  get isFull(): boolean {
    return this.#mapping.tables.isFull || this.#refcounts.blocks.isFull || this.#released.length > mostReleased;
  }

  /** Writes what is only in memory. */
  commit(): void {
    this.#refcounts.blocks.write('all');
    this.#mapping.tables.write('fresh');
    if (!this.#mapping.hasChanged && !this.#refcounts.hasNewBlocks) return;
    this.#barrier();
    if (this.#refcounts.hasNewBlocks) {
      this.#refcounts.writeTable();
      this.#barrier();
    }
    this.#mapping.write();
    this.#written.push(...this.#released.splice(0));
  }

  /** All of it lasts. */
  flush(): void {
    this.commit();
    this.#barrier();
  }

  /** Refcounts that become smaller by it are in the file after one more commit. */
  #barrier(): void {
    this.#file.barrier();
    for (const run of this.#written.splice(0)) this.#refcounts.drop(run);
  }
}

const mostReleased = 4096;
