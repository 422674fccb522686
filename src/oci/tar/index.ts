export { type ByteText, bytesOf, byteText, type Kind, kinds, type TarEntry } from './entry.ts';
export { TarReader, type TarSink } from './reader.ts';
export { type Whiteout, whiteoutOf } from './whiteout.ts';
export { endMark, padding, writeHeader } from './writer.ts';
