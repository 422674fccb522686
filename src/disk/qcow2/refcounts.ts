/** Which clusters of the file are taken, and by how many: QEMU docs/interop/qcow2.rst, "Host cluster management". */
import { Damage } from '../damage.ts';
import type { Sure } from '../file.ts';
import { viewOf } from '../numbers.ts';
import { placeOf } from './entry.ts';
import { type Header, mostRefcountTableBytes } from './header.ts';
import { putRefcount, refcountAt, refcountsIn } from './refcount.ts';
import { refcountTable, writeRefcountTable } from './refcount-table.ts';
import { type Table, Tables } from './tables.ts';

/** Blocks that are kept in memory. */
const mostBytes = 4 * 2 ** 20;

/** Clusters one behind the other, by number. */
export interface Run {
  readonly first: number;
  readonly count: number;
}

export class Refcounts {
  /** Blocks of refcounts. */
  readonly blocks: Tables;
  readonly #file: Sure;
  readonly #clusterBytes: number;
  readonly #order: number;
  readonly #inBlock: number;
  /** Clusters that the image itself is in: never a guest's. */
  readonly #own: Set<number>;
  #table: Uint8Array;
  #view: DataView;
  #tableAt: number;
  /** Entries of the table whose blocks are new: they get into the file when these are there. */
  readonly #added = new Set<number>();
  /** No cluster before this one is free. */
  #hint = 0;

  /** `own`: clusters of the header and of the tables of L1 and L2. Throws Damage where the tables lie over one another. */
  constructor(file: Sure, { clusterBytes, refcounts: { at, clusters, order } }: Header, own: Set<number>) {
    this.blocks = new Tables(file, clusterBytes, mostBytes, 'a block of refcounts');
    this.#file = file;
    this.#clusterBytes = clusterBytes;
    this.#order = order;
    this.#inBlock = refcountsIn(clusterBytes, order);
    this.#own = own;
    this.#tableAt = at;
    this.#table = file.bytes(at, clusters * clusterBytes);
    this.#view = viewOf(this.#table);
    for (let cluster = 0; cluster < clusters; cluster++) this.#take(at / clusterBytes + cluster);
    for (let entry = 0; entry < this.#entries; entry++) {
      const block = this.#blockAt(entry);
      if (block !== 0) this.#take(block / clusterBytes);
    }
  }

  isOwn(cluster: number): boolean {
    return this.#own.has(cluster);
  }

  countOf(cluster: number): number {
    const at = this.#blockAt(Math.floor(cluster / this.#inBlock));
    return at === 0 ? 0 : refcountAt(this.blocks.at(at).view, cluster % this.#inBlock, this.#order);
  }

  /** As many free clusters as are one behind the other, up to `most`; they are taken, once. `isOwn`: for a table. */
  allocate(most: number, isOwn = false): Run {
    let first = this.#hint;
    while (!this.#isFree(first)) first++;
    let count = 1;
    while (count < most && this.#blockAt(Math.floor((first + count) / this.#inBlock)) !== 0 && this.#isFree(first + count)) count++;
    for (let cluster = first; cluster < first + count; cluster++) {
      this.#put(cluster, 1);
      if (isOwn) this.#own.add(cluster);
    }
    this.#hint = first + count;
    return { first, count };
  }

  /** Of clusters to which nothing leads, in the file neither. */
  drop({ first, count }: Run): void {
    let freed = 0;
    for (let cluster = first; cluster < first + count; cluster++) {
      const before = this.countOf(cluster);
      if (before === 0) throw new Damage(`cluster ${cluster} is used and has no refcount`);
      this.#put(cluster, before - 1);
      if (before === 1) {
        this.#own.delete(cluster);
        freed++;
        continue;
      }
      this.#free(cluster - freed, freed);
      freed = 0;
    }
    this.#free(first + count - freed, freed);
  }

  get hasNewBlocks(): boolean {
    return this.#added.size > 0;
  }

  /** The table in the file leads to new blocks from now on. */
  writeTable(): void {
    for (const entry of this.#added) {
      this.#file.write(this.#tableAt + entry * 8, this.#table.subarray(entry * 8, entry * 8 + 8));
      this.#added.delete(entry);
    }
  }

  #free(first: number, count: number): void {
    if (count === 0) return;
    this.#hint = Math.min(this.#hint, first);
    this.#file.punch(first * this.#clusterBytes, count * this.#clusterBytes);
  }

  get #entries(): number {
    return this.#table.length / 8;
  }

  /** Where the block of an entry of the table is; 0: there is none. */
  #blockAt(entry: number): number {
    return entry < this.#entries ? placeOf(this.#view.getUint32(entry * 8), this.#view.getUint32(entry * 8 + 4)) : 0;
  }

  #take(cluster: number): void {
    if (!Number.isInteger(cluster) || this.#own.has(cluster)) throw new Damage(`its tables lie over one another at cluster ${cluster}`);
    this.#own.add(cluster);
  }

  #isFree(cluster: number): boolean {
    const entry = Math.floor(cluster / this.#inBlock);
    if (entry >= this.#entries) this.#grow(cluster);
    else if (this.#blockAt(entry) === 0) this.#addBlock(entry, cluster);
    if (this.countOf(cluster) > 0) return false;
    if (this.#own.has(cluster)) throw new Damage(`cluster ${cluster} has a table in it and no refcount`);
    return true;
  }

  #put(cluster: number, count: number): void {
    const block = this.blocks.at(this.#blockAt(Math.floor(cluster / this.#inBlock)));
    this.#putIn(block, cluster % this.#inBlock, count);
  }

  #putIn(block: Table, index: number, count: number): void {
    putRefcount(block.view, index, this.#order, count);
    this.blocks.change(block, Math.floor((index * 2 ** this.#order) / 8), Math.max(1, 2 ** this.#order / 8));
  }

  /** A block without refcounts but its own, in a cluster that it has the refcount of. */
  #addBlock(entry: number, cluster: number): void {
    if (this.#own.has(cluster)) throw new Damage(`cluster ${cluster} has a table in it and no refcount`);
    const at = cluster * this.#clusterBytes;
    const block = this.blocks.make(at);
    this.#putIn(block, cluster % this.#inBlock, 1);
    this.#view.setBigUint64(entry * 8, BigInt(at));
    this.#added.add(entry);
    this.#own.add(cluster);
  }

  /** All that the table leads to is taken: a larger one is put behind it, and the header leads to that when it is there. */
  #grow(first: number): void {
    const [clusterBytes, old] = [
      this.#clusterBytes,
      { first: this.#tableAt / this.#clusterBytes, count: this.#table.length / this.#clusterBytes },
    ];
    const clusters = Math.min(old.count * 2 + 1, Math.max(old.count, mostRefcountTableBytes / clusterBytes));
    if (clusters === old.count) throw new Damage('its refcount table can’t grow any more');
    const blocks = Array.from({ length: this.#entries }, (_, entry) => this.#blockAt(entry));
    const made = refcountTable({ clusterBytes, order: this.#order, first, taken: () => 0, known: blocks, clusters });
    this.blocks.write('all');
    writeRefcountTable(this.#file, made, clusterBytes);
    this.#added.clear();
    for (let cluster = first; cluster < first + made.count; cluster++) this.#own.add(cluster);
    [this.#tableAt, this.#table, this.#view] = [made.tableAt, made.table, viewOf(made.table)];
    this.drop(old);
  }
}
