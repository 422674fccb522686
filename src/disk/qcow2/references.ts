/** What leads to each cluster of a file, counted: refcounts are compared with it, or made anew. */
import { Damage, Unsupported } from '../damage.ts';
import type { Sure } from '../file.ts';
import { viewOf } from '../numbers.ts';
import { entryAt, Flag, placeOf } from './entry.ts';
import { checkL1, type Header, type L1Place } from './header.ts';
import { readSnapshots } from './snapshots.ts';

/** Counted in 256 MiB. */
const mostClusters = 2 ** 26;
/** Of all tables together: counting that many takes a minute. */
const mostEntries = 2 ** 30;

/** What entries of the disk as it is say of a cluster: it may be written where it is, for nothing else leads to it; or it may not. */
export const Claim = { copied: 1, shared: 2 } as const;

export class References {
  /** By number of clusters. */
  readonly counts: Uint32Array;
  /** Likewise. */
  readonly claims: Uint8Array;
  #entries = 0;
  readonly #file: Sure;
  readonly #header: Header;

  /** All but refcounts. Throws Damage where something leads behind the end of the file. */
  constructor(file: Sure, header: Header) {
    this.#file = file;
    this.#header = header;
    const clusters = Math.ceil(file.sizeBytes / header.clusterBytes);
    if (clusters > mostClusters) throw new Unsupported(`it has ${clusters} clusters to be counted; ${mostClusters} are the most`);
    this.counts = new Uint32Array(clusters);
    this.claims = new Uint8Array(clusters);
    this.add(0, header.clusterBytes);
    this.#addL1(header.l1, true);
    const snapshots = readSnapshots(file, header);
    this.add(
      header.snapshots.at,
      snapshots.reduce((all, { bytes }) => 8 * Math.ceil(all / 8) + bytes, 0),
    );
    for (const { l1, sizeBytes } of snapshots) {
      checkL1(
        file,
        l1,
        Math.min(sizeBytes, (l1.entries * (header.clusterBytes * header.clusterBytes)) / 8),
        header.clusterBytes,
        'the L1 table of a snapshot',
      );
      this.#addL1(l1, false);
    }
  }

  /** Each cluster once that these bytes are in. */
  add(at: number, bytes: number): void {
    if (bytes === 0) return;
    const { clusterBytes } = this.#header;
    for (let cluster = Math.floor(at / clusterBytes); cluster * clusterBytes < at + bytes; cluster++) {
      const count = this.counts[cluster];
      if (count === undefined) throw new Damage(`something leads to cluster ${cluster}, behind the end of the file`);
      this.counts[cluster] = count + 1;
    }
  }

  #addL1({ at, entries }: L1Place, isActive: boolean): void {
    this.add(at, entries * 8);
    this.#bear(entries);
    const view = viewOf(this.#file.bytes(at, entries * 8));
    const seen = new Set<number>();
    for (let byte = 0; byte < entries * 8; byte += 8) {
      const upper = view.getUint32(byte);
      const place = placeOf(upper, view.getUint32(byte + 4));
      if (place === 0) continue;
      if (seen.has(place)) throw new Damage(`an L1 table leads to ${place} twice`);
      seen.add(place);
      this.#addL2(place, (upper & Flag.copied) !== 0, isActive);
    }
  }

  /** Snapshots may share their tables, and each is gone through. */
  #bear(entries: number): void {
    this.#entries += entries;
    if (this.#entries > mostEntries)
      throw new Unsupported(`its tables have more than ${mostEntries} entries to be counted: qemu-img check -r all does it`);
  }

  #addL2(at: number, isCopied: boolean, isActive: boolean): void {
    const { clusterBytes } = this.#header;
    this.#addWhole(at, isCopied, isActive);
    this.#bear(clusterBytes / 8);
    const view = viewOf(this.#file.bytes(at, clusterBytes));
    for (let byte = 0; byte < clusterBytes; byte += 8) {
      const entry = entryAt(view, byte, clusterBytes);
      if (entry.kind === 'compressed') this.add(entry.at, entry.bytes);
      else if (entry.kind !== 'none' && entry.at !== 0) this.#addWhole(entry.at, entry.isCopied, isActive);
    }
  }

  #addWhole(at: number, isCopied: boolean, isActive: boolean): void {
    const { clusterBytes } = this.#header;
    if (at % clusterBytes !== 0) throw new Damage(`a cluster is at ${at}, which is no cluster’s beginning`);
    this.add(at, clusterBytes);
    const cluster = at / clusterBytes;
    if (isActive) this.claims[cluster] = (this.claims[cluster] ?? 0) | (isCopied ? Claim.copied : Claim.shared);
  }
}
