/** Which format an image has, by how it begins or ends. */
import type { BlockFile } from './file.ts';

export const formats = ['raw', 'qcow2', 'vmdk', 'vpc'] as const;
/** By QEMU's names: `vpc` is VHD. */
export type Format = (typeof formats)[number];

/** Formats that hold a disk in a way of their own, or pack it, by how they begin or what they have a little further on; `as`: it is known here. */
const marks: readonly { readonly mark: string; readonly name: string; readonly at?: number; readonly as?: Format }[] = [
  { mark: 'QFI\xfb', name: 'qcow2', as: 'qcow2' },
  { mark: 'conectix', name: 'VHD', as: 'vpc' },
  { mark: 'KDMV', name: 'VMDK', as: 'vmdk' },
  { mark: '# Disk DescriptorFile', name: 'VMDK', as: 'vmdk' },
  { mark: 'QED\0', name: 'QED' },
  { mark: 'WithoutFreeSpace', name: 'Parallels' },
  { mark: 'WithouFreSpacExt', name: 'Parallels' },
  { mark: '\x7f\x10\xda\xbe', name: 'VDI', at: 64 },
  { mark: 'vhdxfile', name: 'VHDX' },
  { mark: '\x1f\x8b', name: 'gzip' },
  { mark: '\xfd7zXZ', name: 'xz' },
  { mark: 'BZh', name: 'bzip2' },
  { mark: '\x28\xb5\x2f\xfd', name: 'zstd' },
];

const startBytes = 80;
/** A fixed VHD is a plain image with a footer behind it. */
const footerBytes = 512;

const found = (start: Uint8Array): (typeof marks)[number] | undefined =>
  marks.find(({ mark, at = 0 }) => [...mark].every((letter, index) => start[at + index] === letter.charCodeAt(0)));

/** `raw` where nothing is found, or what it is called, where it is none of `formats`. Whoever can write a raw image can have another format found. */
export const formatOf = (file: BlockFile): Format | { readonly called: string } => {
  const start = new Uint8Array(startBytes);
  if (!file.read(0, start)) return 'raw';
  const known = found(start);
  if (known !== undefined) return known.as ?? { called: known.name };
  const end = new Uint8Array(8);
  return file.sizeBytes > footerBytes && file.read(file.sizeBytes - footerBytes, end) && found(end)?.as === 'vpc' ? 'vpc' : 'raw';
};

/** Whether an image would be one of another format with these bytes there: it was taken for raw, and would not be the next time. */
export const looksOtherwise = (at: number, from: Uint8Array, sizeBytes: number): boolean => {
  if (at === 0 && found(from.subarray(0, startBytes))?.as !== undefined) return true;
  const footer = sizeBytes - footerBytes - at;
  return footer >= 0 && footer < from.length && found(from.subarray(footer, footer + 8))?.as === 'vpc';
};
