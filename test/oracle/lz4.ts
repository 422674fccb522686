/** Unpacks the legacy frame of LZ4, in which Linux packs its kernels: lz4 doc/lz4_Frame_format.md, "Legacy frame"; doc/lz4_Block_format.md. */

const magic = 0x184c_2102;
const blockBytes = 8 << 20;

/** Throws where it isn't one, or is not whole. */
export const unpackLegacyLz4 = (packed: Uint8Array): Uint8Array => {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  if (packed.length < 4 || view.getUint32(0, true) !== magic) throw new Error('what is packed begins with no legacy frame of LZ4');
  const blocks: Uint8Array[] = [];
  // Linux writes the unpacked size behind the last block: scripts/Makefile.lib, size_append.
  for (let at = 4; at + 4 < packed.length; ) {
    const bytes = view.getUint32(at, true);
    blocks.push(unpackBlock(packed.subarray(at + 4, at + 4 + bytes)));
    at += 4 + bytes;
  }
  return Buffer.concat(blocks);
};

const unpackBlock = (packed: Uint8Array): Uint8Array => {
  const made = new Uint8Array(blockBytes);
  let [at, to] = [0, 0];
  const byte = (): number => {
    const one = packed[at++];
    if (one === undefined) throw new Error('a block of LZ4 ends early');
    return one;
  };
  const lengthOf = (nibble: number): number => {
    let length = nibble;
    if (nibble === 15)
      for (;;) {
        const more = byte();
        length += more;
        if (more < 255) break;
      }
    return length;
  };
  while (at < packed.length) {
    const token = byte();
    const literals = lengthOf(token >> 4);
    if (at + literals > packed.length || to + literals > blockBytes) throw new Error('a block of LZ4 reaches out of itself');
    made.set(packed.subarray(at, at + literals), to);
    [at, to] = [at + literals, to + literals];
    // The last sequence has literals alone.
    if (at >= packed.length) break;
    const back = byte() | (byte() << 8);
    const length = lengthOf(token & 15) + 4;
    if (back === 0 || back > to || to + length > blockBytes) throw new Error('a block of LZ4 reaches out of itself');
    for (const end = to + length; to < end; to++) made[to] = made[to - back] ?? 0;
  }
  return made.subarray(0, to);
};
