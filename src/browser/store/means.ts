/** What snapshots are written and read by, in a browser. */
import type { Means } from '../../snapshot/index.ts';
import { crc32 } from './crc32.ts';
import { sha256 } from './sha256.ts';

const [encoder, decoder] = [new TextEncoder(), new TextDecoder()];

export const means: Means = {
  ...{ sha256, crc32 },
  isZero: ({ buffer, byteOffset }, from, end) => isZero(new Int32Array(buffer, byteOffset + from, (end - from) / 4)),
  encode: (text) => encoder.encode(text),
  decode: (bytes) => decoder.decode(bytes),
};

const isZero = (words: Int32Array): boolean => {
  let found = 0;
  for (let at = 0; at < words.length && found === 0; at++) found |= words[at] as number; // Within its length.
  return found === 0;
};
