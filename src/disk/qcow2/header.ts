/** The header of a qcow2 image, as far as it must be believed: QEMU docs/interop/qcow2.rst, "Header", "Header extensions". */
import { Damage, Unsupported } from '../damage.ts';
import type { Sure } from '../file.ts';
import { shown, sizeAt, textOf, viewOf } from '../numbers.ts';

export const magic = 0x514649fb;

export const Incompatible = { dirty: 1n, corrupt: 2n, dataFile: 4n, compression: 8n, extendedL2: 16n } as const;
/** Of features that go away where who writes doesn't know them, none is kept here. */
export const Compatible = { lazyRefcounts: 1n } as const;
export const Extension = { end: 0, backingFormat: 0xe2792aca, featureNames: 0x6803f857 } as const;
/** Where in the header these are. */
export const Field = { refcountTable: 48, incompatible: 72, autoclear: 88 } as const;
export const headerBytes = { 2: 72, 3: 104 } as const;

/** Where tables end to be sane: QEMU block/qcow2.h, QCOW_MAX_L1_SIZE, QCOW_MAX_REFTABLE_SIZE, QCOW_MAX_SNAPSHOTS. */
export const mostL1Bytes = 32 * 2 ** 20;
export const mostRefcountTableBytes = 8 * 2 ** 20;
const mostSnapshots = 65_536;
const mostNameBytes = 1023;

export interface L1Place {
  readonly at: number;
  readonly entries: number;
}

export interface Header {
  readonly version: 2 | 3;
  readonly clusterBytes: number;
  /** Of the disk. */
  readonly sizeBytes: number;
  readonly backing: { readonly name: string; readonly format: string | undefined } | undefined;
  readonly l1: L1Place;
  /** A refcount has 2 ** order bits. */
  readonly refcounts: { readonly at: number; readonly clusters: number; readonly order: number };
  readonly snapshots: { readonly at: number; readonly count: number };
  readonly compression: 'deflate' | 'zstd';
  readonly isDirty: boolean;
  readonly isCorrupt: boolean;
  readonly autoclear: bigint;
}

/** Throws Damage, or Unsupported by the name of what isn't known. */
export const readHeader = (file: Sure): Header => {
  const start = viewOf(file.bytes(0, 112));
  const version = start.getUint32(4);
  if (start.getUint32(0) !== magic) throw new Damage('it doesn’t begin as qcow2 does');
  if (version !== 2 && version !== 3) throw new Unsupported(`it is qcow2 of version ${version}; 2 and 3 are known`);
  if (file.sizeBytes < headerBytes[version]) throw new Damage(`its header is cut off after ${file.sizeBytes} bytes`);
  const clusterBits = start.getUint32(20);
  if (clusterBits < 9 || clusterBits > 21) throw new Damage(`its clusters have 2 ** ${clusterBits} bytes, not 512 to 2 MiB`);
  const clusterBytes = 2 ** clusterBits;
  const length = version === 2 ? headerBytes[2] : start.getUint32(100);
  if (length < headerBytes[version] || length > clusterBytes) throw new Damage(`its header has ${length} bytes`);
  if (start.getUint32(32) !== 0) throw new Unsupported('it is encrypted');
  const extensions = readExtensions(file, length, clusterBytes);
  const [incompatible, autoclear] = version === 2 ? [0n, 0n] : [start.getBigUint64(72), start.getBigUint64(88)];
  refuseFeatures(incompatible, extensions.get(Extension.featureNames));
  const sizeBytes = sizeAt(start, 24, 'the size of its disk');
  const l1 = { at: sizeAt(start, 40, 'the place of its L1 table'), entries: start.getUint32(36) };
  checkL1(file, l1, sizeBytes, clusterBytes);
  return {
    ...{ version, clusterBytes, sizeBytes, l1, autoclear },
    backing: readBacking(file, start, clusterBytes, extensions.get(Extension.backingFormat)),
    refcounts: readRefcounts(file, start, version, clusterBytes),
    snapshots: readSnapshotPlace(file, start, clusterBytes),
    compression: compressionOf(start, length, incompatible),
    isDirty: (incompatible & Incompatible.dirty) !== 0n,
    isCorrupt: (incompatible & Incompatible.corrupt) !== 0n,
  };
};

const readExtensions = (file: Sure, from: number, clusterBytes: number): ReadonlyMap<number, Uint8Array> => {
  const found = new Map<number, Uint8Array>();
  const bytes = file.bytes(0, clusterBytes);
  const view = viewOf(bytes);
  for (let at = from; at + 8 <= clusterBytes; ) {
    const [type, length] = [view.getUint32(at), view.getUint32(at + 4)];
    if (type === Extension.end) break;
    if (length > clusterBytes - at - 8) throw new Damage(`a header extension at ${at} has ${length} bytes`);
    found.set(type, bytes.subarray(at + 8, at + 8 + length));
    at += 8 + 8 * Math.ceil(length / 8);
  }
  return found;
};

