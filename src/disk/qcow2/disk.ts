/** A disk in a qcow2 image. */
import { Damage, Failing } from '../damage.ts';
import type { Sure, Unpackers } from '../file.ts';
import { type ImageDisk, readWithin, type Source, went } from '../image.ts';
import { Compressed } from './compressed.ts';
import type { Entry } from './entry.ts';
import type { Header, L1Place } from './header.ts';
import { Ledger } from './ledger.ts';
import { Mapping, type Spot } from './mapping.ts';
import { Refcounts, type Run } from './refcounts.ts';

export interface Qcow2Plan {
  readonly file: Sure;
  readonly header: Header;
  readonly isReadOnly: boolean;
  readonly unpack: Unpackers;
  /** What is read where the image has nothing. */
  readonly backing: Source | undefined;
  /** Where it is found: the disk as it is, or as it was at a snapshot, which is only read. */
  readonly l1: L1Place;
  readonly sizeBytes: number;
}

/** At most so much is put together to be written at once. */
const mostAtOnce = 2 ** 20;

export class Qcow2Disk implements ImageDisk, Source {
  readonly sizeBytes: number;
  readonly isReadOnly: boolean;
  readonly #file: Sure;
  readonly #clusterBytes: number;
  readonly #hasZeros: boolean;
  readonly #mapping: Mapping;
  readonly #compressed: Compressed;
  readonly #backing: Source | undefined;
  /** Of what is written. */
  readonly #books: { readonly refcounts: Refcounts; readonly ledger: Ledger } | undefined;

