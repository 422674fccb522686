/** Files as disks, diskettes and CDs of a computer: opened and looked at before anything starts. */
import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import type { Media } from '../../board/index.ts';
import { type BootRequest, Refusal } from '../../environment/index.ts';
import * as lock from '../../host/file/image-lock.ts';
import { inWords, isMissing } from '../../host/index.ts';
import { type Disk, sectorBytes } from '../../machine/index.ts';
import { opened } from './opened.ts';

/** What a file is to be, and which sizes that may have. */
const kinds = {
  disk: { unit: sectorBytes, most: 2 ** 48 * sectorBytes, isWritten: true },
  CD: { unit: 2048, most: 2 ** 32 * 2048, isWritten: false },
  floppy: { unit: sectorBytes, most: 2880 * 1024, isWritten: true },
} as const;
export type MediumKind = keyof typeof kinds;

/** Formats of images that hold a disk in a way of their own, by how they begin, or what they have a little further on. */
const wrapped = [
  ['QFI\xfb', 'qcow2'],
  ['QED\0', 'QED'],
  ['WithoutFreeSpace', 'Parallels'],
  ['WithouFreSpacExt', 'Parallels'],
  ['\x7f\x10\xda\xbe', 'VDI', 64],
  ['KDMV', 'VMDK'],
  ['vhdxfile', 'VHDX'],
  ['conectix', 'VHD'],
  ['\x1f\x8b', 'gzip'],
  ['\xfd7zXZ', 'xz'],
  ['BZh', 'bzip2'],
  ['\x28\xb5\x2f\xfd', 'zstd'],
] as const;

export interface Medium extends Disk, Disposable {
  /** As it was given. */
  readonly path: string;
}

/** Of what is in drives, or on NVMe. */
export const pathsOf = ({ cd, floppies, nvme }: Media): ReadonlyMap<Disk, string> =>
  new Map([cd, ...floppies, ...nvme].flatMap((disk) => (disk instanceof FileMedium ? [[disk, disk.path]] : [])));

/**
 * A file whose bytes are the medium's. Written where the guest writes it, unless it can't be, or shan't. Nobody else has it meanwhile, but to
 * read it where it is read here. Throws a Refusal that says what is wrong with it.
 */
export const mediumIn = (path: string, kind: MediumKind, isKept = false): Medium => {
  const { unit, most, isWritten } = kinds[kind];
  const { file, isReadOnly } = open(path, kind, isWritten && !isKept);
  try {
    const found = fstatSync(file);
    if (!found.isFile() && !found.isBlockDevice())
      throw new Refusal('not-bootable', [path, kind, found.isDirectory() ? 'it is a directory' : 'it is no file']);
    const sizeBytes = found.isFile() ? found.size : sizeOfDevice(file);
    const why = whyNot(file, sizeBytes, unit, most);
    if (why !== undefined) throw new Refusal('not-bootable', [path, kind, why]);
    if (!lock.holdImage(file, { isWritten: !isReadOnly })) throw new Refusal('image-held', [path, kind]);
    return new FileMedium(path, file, sizeBytes, isReadOnly);
  } catch (error) {
    closeSync(file);
    throw error;
  }
};

/** Sizes of diskettes: 160 KiB to 2.88 MB. */
const floppySizes: readonly number[] = [160, 180, 320, 360, 720, 1200, 1440, 1680, 1722, 2880].map((kib) => kib * 1024);
/** ECMA-119, 8.1.2: the first volume descriptor begins with its type and this. */
const cdMark = { at: 16 * 2048 + 1, text: 'CD001' } as const;

/** What an image is that somebody gives without saying. Throws where it can't be read. */
export const kindOf = (path: string): MediumKind => {
  const file = opened(path, 'disk');
  try {
    const mark = new Uint8Array(cdMark.text.length);
    const count = fstatSync(file).isFile() ? readSync(file, mark, 0, mark.length, cdMark.at) : 0;
    if (count === mark.length && String.fromCharCode(...mark) === cdMark.text) return 'CD';
    return floppySizes.includes(fstatSync(file).size) ? 'floppy' : 'disk';
  } finally {
    closeSync(file);
  }
};

