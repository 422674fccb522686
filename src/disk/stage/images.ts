/** Images for tests, opened. */
import {
  type BlockFile,
  checkQcow2,
  createQcow2,
  type ImageDisk,
  type ImageFile,
  type Opening,
  openImage,
  type Qcow2Choice,
  Sure,
  type Unpackers,
} from '../index.ts';
import { MemoryFile } from './memory-file.ts';

const packed = (): never => {
  throw new Error('nobody expected compressed clusters');
};
/** Of images without compressed clusters. */
const none: Unpackers = { deflate: packed, zlib: packed, zstd: packed };

/** A file, and others by their names. */
export const imageFile = (file: BlockFile, others: Readonly<Record<string, BlockFile>> = {}, identity = 'top'): ImageFile => ({
  file,
  identity,
  next: (name) => {
    const found = others[name];
    if (found === undefined) throw new Error(`nobody expected ${name}`);
    return imageFile(found, others, name);
  },
});

export const opened = (file: BlockFile, opening: Partial<Opening> = {}, others: Readonly<Record<string, BlockFile>> = {}): ImageDisk =>
  openImage(imageFile(file, others), { isReadOnly: false, unpack: none, ...opening });

export const madeQcow2 = (choice: Qcow2Choice): MemoryFile => {
  const file = new MemoryFile();
  createQcow2(file, choice);
  return file;
};

/** Throws where it isn't sound; returns the leaks. */
export const checkSound = (file: BlockFile): number => {
  const { corruptions, leaks } = checkQcow2(new Sure(file));
  if (corruptions.length > 0) throw new Error(corruptions.join('\n'));
  return leaks;
};
