/**
 * Files of an ext4, read from its disk: no kernel mounts what a guest may have written. All of it is hostile: what would have more of anything than the disk has room for is Damage, so that no reading goes
 * on for ever.
 */
import { Damage, Unsupported } from '../damage.ts';
import type { Source } from '../image.ts';
import { viewOf } from '../numbers.ts';
import { type Attribute, attributesInBlock, attributesInInode } from './attributes.ts';
import { type Extent, extentsOf } from './extents.ts';
import { bg, de, i, inodeFlag, kindBits, kinds, blockBytes as linkBytes, plainInodeBytes, rootInode } from './layout.ts';
import { type Geometry, readGeometry } from './superblock.ts';

export type { Attribute } from './attributes.ts';

export interface Node {
  readonly inode: number;
  readonly kind: (typeof kinds)[number][1];
  /** Permissions, and what else chmod(2) sets. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly links: number;
  readonly sizeBytes: number;
  /** Since 1970. */
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
}

/** Bytes of a file that were written: where in it, and where on the disk. */
export interface Piece {
  readonly at: number;
  readonly bytes: number;
  readonly from: number;
}

export class Ext4 {
  readonly #source: Source;
  readonly #geometry: Geometry;
  /** What files have been said to have, all together. */
  #told = 0;

  /** Throws Damage or Unsupported. */
  constructor(source: Source) {
    this.#source = source;
    this.#geometry = readGeometry(source);
  }

  get root(): Node {
    return this.node(rootInode);
  }

  /** How many files there can be. */
  get inodes(): number {
    return this.#geometry.inodes;
  }

