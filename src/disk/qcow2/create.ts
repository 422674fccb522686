/** Makes a qcow2 image without content. */
import type { BlockFile } from '../file.ts';
import { Sure } from '../file.ts';
import { bytesOf, viewOf } from '../numbers.ts';
import { Extension, headerBytes, magic, mostL1Bytes } from './header.ts';
import { refcountTable } from './refcount-table.ts';

export interface Qcow2Choice {
  /** Of the disk: whole sectors of 512. */
  readonly sizeBytes: number;
  /** A power of two, 512 to 2 MiB; 64 KiB where nothing is said. */
  readonly clusterBytes?: number;
  readonly version?: 2 | 3;
  /** 1 to 64, a power of two; 16 where nothing is said. Version 2 has no others. */
  readonly refcountBits?: number;
  /** What is read where it has nothing: a path as it is to be found from where the image is, and its format. */
  readonly backing?: { readonly name: string; readonly format: string };
}

/** Writes it into an empty file. Throws RangeError for what can't be. */
export const createQcow2 = (into: BlockFile, choice: Qcow2Choice): void => {
  const { sizeBytes, clusterBytes = 65_536, version = 3, refcountBits = 16, backing } = choice;
  checkChoice(choice);
  const l1Entries = Math.ceil(sizeBytes / (clusterBytes * (clusterBytes / 8)));
  const l1Clusters = Math.ceil((l1Entries * 8) / clusterBytes);
  const order = Math.log2(refcountBits);
  // The header, the L1 table, then the refcounts.
  const first = 1 + l1Clusters;
  const made = refcountTable({ clusterBytes, order, first, taken: () => 1, known: [], clusters: 1 });
  const header = new Uint8Array(clusterBytes);
  const view = viewOf(header);
  const extensions = backing === undefined ? [] : [[Extension.backingFormat, bytesOf(backing.format)] as const];
  let at: number = headerBytes[version];
  for (const [type, bytes] of extensions) {
    view.setUint32(at, type);
    view.setUint32(at + 4, bytes.length);
    header.set(bytes, at + 8);
    at += 8 + 8 * Math.ceil(bytes.length / 8);
  }
  at += 8;
  view.setUint32(0, magic);
  view.setUint32(4, version);
  view.setUint32(20, Math.log2(clusterBytes));
  view.setBigUint64(24, BigInt(sizeBytes));
  view.setUint32(36, l1Entries);
  view.setBigUint64(40, BigInt(clusterBytes));
  view.setBigUint64(48, BigInt(made.tableAt));
  view.setUint32(56, made.table.length / clusterBytes);
  if (version === 3) {
    view.setUint32(96, order);
    view.setUint32(100, headerBytes[3]);
  }
  if (backing !== undefined) {
    const name = bytesOf(backing.name);
    if (at + name.length > clusterBytes) throw new RangeError(`a backing file’s name has no room in ${clusterBytes} bytes`);
    view.setBigUint64(8, BigInt(at));
    view.setUint32(16, name.length);
    header.set(name, at);
  }
  const file = new Sure(into);
  file.write(clusterBytes, new Uint8Array(l1Clusters * clusterBytes));
  file.write(first * clusterBytes, made.blocks);
  file.write(made.tableAt, made.table);
  file.barrier();
  file.write(0, header);
  file.barrier();
};

const checkChoice = ({ sizeBytes, clusterBytes = 65_536, version = 3, refcountBits = 16, backing }: Qcow2Choice): void => {
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes <= 0 || sizeBytes % 512 !== 0)
    throw new RangeError(`a disk of ${sizeBytes} bytes can't be`);
  if (!isPowerOfTwo(clusterBytes) || clusterBytes < 512 || clusterBytes > 2 ** 21)
    throw new RangeError(`clusters of ${clusterBytes} bytes can't be`);
  if (!isPowerOfTwo(refcountBits) || refcountBits > 64 || (version === 2 && refcountBits !== 16))
    throw new RangeError(`refcounts of ${refcountBits} bits can't be in version ${version}`);
  if (sizeBytes / (clusterBytes * (clusterBytes / 8)) > mostL1Bytes / 8)
    throw new RangeError(`a disk of ${sizeBytes} bytes is too large for clusters of ${clusterBytes}`);
  if (backing !== undefined && (backing.name === '' || bytesOf(backing.name).length > 1023))
    throw new RangeError(`a backing file can't be called ${JSON.stringify(backing.name)}`);
};

const isPowerOfTwo = (value: number): boolean => Number.isInteger(Math.log2(value)) && value >= 1;
