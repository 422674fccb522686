/**
 * Entries of L1 and L2 tables: QEMU docs/interop/qcow2.rst, "Cluster mapping".
 *
 *   63 copied   its refcount is one, so it may be written where it is
 *   62 compressed (L2)
 *   55-9 where its cluster is; 0: none
 *    0 zero (L2, version 3): it reads as zeros, whatever is there
 *
 * A compressed one has the place of its bytes, not aligned, and behind it how many sectors of 512 follow the first.
 */
export type Entry =
  | { readonly kind: 'none' }
  | { readonly kind: 'data' | 'zero' /** 0: it has none. */; readonly at: number; readonly isCopied: boolean }
  | { readonly kind: 'compressed'; readonly at: number; readonly bytes: number };

export const Flag = { copied: 0x8000_0000, compressed: 0x4000_0000, zero: 1 } as const;
const high = 2 ** 32;

/** Where the cluster of an entry is, whose halves these are: a multiple of 512 below 2 ** 56. */
export const placeOf = (upper: number, lower: number): number => (upper & 0x00ff_ffff) * high + ((lower & 0xffff_fe00) >>> 0);

/** `byte` of a table is where the entry begins. */
export const entryAt = (view: DataView, byte: number, clusterBytes: number): Entry => {
  const [upper, lower] = [view.getUint32(byte), view.getUint32(byte + 4)];
  if ((upper & Flag.compressed) !== 0) return compressedAt(view.getBigUint64(byte), clusterBytes);
  const [at, isCopied] = [placeOf(upper, lower), (upper & Flag.copied) !== 0];
  if ((lower & Flag.zero) !== 0) return { kind: 'zero', at, isCopied };
  return at === 0 ? none : { kind: 'data', at, isCopied };
};

const none: Entry = { kind: 'none' };

const compressedAt = (value: bigint, clusterBytes: number): Entry => {
  const placeBits = BigInt(62 - (Math.log2(clusterBytes) - 8));
  const at = Number(value & ((1n << placeBits) - 1n));
  const sectors = Number((value & ((1n << 62n) - 1n)) >> placeBits) + 1;
  return { kind: 'compressed', at, bytes: sectors * 512 - (at % 512) };
};

/** An entry that says that its cluster is here, and only here. */
export const putCopied = (view: DataView, byte: number, at: number): void => {
  view.setUint32(byte, (Math.floor(at / high) | Flag.copied) >>> 0);
  view.setUint32(byte + 4, at % high);
};
