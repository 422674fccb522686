/** The header of a sparse extent, and the description in it: VMware, Virtual Disk Format 5.0, "Hosted Sparse Extents", "The Descriptor". */
import { Damage, Unsupported } from '../damage.ts';
import type { Sure } from '../file.ts';
import { shown, sizeAt, textOf, viewOf } from '../numbers.ts';

const sectorBytes = 512;
const magic = 0x564d444b;
const Flag = { zeroGrains: 4, compressed: 0x1_0000, markers: 0x2_0000 } as const;
/** The directory is behind all else, and so is a header that says where. */
const atEnd = 0xffff_ffff_ffff_ffffn;
const mostDescriptorBytes = 2 ** 20;

export interface SparseHeader {
  readonly sizeBytes: number;
  readonly grainBytes: number;
  /** Entries in a table of grains. */
  readonly inTable: number;
  /** Where the directory of these tables is. */
  readonly directory: number;
  readonly isCompressed: boolean;
  readonly hasZeroGrains: boolean;
}

/** Throws Damage or Unsupported. */
export const readSparseHeader = (file: Sure): SparseHeader => {
  if (textOf(file.bytes(0, 21)) === '# Disk DescriptorFile') throw refusedKind(textOf(file.bytes(0, Math.min(file.sizeBytes, 4096))));
  const start = headerAt(file, 0);
  checkDescriptor(file, start);
  // A footer is a header, too: one sector before the last, which is a marker.
  const head = start.getBigUint64(56, true) === atEnd ? headerAt(file, file.sizeBytes - 2 * sectorBytes) : start;
  const flags = head.getUint32(8, true);
  const algorithm = head.getUint16(77, true);
  if ((flags & Flag.compressed) !== 0 && algorithm !== 1)
    throw new Unsupported(`it is compressed in a way that isn’t known: number ${algorithm}`);
  const sectors = sizeAt(head, 12, 'its size', true);
  const [grain, inTable] = [sizeAt(head, 20, 'the size of its grains', true), head.getUint32(44, true)];
  if (grain < 1 || grain > 4096 || !Number.isInteger(Math.log2(grain))) throw new Damage(`its grains have ${grain} sectors`);
  if (inTable < 1 || inTable > 512) throw new Damage(`its tables of grains have ${inTable} entries`);
  const directory = sizeAt(head, 56, 'the place of its directory', true) * sectorBytes;
  const tables = Math.ceil(sectors / grain / inTable);
  if (sectors > 2 ** 32 || tables * 4 > mostDirectoryBytes) throw new Damage(`it has ${sectors} sectors`);
  if (directory === 0 || directory + tables * 4 > file.sizeBytes)
    throw new Damage(`its directory at ${directory} ends behind the end of the file`);
  return {
    ...{ sizeBytes: sectors * sectorBytes, grainBytes: grain * sectorBytes, inTable, directory },
    isCompressed: (flags & Flag.compressed) !== 0,
    hasZeroGrains: (flags & Flag.zeroGrains) !== 0,
  };
};

/** Of a disk of 2 TiB in grains of 4 KiB. */
const mostDirectoryBytes = 8 * 2 ** 20;

const headerAt = (file: Sure, at: number): DataView => {
  if (at < 0 || at + sectorBytes > file.sizeBytes) throw new Damage(`its header at ${at} is cut off`);
  const view = viewOf(file.bytes(at, sectorBytes));
  if (view.getUint32(0, true) !== magic) throw new Damage(`it has no header of a VMDK at ${at}`);
  const version = view.getUint32(4, true);
  if (version < 1 || version > 3) throw new Unsupported(`it is a VMDK of version ${version}; 1 to 3 are known`);
  return view;
};

const checkDescriptor = (file: Sure, head: DataView): void => {
  const at = sizeAt(head, 28, 'the place of its description', true) * sectorBytes;
  const bytes = sizeAt(head, 36, 'the size of its description', true) * sectorBytes;
  // An extent of several has none.
  if (at === 0 || bytes === 0) throw new Unsupported('it is one of several files of a disk');
  if (bytes > mostDescriptorBytes || at + bytes > file.sizeBytes) throw new Damage(`its description has ${bytes} bytes at ${at}`);
  const text = textOf(file.bytes(at, bytes));
  const kind = /^createType="([^"\n]*)"/m.exec(text)?.[1] ?? '';
  if (!['monolithicSparse', 'streamOptimized'].includes(kind)) throw refusedKind(text);
  const parent = /^parentCID=(\w*)/m.exec(text)?.[1] ?? 'ffffffff';
  if (parent.toLowerCase() !== 'ffffffff') throw new Unsupported('it is a VMDK that stands on another one');
};

const refusedKind = (text: string): Unsupported => {
  const kind = /^createType="([^"\n]*)"/m.exec(text)?.[1] ?? '';
  return new Unsupported(
    `it is a VMDK of the kind ${shown(kind)}; monolithicSparse and streamOptimized are known: convert it (qemu-img convert -O qcow2)`,
  );
};
