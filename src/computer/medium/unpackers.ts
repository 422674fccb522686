/** What unpacks compressed parts of images: Node's own. */
import { inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import type { Unpackers } from '../../disk/index.ts';

export const unpackers: Unpackers = {
  deflate: (packed, maxOutputLength) => inflateRawSync(packed, { maxOutputLength }),
  zlib: (packed, maxOutputLength) => inflateSync(packed, { maxOutputLength }),
  zstd: (packed, maxOutputLength) => zstdDecompressSync(packed, { maxOutputLength }),
};
