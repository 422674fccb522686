export * from './damage.ts';
export { type Attribute, Ext4, type Node, type Piece } from './ext4/index.ts';
export type { BlockFile, Unpackers } from './file.ts';
export { Sure } from './file.ts';
export { type Format, formatOf, formats } from './format.ts';
export type { ImageDisk } from './image.ts';
export { shown } from './numbers.ts';
export { type ImageFile, type Opening, openImage } from './open.ts';
export { checkQcow2, createQcow2, type Qcow2Choice, type Soundness } from './qcow2/index.ts';