  /** Throws Damage where its tables can't be. */
  constructor({ file, header, isReadOnly, unpack, backing, l1, sizeBytes }: Qcow2Plan) {
    this.sizeBytes = sizeBytes;
    this.isReadOnly = isReadOnly;
    this.#file = file;
    this.#clusterBytes = header.clusterBytes;
    this.#hasZeros = header.version === 3;
    this.#mapping = new Mapping(file, l1, header.clusterBytes);
    this.#compressed = new Compressed(file, header.clusterBytes, header.compression, unpack);
    this.#backing = backing;
    if (isReadOnly) return;
    const refcounts = new Refcounts(file, header, this.#mapping.own());
    this.#books = { refcounts, ledger: new Ledger(file, this.#mapping, refcounts) };
  }

  get lingers(): boolean {
    return !this.isReadOnly;
  }

  read(at: number, into: Uint8Array): boolean {
    return went(() => this.readInto(at, into));
  }

  readInto(at: number, into: Uint8Array): void {
    for (let from = 0; from < into.length; ) from += this.#readSome(at + from, into.subarray(from));
  }

  write(at: number, from: Uint8Array): boolean {
    return went(() => {
      for (let done = 0; done < from.length; ) {
        this.#relieve();
        done += this.#writeSome(at + done, from.subarray(done));
      }
    });
  }

  flush(): boolean {
    return this.#books === undefined || went(() => this.#books?.ledger.flush());
  }

  discard(at: number, bytes: number): boolean {
    return went(() => {
      const first = Math.ceil(at / this.#clusterBytes);
      const end =
        at + bytes === this.sizeBytes ? Math.ceil(this.sizeBytes / this.#clusterBytes) : Math.floor((at + bytes) / this.#clusterBytes);
      for (let cluster = first; cluster < end; ) {
        this.#relieve();
        cluster += this.#discardSome(cluster, end - cluster);
      }
    });
  }

  /** What became free with the last flush is written, too. */
  close(): boolean {
    return this.flush() && this.flush();
  }

  #relieve(): void {
    if (this.#books?.ledger.isFull === true) this.#books.ledger.commit();
  }

  /** What lies one behind the other; returns how many bytes. */
  #readSome(at: number, into: Uint8Array): number {
    const [cluster, inside] = [Math.floor(at / this.#clusterBytes), at % this.#clusterBytes];
    const spot = this.#mapping.spotOf(cluster);
    const entry = this.#mapping.entryOf(spot);
    if (entry.kind === 'compressed') {
      const found = this.#compressed.cluster(entry).subarray(inside, inside + into.length);
      into.set(found);
      return found.length;
    }
    const count = this.#alike(spot, cluster, entry, Math.ceil((inside + into.length) / this.#clusterBytes));
    const some = into.subarray(0, count * this.#clusterBytes - inside);
    if (entry.kind === 'data') this.#file.read(this.#dataAt(entry) + inside, some);
    else if (entry.kind === 'zero') some.fill(0);
    else readWithin(this.#backing, at, some);
    return some.length;
  }

  /** How many clusters go on as the first one does, up to `most`: those of data one behind the other. */
  #alike(spot: Spot | undefined, cluster: number, first: Entry, most: number): number {
    const end = Math.min(most, this.#mapping.inTable - (cluster % this.#mapping.inTable));
    if (spot === undefined) return end;
    let count = 1;
    while (count < end && this.#goesOn(first, this.#mapping.entryOf(spot, count), count)) count++;
    return count;
  }

  #goesOn(first: Entry, next: Entry, behind: number): boolean {
    if (first.kind !== next.kind) return false;
    if (first.kind !== 'data' || next.kind !== 'data') return true;
    return next.at === first.at + behind * this.#clusterBytes && next.isCopied === first.isCopied;
  }

  #dataAt({ at }: { readonly at: number }): number {
    if (at % this.#clusterBytes !== 0) throw new Damage(`a cluster is at ${at}, which is no cluster’s beginning`);
    return at;
  }

  /** What can be written at once; returns how many bytes. */
  #writeSome(at: number, from: Uint8Array): number {
    const { refcounts, ledger } = this.#writable();
    const [cluster, inside] = [Math.floor(at / this.#clusterBytes), at % this.#clusterBytes];
    const spot = this.#mapping.spotToChange(cluster, refcounts, (first) => ledger.release({ first, count: 1 }));
    const entry = this.#mapping.entryOf(spot);
    const most = Math.ceil((inside + Math.min(from.length, mostAtOnce)) / this.#clusterBytes);
    if (entry.kind === 'data' && entry.isCopied) {
      const count = this.#alike(spot, cluster, entry, most);
      const some = from.subarray(0, count * this.#clusterBytes - inside);
      this.#checkGuests(entry, count);
      this.#file.write(entry.at + inside, some);
      return some.length;
    }
    if (entry.kind === 'zero' && entry.isCopied && entry.at !== 0) {
      this.#checkGuests(entry, 1);
      const some = from.subarray(0, this.#clusterBytes - inside);
      this.#file.write(entry.at, this.#whole(cluster, 1, inside, some));
      this.#mapping.put(spot, entry.at);
      return some.length;
    }
    return this.#writeAnew(spot, cluster, inside, from, most);
  }

  /** Into clusters that nobody has, instead of those that these clusters had. */
  #writeAnew(spot: Spot, cluster: number, inside: number, from: Uint8Array, most: number): number {
    const { refcounts, ledger } = this.#writable();
    const end = Math.min(most, this.#mapping.inTable - spot.index);
    let wanted = 1;
    while (wanted < end && this.#wantsAnother(this.#mapping.entryOf(spot, wanted))) wanted++;
    const run = refcounts.allocate(wanted);
    const some = from.subarray(0, run.count * this.#clusterBytes - inside);
    try {
      this.#writeInto(run, cluster, inside, some);
    } catch (error) {
      refcounts.drop(run);
      throw error;
    }
    for (let behind = 0; behind < run.count; behind++) {
      const before = this.#mapping.entryOf(spot, behind);
      this.#mapping.put({ table: spot.table, index: spot.index + behind }, (run.first + behind) * this.#clusterBytes);
      this.#release(before, ledger);
    }
    return some.length;
  }

  #wantsAnother(entry: Entry): boolean {
    return entry.kind === 'none' || entry.kind === 'compressed' || !entry.isCopied || entry.at === 0;
  }

  /** Behind the end of the file all is zeros: there only what was given is written, where that is all there is. */
  #writeInto({ first, count }: Run, cluster: number, inside: number, some: Uint8Array): void {
    const at = first * this.#clusterBytes;
    const isWhole = some.length === count * this.#clusterBytes;
    const isNew = at >= this.#file.sizeBytes;
    if (isWhole || (isNew && this.#isZeros(cluster) && this.#isZeros(cluster + count - 1))) this.#file.write(at + inside, some);
    else this.#file.write(at, this.#whole(cluster, count, inside, some));
  }

  #isZeros(cluster: number): boolean {
    const { kind } = this.#mapping.entryOf(this.#mapping.spotOf(cluster));
    return kind === 'zero' || (kind === 'none' && cluster * this.#clusterBytes >= (this.#backing?.sizeBytes ?? 0));
  }

  /** Whole clusters, with what was there before around what is written. */
  #whole(cluster: number, count: number, inside: number, some: Uint8Array): Uint8Array {
    const whole = new Uint8Array(count * this.#clusterBytes);
    const at = cluster * this.#clusterBytes;
    const end = inside + some.length;
    this.readInto(at, whole.subarray(0, inside));
    this.readInto(at + end, whole.subarray(end));
    whole.set(some, inside);
    return whole;
  }

  #discardSome(cluster: number, most: number): number {
    const { refcounts, ledger } = this.#writable();
    const count = Math.min(most, this.#mapping.inTable - (cluster % this.#mapping.inTable));
    const isBelow = cluster * this.#clusterBytes < (this.#backing?.sizeBytes ?? 0);
    if (isBelow && !this.#hasZeros) return count;
    if (!isBelow && this.#mapping.spotOf(cluster) === undefined) return count;
    const spot = this.#mapping.spotToChange(cluster, refcounts, (first) => ledger.release({ first, count: 1 }));
    for (let behind = 0; behind < count; behind++) {
      const before = this.#mapping.entryOf(spot, behind);
      const isGone = before.kind === 'none' ? !isBelow : before.kind === 'zero' && before.at === 0;
      if (isGone) continue;
      this.#mapping.clear({ table: spot.table, index: spot.index + behind }, isBelow);
      this.#release(before, ledger);
    }
    return count;
  }

  /** Nothing in memory leads there any more. */
  #release(entry: Entry, ledger: Ledger): void {
    if (entry.kind === 'none' || entry.at === 0) return;
    const first = Math.floor(entry.at / this.#clusterBytes);
    const last = entry.kind === 'compressed' ? Math.floor((entry.at + entry.bytes - 1) / this.#clusterBytes) : first;
    ledger.release({ first, count: last - first + 1 });
  }

  /** Throws Damage where these clusters aren't a guest's to be written. */
  #checkGuests(entry: { readonly at: number }, count: number): void {
    const first = this.#dataAt(entry) / this.#clusterBytes;
    for (let cluster = first; cluster < first + count; cluster++)
      if (this.#books?.refcounts.isOwn(cluster) === true) throw new Damage(`cluster ${cluster} has a table in it`);
    const end = Math.ceil(this.#file.sizeBytes / this.#clusterBytes);
    if (first + count > end) throw new Damage(`cluster ${first + count - 1} is behind the end of the file`);
  }

  #writable(): { readonly refcounts: Refcounts; readonly ledger: Ledger } {
    if (this.#books === undefined) throw new Failing('it is only read');
    return this.#books;
  }
}
