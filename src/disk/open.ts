/** Makes a disk of an image, and of those it stands on. */
import { Damage, Unsupported } from './damage.ts';
import { type BlockFile, Sure, type Unpackers } from './file.ts';
import { type Format, formatOf, formats } from './format.ts';
import type { ImageDisk, Source } from './image.ts';
import { shown } from './numbers.ts';
import { openQcow2 } from './qcow2/index.ts';
import { RawDisk } from './raw.ts';
import { openVhd } from './vhd/index.ts';
import { openVmdk } from './vmdk/index.ts';

/** A file, and the way from it to others. */
export interface ImageFile {
  readonly file: BlockFile;
  /** The same for the same file, by whatever name it is opened. */
  readonly identity: string;
  /** A file by the name that this one has for it, to be read. What it throws comes through. */
  next(name: string): ImageFile;
}

export interface Opening {
  /** As whoever opens it says; undefined: as it begins. */
  readonly format?: Format | undefined;
  readonly isReadOnly: boolean;
  readonly unpack: Unpackers;
  /** One of qcow2's, as which the disk is only read. */
  readonly snapshot?: string | undefined;
}

/** Images that one stands on. */
const mostBelow = 32;

/** Throws Damage or Unsupported, told of the image that it is in. */
export const openImage = (image: ImageFile, opening: Opening): ImageDisk => openOne(image, opening, [image.identity]);

const openOne = (image: ImageFile, { format, isReadOnly, unpack, snapshot }: Opening, above: readonly string[]): ImageDisk & Source => {
  const is = format ?? formatOf(image.file);
  if (typeof is === 'object')
    throw new Unsupported(
      `it is a ${is.called} file; raw, qcow2, VHD and VMDK are known: unpack or convert it (qemu-img convert -O qcow2)`,
    );
  if (snapshot !== undefined && is !== 'qcow2') throw new Unsupported(`it is ${is} and has no snapshots`);
  const file = new Sure(image.file);
  switch (is) {
    case 'raw':
      return new RawDisk(file, { isReadOnly, isGuessed: format === undefined });
    case 'vpc':
      return openVhd(file);
    case 'vmdk':
      return openVmdk(file, unpack);
    case 'qcow2': {
      const backing = ({ name, format }: { readonly name: string; readonly format: string | undefined }): Source =>
        openBelow(image, name, format, unpack, above);
      return openQcow2(file, { isReadOnly, unpack, backing, snapshot });
    }
  }
};

const openBelow = (image: ImageFile, name: string, said: string | undefined, unpack: Unpackers, above: readonly string[]): Source => {
  if (above.length > mostBelow) throw new Damage(`it stands on more than ${mostBelow} images`);
  const format = formats.find((one) => one === said);
  if (said !== undefined && format === undefined) throw new Unsupported(`its backing file ${shown(name)} is of the format ${shown(said)}`);
  const below = image.next(name);
  if (above.includes(below.identity)) throw new Damage(`its backing file ${shown(name)} stands on it`);
  try {
    return openOne(below, { format, isReadOnly: true, unpack }, [...above, below.identity]);
  } catch (error) {
    if (error instanceof Damage) throw new Damage(`of its backing file ${shown(name)}: ${error.message}`, { cause: error });
    if (error instanceof Unsupported) throw new Unsupported(`of its backing file ${shown(name)}: ${error.message}`, { cause: error });
    throw error;
  }
};
