/** What an ext4 says of itself. */
import { Damage, Unsupported } from '../damage.ts';
import type { Source } from '../image.ts';
import { viewOf } from '../numbers.ts';
import { incompat, plainInodeBytes, s, superblock } from './layout.ts';

export interface Geometry {
  readonly blockBytes: number;
  readonly blocks: number;
  readonly inodes: number;
  readonly inodesPerGroup: number;
  readonly inodeBytes: number;
  /** Where the groups' descriptors begin, and how long one is. */
  readonly descriptorsAt: number;
  readonly descriptorBytes: number;
}

const known = incompat.filetype | incompat.extents | incompat['64bit'] | incompat.flex_bg | incompat.csum_seed | incompat.largedir;
/** 32 KiB: with more, the length of a directory's entry is written otherwise. */
const largestLogBlock = 5;

/** Throws Damage, and Unsupported for one that has what isola doesn't know, or whose journal is to be played back first. */
export const readGeometry = (source: Source): Geometry => {
  const bytes = new Uint8Array(superblock.bytes);
  source.readInto(superblock.at, bytes);
  const view = viewOf(bytes);
  if (view.getUint16(s.magic, true) !== superblock.magic) throw new Damage('it has no ext4');
  const features = view.getUint32(s.featureIncompat, true);
  if ((features & incompat.recover) !== 0) throw new Unsupported('its journal is to be played back first');
  refuseUnknown(features);
  const logBlock = view.getUint32(s.logBlockSize, true);
  if (logBlock > largestLogBlock) throw new Damage(`its blocks have 2^${logBlock + 10} bytes`);
  const blockBytes = 1024 << logBlock;
  const blocks =
    view.getUint32(s.blocksCountLo, true) + ((features & incompat['64bit']) === 0 ? 0 : view.getUint32(s.blocksCountHi, true) * 2 ** 32);
  if (blocks * blockBytes > source.sizeBytes)
    throw new Damage(`it has ${blocks} blocks of ${blockBytes} bytes, and the disk ${source.sizeBytes} bytes`);
  const inodeBytes = view.getUint32(s.revLevel, true) === 0 ? plainInodeBytes : view.getUint16(s.inodeSize, true);
  const descriptorBytes = (features & incompat['64bit']) === 0 ? 32 : view.getUint16(s.descSize, true);
  const inodesPerGroup = view.getUint32(s.inodesPerGroup, true);
  if (inodeBytes < plainInodeBytes || inodeBytes > blockBytes) throw new Damage(`its inodes have ${inodeBytes} bytes`);
  if (descriptorBytes < 32 || descriptorBytes > blockBytes) throw new Damage(`its groups' descriptors have ${descriptorBytes} bytes`);
  if (inodesPerGroup === 0) throw new Damage('its groups have no inodes');
  return {
    ...{ blockBytes, blocks, inodesPerGroup, inodeBytes, descriptorBytes, inodes: view.getUint32(s.inodesCount, true) },
    descriptorsAt: (view.getUint32(s.firstDataBlock, true) + 1) * blockBytes,
  };
};

const refuseUnknown = (features: number): void => {
  if ((features & incompat.filetype) === 0 || (features & incompat.extents) === 0)
    throw new Unsupported('it has no extents, as an ext2 has none');
  const others = features & ~known;
  if (others === 0) return;
  const names = Object.entries(incompat).flatMap(([name, bit]) => ((others & bit) === 0 ? [] : [name]));
  throw new Unsupported(`it has features that isola doesn't read: ${names.join(', ') || `0x${others.toString(16)}`}`);
};
