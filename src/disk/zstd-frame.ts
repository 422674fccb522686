/** Where a zstd frame ends, that is followed by something else: RFC 8878, 3.1.1. */
import { Damage } from './damage.ts';
import { viewOf } from './numbers.ts';

const magic = 0xfd2fb528;
/** Of the frame header's descriptor: 3.1.1.1.1. */
const Descriptor = { checksum: 0x04, single: 0x20 } as const;
const dictionaryBytes = [0, 1, 2, 4] as const;
const contentBytes = [0, 2, 4, 8] as const;
/** Of a block's header, 3.1.1.2: it has one byte, which is repeated. */
const repeated = 1;

/** Without what is behind it. Throws Damage where it doesn't end. */
export const zstdFrame = (packed: Uint8Array): Uint8Array => {
  if (packed.length < 6 || viewOf(packed).getUint32(0, true) !== magic) throw new Damage('it doesn’t begin as a zstd frame does');
  const descriptor = packed[4] ?? 0;
  const isSingle = (descriptor & Descriptor.single) !== 0;
  const content = isSingle && descriptor >> 6 === 0 ? 1 : (contentBytes[descriptor >> 6] ?? 0);
  let at = 5 + (isSingle ? 0 : 1) + (dictionaryBytes[descriptor & 3] ?? 0) + content;
  for (let isLast = false; !isLast; ) {
    const header = (packed[at] ?? 0) | ((packed[at + 1] ?? 0) << 8) | ((packed[at + 2] ?? 0) << 16);
    isLast = (header & 1) !== 0;
    at += 3 + (((header >> 1) & 3) === repeated ? 1 : header >> 3);
    if (at > packed.length) throw new Damage('a zstd frame is cut off');
  }
  return packed.subarray(0, at + ((descriptor & Descriptor.checksum) !== 0 ? 4 : 0));
};
