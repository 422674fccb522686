/** Tables of an image, each a cluster, that are kept in memory: those used last, and those that have changed. */
import { Damage } from '../damage.ts';
import type { Sure } from '../file.ts';
import { viewOf } from '../numbers.ts';

/** Changes are written in pieces of what hosts keep of files. */
const pageBytes = 4096;

export class Table {
  readonly at: number;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Nothing in the file leads to it yet. */
  isFresh: boolean;
  #from = 0;
  #to = 0;

  constructor(at: number, bytes: Uint8Array, isFresh: boolean) {
    this.at = at;
    this.bytes = bytes;
    this.view = viewOf(bytes);
    this.isFresh = isFresh;
  }

  /** That many bytes were changed there. */
  touch(from: number, count: number): void {
    this.#from = this.#to === 0 ? from : Math.min(this.#from, from);
    this.#to = Math.max(this.#to, from + count);
  }

  /** What was changed, to be written at `at`. */
  get changed(): { readonly at: number; readonly bytes: Uint8Array } {
    if (this.isFresh) return this;
    const from = this.#from - (this.#from % pageBytes);
    const to = Math.min(this.bytes.length, Math.ceil(this.#to / pageBytes) * pageBytes);
    return { at: this.at + from, bytes: this.bytes.subarray(from, to) };
  }

  settle(): void {
    [this.#from, this.#to, this.isFresh] = [0, 0, false];
  }
}

export class Tables {
  readonly #file: Sure;
  readonly #clusterBytes: number;
  readonly #what: string;
  readonly #most: number;
  /** Those used last are last. */
  readonly #kept = new Map<number, Table>();
  readonly #changed = new Set<Table>();

  /** At most so many bytes are kept, but those that have changed. */
  constructor(file: Sure, clusterBytes: number, mostBytes: number, what: string) {
    this.#file = file;
    this.#clusterBytes = clusterBytes;
    this.#most = Math.max(8, mostBytes / clusterBytes);
    this.#what = what;
  }

  get hasChanged(): boolean {
    return this.#changed.size > 0;
  }

  /** So many have changed that they should be written. */
  get isFull(): boolean {
    return this.#changed.size > this.#most / 2;
  }

  /** Throws Damage where it can't be there. */
  at(at: number): Table {
    const known = this.#kept.get(at);
    if (known !== undefined) {
      if (this.#kept.size > this.#most / 2) this.#keep(known);
      return known;
    }
    if (at % this.#clusterBytes !== 0) throw new Damage(`${this.#what} is at ${at}, which is no cluster’s beginning`);
    if (at + this.#clusterBytes > this.#file.sizeBytes) throw new Damage(`${this.#what} at ${at} is behind the end of the file`);
    return this.#keep(new Table(at, this.#file.bytes(at, this.#clusterBytes), false));
  }

  /** A new one, with these entries. */
  make(at: number, bytes: Uint8Array = new Uint8Array(this.#clusterBytes)): Table {
    const table = this.#keep(new Table(at, bytes, true));
    this.#changed.add(table);
    return table;
  }

  change(table: Table, from: number, count: number): void {
    table.touch(from, count);
    this.#changed.add(table);
  }

  /** Those that have changed, or of them those only that nothing in the file leads to. */
  write(which: 'all' | 'fresh'): void {
    for (const table of this.#changed) {
      if (which === 'fresh' && !table.isFresh) continue;
      const { at, bytes } = table.changed;
      this.#file.write(at, bytes);
      table.settle();
      this.#changed.delete(table);
    }
  }

  #keep(table: Table): Table {
    this.#kept.delete(table.at);
    this.#kept.set(table.at, table);
    if (this.#kept.size > this.#most) this.#makeRoom();
    return table;
  }

  /** The one used longest ago goes, if it hasn't changed; else it stays for another round. */
  #makeRoom(): void {
    for (const [at, table] of this.#kept) {
      this.#kept.delete(at);
      if (!this.#changed.has(table)) return;
      this.#kept.set(at, table);
      if (this.isFull) return;
    }
  }
}
