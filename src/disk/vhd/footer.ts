/** Footer and header of a VHD: Microsoft, Virtual Hard Disk Image Format Specification 1.0, "Hard Disk Footer Format", "Dynamic Disk Header Format". */
import { Damage, Unsupported } from '../damage.ts';
import type { Sure } from '../file.ts';
import { sizeAt, textOf, viewOf } from '../numbers.ts';

export const footerBytes = 512;
const headerBytes = 1024;
const Kind = { fixed: 2, dynamic: 3, differencing: 4 } as const;

export interface Footer {
  readonly sizeBytes: number;
  /** Where a dynamic one's header is; undefined: it is fixed, and all before the footer is the disk. */
  readonly header: number | undefined;
}

/** At the end of the file; a dynamic one has a copy at its beginning. Throws Damage or Unsupported. */
export const readFooter = (file: Sure): Footer => {
  const bytes = [Math.max(0, file.sizeBytes - footerBytes), 0].map((at) => file.bytes(at, footerBytes)).find(isFooter);
  if (bytes === undefined) throw new Damage('it has no footer of a VHD');
  checkSum(bytes, 64, 'footer');
  const view = viewOf(bytes);
  const [kind, sizeBytes] = [view.getUint32(60), sizeOf(view, bytes)];
  if (kind === Kind.differencing) throw new Unsupported('it is a differencing VHD');
  if (kind === Kind.dynamic) return { sizeBytes, header: sizeAt(view, 16, 'the place of its header') };
  if (kind !== Kind.fixed) throw new Unsupported(`it is a VHD of type ${kind}`);
  if (sizeBytes > file.sizeBytes) throw new Damage(`its disk of ${sizeBytes} bytes ends behind the end of the file`);
  return { sizeBytes, header: undefined };
};

const isFooter = (bytes: Uint8Array): boolean => textOf(bytes.subarray(0, 8)) === 'conectix';

/**
 * Virtual PC and QEMU make disks of whole cylinders and mean these; all others mean the size: QEMU block/vpc.c, vpc_open. The largest geometry
 * stands for disks that are larger.
 */
const sizeOf = (view: DataView, bytes: Uint8Array): number => {
  const size = sizeAt(view, 48, 'the size of its disk');
  const [cylinders, heads, sectors] = [view.getUint16(56), view.getUint8(58), view.getUint8(59)];
  const isOfCylinders =
    ['vpc ', 'qemu'].includes(textOf(bytes.subarray(28, 32))) && !(cylinders === 65_535 && heads === 16 && sectors === 255);
  return isOfCylinders ? cylinders * heads * sectors * 512 : size;
};

export interface DynamicHeader {
  /** Where its table of blocks is. */
  readonly table: number;
  readonly entries: number;
  readonly blockBytes: number;
}

export const readDynamicHeader = (file: Sure, at: number, sizeBytes: number): DynamicHeader => {
  if (at + headerBytes > file.sizeBytes) throw new Damage(`its header at ${at} is behind the end of the file`);
  const bytes = file.bytes(at, headerBytes);
  if (textOf(bytes.subarray(0, 8)) !== 'cxsparse') throw new Damage(`it has no header of a dynamic VHD at ${at}`);
  checkSum(bytes, 36, 'header');
  const view = viewOf(bytes);
  const [table, entries, blockBytes] = [sizeAt(view, 16, 'the place of its table'), view.getUint32(28), view.getUint32(32)];
  if (blockBytes < 512 || !Number.isInteger(Math.log2(blockBytes))) throw new Damage(`its blocks have ${blockBytes} bytes`);
  if (entries * blockBytes < sizeBytes) throw new Damage(`its table has ${entries} entries, too few for ${sizeBytes} bytes`);
  if (table + entries * 4 > file.sizeBytes) throw new Damage(`its table at ${table} ends behind the end of the file`);
  return { table, entries: Math.ceil(sizeBytes / blockBytes), blockBytes };
};

/** The one's complement of the sum of all bytes but its own four. */
const checkSum = (bytes: Uint8Array, at: number, what: string): void => {
  const sum = bytes.reduce((all, byte, index) => (index >= at && index < at + 4 ? all : all + byte), 0);
  if (~sum >>> 0 !== viewOf(bytes).getUint32(at)) throw new Damage(`its ${what} has a wrong checksum`);
};
