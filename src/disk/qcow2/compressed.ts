/** Compressed clusters, unpacked; those read last are kept, for a guest reads a cluster in pieces. */
import { Damage } from '../damage.ts';
import type { Sure, Unpackers } from '../file.ts';
import { zstdFrame } from '../zstd-frame.ts';
import type { Entry } from './entry.ts';

const mostKeptBytes = 2 * 2 ** 20;

export class Compressed {
  readonly #file: Sure;
  readonly #clusterBytes: number;
  readonly #unpack: (packed: Uint8Array, mostBytes: number) => Uint8Array;
  /** By where their bytes are: nothing writes compressed clusters, so they stay what they are. */
  readonly #kept = new Map<number, Uint8Array>();

  constructor(file: Sure, clusterBytes: number, by: 'deflate' | 'zstd', unpackers: Unpackers) {
    this.#file = file;
    this.#clusterBytes = clusterBytes;
    this.#unpack = (packed, mostBytes) =>
      by === 'zstd' ? unpackers.zstd(zstdFrame(packed), mostBytes) : unpackers.deflate(packed, mostBytes);
  }

  /** A whole cluster. Throws Damage. */
  cluster({ at, bytes }: Extract<Entry, { kind: 'compressed' }>): Uint8Array {
    const known = this.#kept.get(at);
    if (known !== undefined) return known;
    // Its sectors may go on behind the end of the file, its bytes don't.
    if (at >= this.#file.sizeBytes) throw new Damage(`a compressed cluster is at ${at}, behind the end of the file`);
    const cluster = this.#unpacked(this.#file.bytes(at, Math.min(bytes, this.#file.sizeBytes - at)), at);
    if (this.#kept.size >= Math.max(1, mostKeptBytes / this.#clusterBytes)) this.#kept.clear();
    this.#kept.set(at, cluster);
    return cluster;
  }

  #unpacked(packed: Uint8Array, at: number): Uint8Array {
    let cluster: Uint8Array;
    try {
      cluster = this.#unpack(packed, this.#clusterBytes);
    } catch (error) {
      throw new Damage(`the compressed cluster at ${at} is broken`, { cause: error });
    }
    if (cluster.length !== this.#clusterBytes) throw new Damage(`the compressed cluster at ${at} has ${cluster.length} bytes`);
    return cluster;
  }
}