const known = [
  [Incompatible.dataFile, 'an external data file'],
  [Incompatible.extendedL2, 'extended L2 entries'],
] as const;

/** By the names that the image itself has for what isn't known here: "Feature name table". */
const refuseFeatures = (incompatible: bigint, names: Uint8Array | undefined): void => {
  const what = known.find(([bit]) => (incompatible & bit) !== 0n)?.[1];
  if (what !== undefined) throw new Unsupported(`it has ${what}`);
  for (let bit = 5; bit < 64; bit++)
    if ((incompatible & (1n << BigInt(bit))) !== 0n)
      throw new Unsupported(`it has a feature that isn’t known: ${featureName(bit, names) ?? `bit ${bit}`}`);
};

const featureName = (bit: number, names: Uint8Array = new Uint8Array()): string | undefined => {
  for (let at = 0; at + 48 <= names.length; at += 48)
    if (names[at] === 0 && names[at + 1] === bit) return shown(textOf(names.subarray(at + 2, at + 48)).replace(/\0.*$/s, ''));
  return undefined;
};

/** It has as many entries as the disk has clusters of L2 tables, at least. */
export const checkL1 = (file: Sure, { at, entries }: L1Place, sizeBytes: number, clusterBytes: number, what = 'its L1 table'): void => {
  const needed = Math.ceil(sizeBytes / (clusterBytes * (clusterBytes / 8)));
  if (entries * 8 > mostL1Bytes) throw new Damage(`${what} has ${entries} entries`);
  if (entries < needed) throw new Damage(`${what} has ${entries} entries, and a disk of ${sizeBytes} bytes wants ${needed}`);
  if (entries > 0) checkPlace(file, at, entries * 8, clusterBytes, what);
};

const checkPlace = (file: Sure, at: number, bytes: number, clusterBytes: number, what: string): void => {
  if (at === 0 || at % clusterBytes !== 0) throw new Damage(`${what} is at ${at}, which is no cluster’s beginning`);
  if (at + bytes > file.sizeBytes) throw new Damage(`${what} ends at ${at + bytes}, behind the end of the file at ${file.sizeBytes}`);
};

const readBacking = (file: Sure, start: DataView, clusterBytes: number, format: Uint8Array | undefined): Header['backing'] => {
  const [at, length] = [sizeAt(start, 8, 'the place of its backing file’s name'), start.getUint32(16)];
  if (at === 0 || length === 0) return undefined;
  if (length > mostNameBytes || at + length > clusterBytes) throw new Damage(`its backing file’s name has ${length} bytes at ${at}`);
  const name = textOf(file.bytes(at, length));
  if (name.includes('\0')) throw new Damage(`its backing file is called ${shown(name)}`);
  return { name, format: format && textOf(format) };
};

const readRefcounts = (file: Sure, start: DataView, version: 2 | 3, clusterBytes: number): Header['refcounts'] => {
  const at = sizeAt(start, Field.refcountTable, 'the place of its refcount table');
  const clusters = start.getUint32(56);
  const order = version === 2 ? 4 : start.getUint32(96);
  if (order > 6) throw new Damage(`its refcounts have 2 ** ${order} bits`);
  if (clusters === 0 || clusters * clusterBytes > Math.max(mostRefcountTableBytes, clusterBytes))
    throw new Damage(`its refcount table has ${clusters} clusters`);
  checkPlace(file, at, clusters * clusterBytes, clusterBytes, 'its refcount table');
  return { at, clusters, order };
};

const readSnapshotPlace = (file: Sure, start: DataView, clusterBytes: number): Header['snapshots'] => {
  const [count, at] = [start.getUint32(60), sizeAt(start, 64, 'the place of its snapshots')];
  if (count > mostSnapshots) throw new Damage(`it has ${count} snapshots`);
  if (count > 0) checkPlace(file, at, count * 40, clusterBytes, 'its table of snapshots');
  return { at, count };
};

const compressionOf = (start: DataView, length: number, incompatible: bigint): Header['compression'] => {
  const type = length > 104 ? start.getUint8(104) : 0;
  if (type > 1) throw new Unsupported(`it is compressed in a way that isn’t known: number ${type}`);
  if ((type !== 0) !== ((incompatible & Incompatible.compression) !== 0n))
    throw new Damage('its header says two things of how it is compressed');
  return type === 1 ? 'zstd' : 'deflate';
};
