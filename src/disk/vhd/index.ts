/** VHD images, fixed and dynamic, to be read: Microsoft, Virtual Hard Disk Image Format Specification 1.0. */
import { Damage } from '../damage.ts';
import type { Sure } from '../file.ts';
import type { Source } from '../image.ts';
import { viewOf } from '../numbers.ts';
import { ReadOnlyDisk } from '../read-only.ts';
import { type DynamicHeader, readDynamicHeader, readFooter } from './footer.ts';

/** Throws Damage or Unsupported. */
export const openVhd = (file: Sure): ReadOnlyDisk => {
  const { sizeBytes, header } = readFooter(file);
  if (header === undefined) return new ReadOnlyDisk({ sizeBytes, readInto: (at, into) => file.read(at, into) });
  return new ReadOnlyDisk(new DynamicVhd(file, sizeBytes, readDynamicHeader(file, header, sizeBytes)));
};

const unused = 0xffff_ffff;
const sectorBytes = 512;
/** Of a file of at most 2040 GiB: "Dynamic Disk Header Format", "Max Table Entries". */
const mostTableBytes = 64 * 2 ** 20;

/** Blocks, each with a bit for each of its sectors before it: set where the sector is there, else it is zeros. */
class DynamicVhd implements Source {
  readonly sizeBytes: number;
  readonly #file: Sure;
  readonly #blockBytes: number;
  readonly #bitmapBytes: number;
  readonly #table: DataView;
  /** Of the block that was read last. */
  #bitmap: { readonly block: number; readonly bits: Uint8Array } | undefined;

  constructor(file: Sure, sizeBytes: number, { table, entries, blockBytes }: DynamicHeader) {
    if (entries * 4 > mostTableBytes) throw new Damage(`its table has ${entries} entries`);
    this.sizeBytes = sizeBytes;
    this.#file = file;
    this.#blockBytes = blockBytes;
    this.#bitmapBytes = Math.ceil(blockBytes / sectorBytes / 8 / sectorBytes) * sectorBytes;
    this.#table = viewOf(file.bytes(table, entries * 4));
  }

  readInto(at: number, into: Uint8Array): void {
    for (let from = 0; from < into.length; ) {
      const inside = (at + from) % this.#blockBytes;
      const some = into.subarray(from, from + this.#blockBytes - inside);
      this.#readBlock(Math.floor((at + from) / this.#blockBytes), inside, some);
      from += some.length;
    }
  }

  #readBlock(block: number, inside: number, into: Uint8Array): void {
    const sector = this.#table.getUint32(block * 4);
    if (sector === unused) {
      into.fill(0);
      return;
    }
    const at = sector * sectorBytes;
    if (at + this.#bitmapBytes > this.#file.sizeBytes) throw new Damage(`block ${block} at ${at} is behind the end of the file`);
    this.#file.read(at + this.#bitmapBytes + inside, into);
    const bits = this.#bitsOf(block, at);
    for (let from = 0; from < into.length; from += sectorBytes) {
      const index = Math.floor((inside + from) / sectorBytes);
      if (((bits[index >> 3] ?? 0) & (0x80 >> (index & 7))) === 0) into.fill(0, from, from + sectorBytes);
    }
  }

  #bitsOf(block: number, at: number): Uint8Array {
    if (this.#bitmap?.block !== block) this.#bitmap = { block, bits: this.#file.bytes(at, this.#bitmapBytes) };
    return this.#bitmap.bits;
  }
}
