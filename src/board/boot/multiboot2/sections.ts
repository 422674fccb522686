/** Sections of an ELF file that no segment has, such as symbols, go into memory, and their headers say where they are: Multiboot 2 Specification 2.0, 3.6.7. */
import type { Ram } from '../../../cpu/index.ts';
import type { Sections } from '../elf.ts';

/** Section header, System V ABI: without bytes in the file; offsets of what is looked at. */
const noBits = 8;
const fields = { 32: { address: 12, offset: 16, bytes: 20 }, 64: { address: 16, offset: 24, bytes: 32 } } as const;
const align = 4096;

export interface PlacedSections {
  /** What the tag has: count, size and names, then the headers. */
  readonly told: Uint8Array;
  readonly end: number;
}

/** From the page behind `from` on. Those that memory has no room for stay where they are: nowhere. */
export const placeSections = (ram: Ram, { bits, headers, count, entryBytes, names, file }: Sections, from: number): PlacedSections => {
  const told = new Uint8Array(12 + headers.length);
  const view = new DataView(told.buffer);
  for (const [index, value] of [count, entryBytes, names].entries()) view.setUint32(4 * index, value, true);
  told.set(headers, 12);
  let end = from;
  const { address, offset, bytes } = fields[bits];
  const read = (at: number): number => (bits === 64 ? Number(view.getBigUint64(at, true)) : view.getUint32(at, true));
  for (let index = 0; index < count; index++) {
    const header = 12 + index * entryBytes;
    const [begin, length] = [read(header + offset), read(header + bytes)];
    const isElsewhere = read(header + address) !== 0 || view.getUint32(header + 4, true) === noBits || length === 0;
    if (isElsewhere || begin + length > file.length) continue;
    const at = Math.ceil(end / align) * align;
    if (ram.placeOf(at, length) === undefined) continue;
    ram.write(at, file.subarray(begin, begin + length));
    if (bits === 64) view.setBigUint64(header + address, BigInt(at), true);
    else view.setUint32(header + address, at, true);
    end = at + length;
  }
  return { told, end };
};
