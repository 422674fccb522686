/** ACPI tables as one block whose pointers are offsets, until somebody says where it is. */
import { ascii, bytesOf } from './aml.ts';

/** Which of the two blocks: the one with all tables, or the pointer to them that the operating system searches for. */
export type Block = 'tables' | 'rsdp';

/** A number to which the address of the block of tables is to be added. */
export interface Pointer {
  readonly in: Block;
  readonly at: number;
  readonly bytes: 4 | 8;
}

/** A byte that makes a sum zero. */
export interface Checksum {
  readonly in: Block;
  readonly at: number;
  readonly from: number;
  readonly bytes: number;
}

export interface AcpiImage {
  readonly tables: Uint8Array;
  readonly rsdp: Uint8Array;
  readonly pointers: readonly Pointer[];
  readonly checksums: readonly Checksum[];
}

/** Both blocks as they are in memory when the block of tables begins at an address, a multiple of 64. */
export const placed = (image: AcpiImage, address: number): { readonly tables: Uint8Array; readonly rsdp: Uint8Array } => {
  const blocks = { tables: image.tables.slice(), rsdp: image.rsdp.slice() };
  for (const { in: block, at, bytes } of image.pointers) {
    const view = new DataView(blocks[block].buffer);
    if (bytes === 4) view.setUint32(at, view.getUint32(at, true) + address, true);
    else view.setBigUint64(at, view.getBigUint64(at, true) + BigInt(address), true);
  }
  for (const { in: block, at, from, bytes } of image.checksums) {
    const covered = blocks[block].subarray(from, from + bytes);
    blocks[block][at] = -(covered.reduce((sum, byte) => sum + byte, 0) - (blocks[block][at] ?? 0)) & 0xff;
  }
  return blocks;
};

/** Names under which firmware finds the blocks in fw_cfg. */
export const acpiFiles = { tables: 'etc/acpi/tables', rsdp: 'etc/acpi/rsdp', loader: 'etc/table-loader' } as const;

const Order = { allocate: 1, pointer: 2, checksum: 3 } as const;
const Zone = { high: 1, fSegment: 2 } as const;
const orderBytes = 128;
const fileBytes = 56;

/** Has firmware do the same: QEMU hw/acpi/bios-linker-loader.c; numbers are little-endian. */
export const loaderBlob = ({ pointers, checksums }: AcpiImage): Uint8Array => {
  const orders = [
    order(Order.allocate, file('tables'), bytesOf(64, 4), [Zone.high]),
    order(Order.allocate, file('rsdp'), bytesOf(16, 4), [Zone.fSegment]),
    ...pointers.map(({ in: block, at, bytes }) => order(Order.pointer, file(block), file('tables'), bytesOf(at, 4), [bytes])),
    ...checksums.map(({ in: block, at, from, bytes }) =>
      order(Order.checksum, file(block), bytesOf(at, 4), bytesOf(from, 4), bytesOf(bytes, 4)),
    ),
  ];
  return Uint8Array.from(orders.flat());
};

const file = (block: Block): number[] => padded(ascii(acpiFiles[block]), fileBytes);
const order = (command: number, ...parts: readonly number[][]): number[] => padded([...bytesOf(command, 4), ...parts.flat()], orderBytes);
const padded = (bytes: readonly number[], length: number): number[] => [...bytes, ...new Array<number>(length - bytes.length).fill(0)];
