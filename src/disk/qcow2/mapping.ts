/** Which cluster of the disk lies where in the file: tables of two levels, QEMU docs/interop/qcow2.rst, "Cluster mapping". */
import { Damage } from '../damage.ts';
import type { Sure } from '../file.ts';
import { viewOf } from '../numbers.ts';
import { type Entry, entryAt, Flag, placeOf, putCopied } from './entry.ts';
import type { L1Place } from './header.ts';
import type { Refcounts } from './refcounts.ts';
import { type Table, Tables } from './tables.ts';

/** L2 tables that are kept in memory: 8 MiB lead to 64 GiB in clusters of 64 KiB. */
const mostBytes = 8 * 2 ** 20;
const pageBytes = 4096;
const none: Entry = { kind: 'none' };

/** A cluster's entry in its L2 table. */
export interface Spot {
  readonly table: Table;
  readonly index: number;
}

export class Mapping {
  readonly tables: Tables;
  /** How many clusters an L2 table leads to. */
  readonly inTable: number;
  readonly #file: Sure;
  readonly #clusterBytes: number;
  readonly #at: number;
  readonly #l1: Uint8Array;
  readonly #view: DataView;
  /** Pages of the L1 table that have changed. */
  readonly #changed = new Set<number>();

  constructor(file: Sure, { at, entries }: L1Place, clusterBytes: number) {
    this.tables = new Tables(file, clusterBytes, mostBytes, 'an L2 table');
    this.inTable = clusterBytes / 8;
    this.#file = file;
    this.#clusterBytes = clusterBytes;
    this.#at = at;
    this.#l1 = file.bytes(at, entries * 8);
    this.#view = viewOf(this.#l1);
  }

  get hasChanged(): boolean {
    return this.tables.hasChanged || this.#changed.size > 0;
  }

  /** Clusters of the L1 table and of all L2 tables. Throws Damage where two are in one. */
  own(): Set<number> {
    const own = new Set<number>([0]);
    const take = (cluster: number): void => {
      if (!Number.isInteger(cluster) || own.has(cluster)) throw new Damage(`its tables lie over one another at cluster ${cluster}`);
      own.add(cluster);
    };
    for (let at = this.#at; at < this.#at + this.#l1.length; at += this.#clusterBytes) take(at / this.#clusterBytes);
    for (let byte = 0; byte < this.#l1.length; byte += 8) {
      const at = this.#placeOf(byte);
      if (at !== 0) take(at / this.#clusterBytes);
    }
    return own;
  }

  /** Of a cluster of the disk; undefined: it has no table. */
  spotOf(cluster: number): Spot | undefined {
    const at = this.#placeOf(Math.floor(cluster / this.inTable) * 8);
    return at === 0 ? undefined : { table: this.tables.at(at), index: cluster % this.inTable };
  }

  entryOf(spot: Spot | undefined, behind = 0): Entry {
    return spot === undefined ? none : entryAt(spot.table.view, (spot.index + behind) * 8, this.#clusterBytes);
  }

  /** Of a cluster whose entry is to be changed: its table is made, or copied where a snapshot has it, too. `release` gets that one. */
  spotToChange(cluster: number, refcounts: Refcounts, release: (cluster: number) => void): Spot {
    const byte = Math.floor(cluster / this.inTable) * 8;
    const at = this.#placeOf(byte);
    const index = cluster % this.inTable;
    const isCopied = (this.#view.getUint32(byte) & Flag.copied) !== 0;
    if (at !== 0 && isCopied) return { table: this.tables.at(at), index };
    const bytes = at === 0 ? undefined : this.#copyOf(this.tables.at(at).bytes);
    const made = refcounts.allocate(1, true).first * this.#clusterBytes;
    const table = this.tables.make(made, bytes);
    putCopied(this.#view, byte, made);
    this.#changed.add(Math.floor(byte / pageBytes));
    if (at !== 0) release(at / this.#clusterBytes);
    return { table, index };
  }

  /** Its cluster is there now, and only its own. */
  put({ table, index }: Spot, at: number): void {
    putCopied(table.view, index * 8, at);
    this.tables.change(table, index * 8, 8);
  }

  /** It has none any more: it reads as zeros, or as what is below. */
  clear({ table, index }: Spot, isZero: boolean): void {
    table.view.setBigUint64(index * 8, isZero ? BigInt(Flag.zero) : 0n);
    this.tables.change(table, index * 8, 8);
  }

  /** Tables that exist, and where they are found. */
  write(): void {
    this.tables.write('all');
    for (const page of this.#changed) {
      const bytes = this.#l1.subarray(page * pageBytes, (page + 1) * pageBytes);
      this.#file.write(this.#at + page * pageBytes, bytes);
      this.#changed.delete(page);
    }
  }

  #placeOf(byte: number): number {
    return byte < this.#l1.length ? placeOf(this.#view.getUint32(byte), this.#view.getUint32(byte + 4)) : 0;
  }

  /** What two tables lead to is no table's own. */
  #copyOf(bytes: Uint8Array): Uint8Array {
    const copy = bytes.slice();
    for (let at = 0; at < copy.length; at += 8) copy[at] = (copy[at] ?? 0) & 0x7f;
    return copy;
  }
}
