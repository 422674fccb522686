/** What a Linux kernel is told when it begins: Documentation/arch/x86/zero-page.rst. */
import type { Range } from '../../layout.ts';
import type { Told } from '../given.ts';
import { Field, type Kernel } from './header.ts';

const pageBytes = 4096;
/** Offsets of what the file's header doesn't have. */
const Zero = { videoMode: 0x06, videoColumns: 0x07, videoRows: 0x0e, isVga: 0x0f, points: 0x10, entries: 0x1e8, table: 0x2d0 } as const;
const entryBytes = 20;
const mostEntries = 128;
/** Nobody's in particular. */
const unknownLoader = 0xff;
const Flag = { isLoadedHigh: 1, hasHeap: 0x80 } as const;

export interface Parameters {
  readonly kernel: Kernel;
  /** Where its code was put. */
  readonly address: number;
  readonly commandLineAt: number;
  readonly ramdisk: Range | undefined;
  readonly ranges: readonly Told[];
}

/** Throws a RangeError where there are more ranges than it has room for. */
export const parametersOf = ({ kernel, address, commandLineAt, ramdisk, ranges }: Parameters): Uint8Array => {
  const page = new Uint8Array(pageBytes);
  const view = new DataView(page.buffer);
  page.set(kernel.header, Field.setupSectors);
  view.setUint8(Field.loader, unknownLoader);
  view.setUint8(Field.flags, view.getUint8(Field.flags) & ~Flag.hasHeap);
  view.setUint32(Field.entry, address, true);
  view.setUint32(Field.commandLine, commandLineAt, true);
  if (ramdisk !== undefined) {
    view.setUint32(Field.ramdisk, ramdisk.begin, true);
    view.setUint32(Field.ramdiskBytes, ramdisk.end - ramdisk.begin, true);
  }
  // Text of 80 × 25, as a PC's firmware leaves it.
  for (const [at, value] of [
    [Zero.videoMode, 3],
    [Zero.videoColumns, 80],
    [Zero.videoRows, 25],
    [Zero.isVga, 1],
    [Zero.points, 16],
  ] as const)
    view.setUint8(at, value);
  if (ranges.length > mostEntries) throw new RangeError(`${ranges.length} ranges of memory are more than ${mostEntries}`);
  view.setUint8(Zero.entries, ranges.length);
  for (const [index, { begin, end, kind }] of ranges.entries()) {
    const at = Zero.table + entryBytes * index;
    view.setBigUint64(at, BigInt(begin), true);
    view.setBigUint64(at + 8, BigInt(end - begin), true);
    view.setUint32(at + 16, kind, true);
  }
  return page;
};
