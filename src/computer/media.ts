/** Files as disks, diskettes and CDs of a computer: opened and looked at before anything starts. */
import { existsSync, openSync } from 'node:fs';
import type { Media } from '../board/index.ts';
import { Damage, formatOf, openImage, Unsupported } from '../disk/index.ts';
import { type DiskFile, diskFileOf } from '../environment/command/disk-file.ts';
import { type BootRequest, Refusal } from '../environment/index.ts';
import * as lock from '../host/file/image-lock.ts';
import { inWords, isMissing } from '../host/index.ts';
import { type Disk, sectorBytes } from '../machine/index.ts';
import { Chain, FileMedium, HostFile, type Medium, makeLayer, unpackers } from './medium/index.ts';
import { opened } from './opened.ts';

/** What a file is to be, and which sizes that may have. */
const kinds = {
  disk: { unit: sectorBytes, most: 2 ** 48 * sectorBytes, isWritten: true },
  CD: { unit: 2048, most: 2 ** 32 * 2048, isWritten: false },
  floppy: { unit: sectorBytes, most: 2880 * 1024, isWritten: true },
} as const;
export type MediumKind = keyof typeof kinds;

/** Of what is in drives, or on NVMe. */
export const pathsOf = ({ cd, floppies, nvme }: Media): ReadonlyMap<Disk, string> =>
  new Map([cd, ...floppies, ...nvme].flatMap((disk) => (disk instanceof FileMedium ? [[disk, disk.path]] : [])));

/**
 * A file that is a medium, or an image of one. Written where the guest writes it, unless it can't be, or shan't. Nobody else has it meanwhile, but to
 * read it where it is read here. Throws a Refusal that says what is wrong with it.
 */
export const mediumIn = (named: string, kind: MediumKind, isKept = false): Medium => {
  const given = kind === 'disk' ? diskFileOf(named, 'a disk') : plain(named);
  const { path, overlay } = given;
  if (overlay === undefined) return refusing(path, kind, () => openMedium(named, kind, isKept, given));
  if (!existsSync(overlay)) {
    if (isKept) throw new Refusal('no-such-path', [overlay, 'it is made where it may be written: leave --read-only or --page away once']);
    refusing(path, kind, () => makeLayer(overlay, given, opened(path, kind)));
  }
  return refusing(overlay, kind, () => openMedium(named, kind, isKept, { ...given, path: overlay, format: 'qcow2' }, { base: path }));
};

/** A plain image of isola's own, whatever its guest writes into it, and however the directory is called where it lies. */
export const plainDiskIn = (path: string, isKept: boolean): Medium =>
  refusing(path, 'disk', () => openMedium(path, 'disk', isKept, { ...plain(path), format: 'raw' }));

/** A qcow2 image of isola's own, over what it names. `isFleeting`: nobody needs it once the computer is off. */
export const layerIn = (path: string, isFleeting: boolean): Medium =>
  refusing(path, 'disk', () => openMedium(path, 'disk', false, { ...plain(path), format: 'qcow2' }, { isFleeting }));

const plain = (path: string): DiskFile => ({ path, format: undefined, snapshot: undefined, backing: undefined, overlay: undefined });

/** What is wrong with an image is said of its file. */
const refusing = <T>(path: string, kind: MediumKind, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    if (error instanceof Damage || error instanceof Unsupported)
      throw new Refusal('not-bootable', [path, kind, error.message], { cause: error });
    throw error;
  }
};

/** `base`: what it has to stand on. */
const openMedium = (
  named: string,
  kind: MediumKind,
  isKept: boolean,
  { path, format, snapshot, backing }: DiskFile,
  { base, isFleeting = false }: { readonly base?: string; readonly isFleeting?: boolean } = {},
): Medium => {
  const { isWritten } = kinds[kind];
  const { file, canWrite } = open(path, kind, { isWritten: isWritten && !isKept && snapshot === undefined, isFleeting });
  const chain = new Chain(backing);
  try {
    const image = chain.image(path, file, base);
    const { status } = file;
    if (!status.isFile() && !status.isBlockDevice()) throw new Unsupported(status.isDirectory() ? 'it is a directory' : 'it is no file');
    if (file.sizeBytes === 0) throw new Unsupported('it is empty');
    const found = format ?? formatOf(file);
    if (kind !== 'disk' && found !== 'raw')
      throw new Unsupported(`it is a ${typeof found === 'object' ? found.called : found} file; a ${kind} is a plain image`);
    const isReadOnly = !canWrite || found === 'vpc' || found === 'vmdk';
    if (!lock.holdImage(file.descriptor, { isWritten: !isReadOnly })) throw new Refusal('image-held', [path, kind]);
    const disk = openImage(image, { format: kind === 'disk' ? format : 'raw', isReadOnly, unpack: unpackers, snapshot });
    if (base !== undefined && chain.depth === 1) throw new Unsupported(`it stands on nothing, not on ${base}`);
    const why = whyNot(disk.sizeBytes, kinds[kind]);
    if (why !== undefined) throw new Unsupported(why);
    return new FileMedium(named, disk, chain);
  } catch (error) {
    chain[Symbol.dispose]();
    throw error;
  }
};

/** Sizes of diskettes: 160 KiB to 2.88 MB. */
const floppySizes: readonly number[] = [160, 180, 320, 360, 720, 1200, 1440, 1680, 1722, 2880].map((kib) => kib * 1024);
/** ECMA-119, 8.1.2: the first volume descriptor begins with its type and this. */
const cdMark = { at: 16 * 2048 + 1, text: 'CD001' } as const;

/** What an image is that somebody gives without saying. Throws where it can't be read. */
export const kindOf = (named: string): MediumKind => {
  const { path, format, overlay } = diskFileOf(named, 'IMAGE');
  if (format !== undefined || overlay !== undefined) return 'disk';
  using file = new HostFile(opened(path, 'disk'));
  if (!file.status.isFile() || formatOf(file) !== 'raw') return 'disk';
  const mark = new Uint8Array(cdMark.text.length);
  file.read(cdMark.at, mark);
  if (String.fromCharCode(...mark) === cdMark.text) return 'CD';
  return floppySizes.includes(file.sizeBytes) ? 'floppy' : 'disk';
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
const open = (
  path: string,
  kind: MediumKind,
  { isWritten, isFleeting }: { readonly isWritten: boolean; readonly isFleeting: boolean },
): { readonly file: HostFile; readonly canWrite: boolean } => {
  try {
    if (isWritten) return { file: new HostFile(openSync(path, 'r+'), isFleeting), canWrite: true };
  } catch (error) {
    if (!isRefusedWriting(error) && !isMissing(error)) throw new Refusal('path-closed', [path, 'read', inWords(error)], { cause: error });
  }
  return { file: new HostFile(opened(path, kind)), canWrite: false };
};

const isRefusedWriting = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && ['EACCES', 'EPERM', 'EROFS', 'EISDIR'].includes(String(error.code));

const whyNot = (sizeBytes: number, { unit, most }: { readonly unit: number; readonly most: number }): string | undefined => {
  if (sizeBytes === 0) return 'it is empty';
  if (sizeBytes % unit !== 0) return `its ${sizeBytes} bytes are ${unit - (sizeBytes % unit)} short of whole sectors of ${unit}`;
  return sizeBytes > most ? `its ${sizeBytes} bytes are more than ${most}` : undefined;
};