/** All that a computer has to keep things on. Throws a Refusal for the first that can't be; then all are closed. */
export const mediaOf = (
  request: Pick<BootRequest, 'image' | 'disk' | 'ahci' | 'nvme' | 'virtio' | 'cdrom' | 'floppy' | 'readOnly'>,
): Media & Disposable => {
  const all: Medium[] = [];
  const close = (): void => {
    for (const medium of all) medium[Symbol.dispose]();
  };
  const take =
    (kind: MediumKind) =>
    (path: string): Medium => {
      const medium = mediumIn(path, kind, request.readOnly);
      all.push(medium);
      return medium;
    };
  const { image } = request;
  const kind = image === undefined ? undefined : kindOf(image);
  const given = (which: MediumKind): readonly string[] => (image !== undefined && kind === which ? [image] : []);
  const [cds, disks, floppies] = [
    [...given('CD'), ...(request.cdrom === undefined ? [] : [request.cdrom])],
    [...given('disk'), ...request.disk],
    [...given('floppy'), ...request.floppy],
  ];
  for (const [names, most, what] of [
    [cds, 1, 'CD drive'],
    [disks, 3, 'disks on IDE'],
    [floppies, 2, 'diskette drives'],
    [request.ahci, 6, 'disks on AHCI'],
    [request.nvme, 8, 'disks on NVMe'],
    [request.virtio, 8, 'disks on virtio'],
  ] as const)
    if (names.length > most)
      throw new Refusal('usage', [`this computer has ${most} ${what}, and ${names.length} are given`, `give ${most} at the most`]);
  try {
    const [cd] = cds.map(take('CD'));
    return {
      ...{ cd, disks: disks.map(take('disk')), floppies: floppies.map(take('floppy')), nvme: request.nvme.map(take('disk')) },
      ahci: request.ahci.map(take('disk')),
      virtio: request.virtio.map(take('disk')),
      [Symbol.dispose]: close,
    };
  } catch (error) {
    close();
    throw error;
  }
};

/** Written where it may be: a medium that is write-protected is one, too, and what a directory is told of comes later. */
const open = (path: string, kind: MediumKind, isWritten: boolean): { readonly file: number; readonly isReadOnly: boolean } => {
  try {
    if (isWritten) return { file: openSync(path, 'r+'), isReadOnly: false };
  } catch (error) {
    if (!isRefusedWriting(error) && !isMissing(error)) throw new Refusal('path-closed', [path, 'read', inWords(error)], { cause: error });
  }
  return { file: opened(path, kind), isReadOnly: true };
};

const isRefusedWriting = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && ['EACCES', 'EPERM', 'EROFS', 'EISDIR'].includes(String(error.code));

/** By its end: a device has no size of its own in stat(2). */
const sizeOfDevice = (file: number): number => {
  let [low, high] = [0, 2 ** 44];
  const probe = new Uint8Array(1);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (readSync(file, probe, 0, 1, middle) === 1) low = middle + 1;
    else high = middle;
  }
  return low;
};

const whyNot = (file: number, sizeBytes: number, unit: number, most: number): string | undefined => {
  if (sizeBytes === 0) return 'it is empty';
  const start = new Uint8Array(80);
  readSync(file, start, 0, start.length, 0);
  const format = wrapped.find(([mark, , at = 0]) => [...mark].every((letter, index) => start[at + index] === letter.charCodeAt(0)));
  if (format !== undefined)
    return `it is a ${format[1]} file; only plain images can be booted so far: unpack or convert it (qemu-img convert -O raw)`;
  if (sizeBytes % unit !== 0) return `its ${sizeBytes} bytes are ${unit - (sizeBytes % unit)} short of whole sectors of ${unit}`;
  return sizeBytes > most ? `its ${sizeBytes} bytes are more than ${most}` : undefined;
};

class FileMedium implements Medium {
  readonly path: string;
  readonly sizeBytes: number;
  readonly isReadOnly: boolean;
  readonly #file: number;
  #isClosed = false;

  constructor(path: string, file: number, sizeBytes: number, isReadOnly: boolean) {
    this.path = path;
    this.#file = file;
    this.sizeBytes = sizeBytes;
    this.isReadOnly = isReadOnly;
  }

  read(at: number, into: Uint8Array): boolean {
    return !this.#isClosed && all(into.length, (from, count) => readSync(this.#file, into, from, count, at + from));
  }

  write(at: number, from: Uint8Array): boolean {
    return !this.isReadOnly && !this.#isClosed && all(from.length, (begin, count) => writeSync(this.#file, from, begin, count, at + begin));
  }

  flush(): boolean {
    return this.isReadOnly || this.#isClosed || done(() => fsyncSync(this.#file));
  }

  /** Once: a disk that is plugged out is closed before the others. */
  [Symbol.dispose](): void {
    if (!this.#isClosed) closeSync(this.#file);
    this.#isClosed = true;
  }
}

/** A disk that fails, or is full, is a medium error to the guest. */
const all = (length: number, move: (from: number, count: number) => number): boolean =>
  done(() => {
    for (let from = 0; from < length; ) {
      const moved = move(from, length - from);
      if (moved === 0) throw new Error('the file ends');
      from += moved;
    }
  });

const done = (work: () => void): boolean => {
  try {
    work();
    return true;
  } catch {
    return false;
  }
};
