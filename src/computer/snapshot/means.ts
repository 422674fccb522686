/** Checksums and texts by Node. */
import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Means } from '../../snapshot/index.ts';

const zeros = Buffer.alloc(2 ** 20);

export const means: Means = {
  sha256: (bytes) => hash('sha256', bytes),
  crc32: (bytes) => crc32(bytes),
  isZero: (memory, from, end) => zeros.compare(memory, from, end, 0, end - from) === 0,
  encode: (text) => Buffer.from(text),
  decode: ({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength).toString(),
};
