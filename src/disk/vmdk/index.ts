/** VMDK images in one sparse file, to be read: VMware, Virtual Disk Format 5.0, "Hosted Sparse Extents", "Stream-Optimized Compressed Sparse Extents". */
import { Damage } from '../damage.ts';
import type { Sure, Unpackers } from '../file.ts';
import type { Source } from '../image.ts';
import { viewOf } from '../numbers.ts';
import { ReadOnlyDisk } from '../read-only.ts';
import { readSparseHeader, type SparseHeader } from './header.ts';

const sectorBytes = 512;
/** Entries that are no places. */
const Grain = { none: 0, zero: 1 } as const;
/** Before a compressed grain: its first sector, and how many bytes it has. */
const markerBytes = 12;
const mostKept = 256;

/** Throws Damage or Unsupported. */
export const openVmdk = (file: Sure, unpack: Unpackers): ReadOnlyDisk =>
  new ReadOnlyDisk(new SparseVmdk(file, readSparseHeader(file), unpack));

class SparseVmdk implements Source {
  readonly sizeBytes: number;
  readonly #file: Sure;
  readonly #header: SparseHeader;
  readonly #unpack: Unpackers;
  readonly #directory: DataView;
  readonly #tables = new Map<number, DataView>();
  /** The grain that was unpacked last. */
  #unpacked: { readonly at: number; readonly bytes: Uint8Array } | undefined;

  constructor(file: Sure, header: SparseHeader, unpack: Unpackers) {
    this.sizeBytes = header.sizeBytes;
    this.#file = file;
    this.#header = header;
    this.#unpack = unpack;
    const tables = Math.ceil(header.sizeBytes / header.grainBytes / header.inTable);
    this.#directory = viewOf(file.bytes(header.directory, tables * 4));
  }

  readInto(at: number, into: Uint8Array): void {
    const { grainBytes } = this.#header;
    for (let from = 0; from < into.length; ) {
      const inside = (at + from) % grainBytes;
      const some = into.subarray(from, from + grainBytes - inside);
      this.#readGrain(Math.floor((at + from) / grainBytes), inside, some);
      from += some.length;
    }
  }

  #readGrain(grain: number, inside: number, into: Uint8Array): void {
    const { hasZeroGrains, isCompressed, inTable } = this.#header;
    const sector = this.#tableOf(Math.floor(grain / inTable))?.getUint32((grain % inTable) * 4, true) ?? Grain.none;
    if (sector === Grain.none || (sector === Grain.zero && hasZeroGrains)) {
      into.fill(0);
      return;
    }
    const at = sector * sectorBytes;
    if (at >= this.#file.sizeBytes) throw new Damage(`grain ${grain} at ${at} is behind the end of the file`);
    if (isCompressed) into.set(this.#grainAt(at, grain).subarray(inside, inside + into.length));
    else this.#file.read(at + inside, into);
  }

  /** Undefined: none of its grains is there. */
  #tableOf(index: number): DataView | undefined {
    const known = this.#tables.get(index);
    if (known !== undefined) return known;
    const [at, bytes] = [this.#directory.getUint32(index * 4, true) * sectorBytes, this.#header.inTable * 4];
    if (at === 0) return undefined;
    if (at + bytes > this.#file.sizeBytes) throw new Damage(`a table of grains at ${at} is behind the end of the file`);
    const table = viewOf(this.#file.bytes(at, bytes));
    if (this.#tables.size >= mostKept) this.#tables.clear();
    this.#tables.set(index, table);
    return table;
  }

  /** Whole, but for the last one of a disk that ends within it: the rest is zeros. */
  #grainAt(at: number, grain: number): Uint8Array {
    if (this.#unpacked?.at === at) return this.#unpacked.bytes;
    const { grainBytes } = this.#header;
    const packedBytes = viewOf(this.#file.bytes(at, markerBytes)).getUint32(8, true);
    if (packedBytes > 2 * grainBytes + sectorBytes || at + markerBytes + packedBytes > this.#file.sizeBytes)
      throw new Damage(`grain ${grain} at ${at} has ${packedBytes} packed bytes`);
    const bytes = new Uint8Array(grainBytes);
    try {
      bytes.set(this.#unpack.zlib(this.#file.bytes(at + markerBytes, packedBytes), grainBytes));
    } catch (error) {
      throw new Damage(`grain ${grain} at ${at} is broken`, { cause: error });
    }
    this.#unpacked = { at, bytes };
    return bytes;
  }
}