  node(inode: number): Node {
    const view = viewOf(this.#inode(inode));
    const word = (at: number): number => view.getUint16(at, true);
    const kind = kinds.find(([bits]) => bits === (word(i.mode) & kindBits))?.[1];
    if (kind === undefined) throw new Damage(`the inode ${inode} is of no kind`);
    const flags = view.getUint32(i.flags, true);
    if ((flags & (inodeFlag.encrypt | inodeFlag.inlineData)) !== 0)
      throw new Unsupported(`the inode ${inode} is encrypted, or has its contents within`);
    const sizeBytes = view.getUint32(i.sizeLo, true) + view.getUint32(i.sizeHigh, true) * 2 ** 32;
    if (!Number.isSafeInteger(sizeBytes)) throw new Damage(`the inode ${inode} has ${sizeBytes} bytes`);
    return {
      ...{ inode, kind, mode: word(i.mode) & 0o7777, links: word(i.linksCount), sizeBytes },
      ...{ uid: word(i.uid) + word(i.uidHigh) * 2 ** 16, gid: word(i.gid) + word(i.gidHigh) * 2 ** 16 },
      ...{ atimeNs: this.#time(view, i.atime, i.atimeExtra), mtimeNs: this.#time(view, i.mtime, i.mtimeExtra) },
    };
  }

  /** What is in a directory, but for itself and what it is in. Names are bytes. */
  *entries({ inode, sizeBytes }: Node): Generator<{ readonly name: Uint8Array; readonly inode: number }> {
    const { blockBytes } = this.#geometry;
    for (const { bytes, from } of this.pieces({ inode, sizeBytes }))
      for (let done = 0; done < bytes; done += blockBytes) yield* entriesIn(this.#read(from + done, blockBytes));
  }

  /** Where a symbolic link leads: bytes. */
  target({ inode, sizeBytes }: Node): Uint8Array {
    const bytes = this.#inode(inode);
    if ((viewOf(bytes).getUint32(i.flags, true) & inodeFlag.extents) === 0) {
      if (sizeBytes >= linkBytes) throw new Damage(`the link of inode ${inode} is ${sizeBytes} bytes long`);
      return bytes.slice(i.block, i.block + sizeBytes);
    }
    const [piece] = [...this.pieces({ inode, sizeBytes })];
    if (piece === undefined || piece.at !== 0 || sizeBytes > this.#geometry.blockBytes)
      throw new Damage(`the link of inode ${inode} leads nowhere`);
    return this.#read(piece.from, sizeBytes);
  }

  /** Ascending; what is in none of them reads as zeros. */
  *pieces({ inode, sizeBytes }: Pick<Node, 'inode' | 'sizeBytes'>): Generator<Piece> {
    const { blockBytes, blocks } = this.#geometry;
    for (const extent of this.#extents(inode)) {
      this.#told += extent.blocks;
      if (extent.start + extent.blocks > blocks || this.#told > blocks)
        throw new Damage(`the inode ${inode} has more blocks than there are`);
      const at = extent.first * blockBytes;
      const bytes = Math.min(extent.blocks * blockBytes, sizeBytes - at);
      if (bytes > 0 && !extent.isUnwritten) yield { at, bytes, from: extent.start * blockBytes };
    }
  }

  /** Reads of the disk where a piece says. */
  readInto(from: number, into: Uint8Array): void {
    this.#source.readInto(from, into);
  }

  attributes({ inode }: Node): readonly Attribute[] {
    const bytes = this.#inode(inode);
    const view = viewOf(bytes);
    const own = bytes.length > plainInodeBytes ? bytes.subarray(plainInodeBytes + this.#extraBytes(view)) : bytes.subarray(bytes.length);
    const block = view.getUint32(i.fileAclLo, true) + view.getUint16(i.fileAclHigh, true) * 2 ** 32;
    return [...attributesInInode(own), ...(block === 0 ? [] : attributesInBlock(this.#block(block)))];
  }

  #extents(inode: number): Iterable<Extent> {
    const bytes = this.#inode(inode);
    if ((viewOf(bytes).getUint32(i.flags, true) & inodeFlag.extents) === 0) throw new Unsupported(`the inode ${inode} has no extents`);
    return extentsOf(bytes.subarray(i.block, i.block + linkBytes), (number) => this.#block(number));
  }

  /** Seconds with a sign, and two bits more for them below the nanoseconds. */
  #time(view: DataView, at: number, extraAt: number): bigint {
    const seconds = BigInt(view.getInt32(at, true));
    if (view.byteLength <= plainInodeBytes || plainInodeBytes + this.#extraBytes(view) < extraAt + 4) return seconds * 1_000_000_000n;
    const extra = view.getUint32(extraAt, true);
    return (seconds + BigInt(extra & 3) * 2n ** 32n) * 1_000_000_000n + BigInt(extra >>> 2);
  }

  /** Of an inode's own fields behind the first 128 bytes. */
  #extraBytes(view: DataView): number {
    const extra = view.getUint16(i.extraIsize, true);
    if (plainInodeBytes + extra > view.byteLength) throw new Damage(`an inode has ${extra} bytes more`);
    return extra;
  }

  #inode(number: number): Uint8Array {
    const { inodes, inodesPerGroup, inodeBytes, descriptorsAt, descriptorBytes, blocks, blockBytes } = this.#geometry;
    if (number < 1 || number > inodes) throw new Damage(`there is no inode ${number}`);
    const group = Math.floor((number - 1) / inodesPerGroup);
    const descriptor = viewOf(this.#read(descriptorsAt + group * descriptorBytes, descriptorBytes));
    const high = descriptorBytes < 64 ? 0 : descriptor.getUint32(bg.inodeTableHi, true);
    const table = descriptor.getUint32(bg.inodeTableLo, true) + high * 2 ** 32;
    if (table >= blocks) throw new Damage(`the inodes of group ${group} lie beyond its end`);
    return this.#read(table * blockBytes + ((number - 1) % inodesPerGroup) * inodeBytes, inodeBytes);
  }

  #block(number: number): Uint8Array {
    const { blocks, blockBytes } = this.#geometry;
    if (number >= blocks) throw new Damage(`there is no block ${number}`);
    return this.#read(number * blockBytes, blockBytes);
  }

  #read(at: number, bytes: number): Uint8Array {
    const into = new Uint8Array(bytes);
    this.#source.readInto(at, into);
    return into;
  }
}

/** What a tree of hashes has in a directory looks like entries without an inode. */
function* entriesIn(block: Uint8Array): Generator<{ readonly name: Uint8Array; readonly inode: number }> {
  const view = viewOf(block);
  for (let at = 0; at < block.length; ) {
    const room = at + de.name <= block.length ? view.getUint16(at + de.recLen, true) : 0;
    if (room < de.name || at + room > block.length) throw new Damage('an entry of a directory lies beyond its block');
    const [inode, nameBytes] = [view.getUint32(at + de.inode, true), view.getUint8(at + de.nameLen)];
    if (de.name + nameBytes > room) throw new Damage('a name in a directory lies beyond its entry');
    const name = block.slice(at + de.name, at + de.name + nameBytes);
    if (inode !== 0 && !isDots(name)) yield { name, inode };
    at += room;
  }
}

/** `.` and `..`. */
const isDots = (name: Uint8Array): boolean => name.length > 0 && name.length <= 2 && name.every((byte) => byte === 0x2e);
