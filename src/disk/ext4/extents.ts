/** Where the bytes of a file lie: a tree of extents, whose root is in its inode. */
import { Damage } from '../damage.ts';
import { viewOf } from '../numbers.ts';
import { deepest, ee, eh, ei, extentMagic, unwritten } from './layout.ts';

export interface Extent {
  /** Blocks of the file, and of the file system. */
  readonly first: number;
  readonly blocks: number;
  readonly start: number;
  /** Room that nothing was written to: it reads as zeros. */
  readonly isUnwritten: boolean;
}

/** Ascending. `block` reads one of the file system's. Throws Damage. */
export function* extentsOf(root: Uint8Array, block: (number: number) => Uint8Array): Generator<Extent> {
  let next = 0;
  for (const extent of walk(root, block, undefined)) {
    if (extent.first < next) throw new Damage(`an extent begins at the block ${extent.first} of its file, where another one lies`);
    next = extent.first + extent.blocks;
    yield extent;
  }
}

function* walk(node: Uint8Array, block: (number: number) => Uint8Array, expected: number | undefined): Generator<Extent> {
  const view = viewOf(node);
  const [entries, depth] = [view.getUint16(eh.entries, true), view.getUint16(eh.depth, true)];
  if (view.getUint16(eh.magic, true) !== extentMagic) throw new Damage('a node of extents has no magic');
  if (depth > deepest || (expected !== undefined && depth !== expected)) throw new Damage(`a node of extents is ${depth} deep`);
  // A hostile tree of nodes that have nothing would be walked for years.
  if ((entries + 1) * eh.bytes > node.length || (entries === 0 && expected !== undefined))
    throw new Damage(`a node of extents has ${entries} of them`);
  for (let at = eh.bytes; at < (entries + 1) * eh.bytes; at += eh.bytes) {
    if (depth > 0)
      yield* walk(block(view.getUint32(at + ei.leafLo, true) + view.getUint16(at + ei.leafHi, true) * 2 ** 32), block, depth - 1);
    else yield extentAt(view, at);
  }
}

const extentAt = (view: DataView, at: number): Extent => {
  const length = view.getUint16(at + ee.len, true);
  const isUnwritten = length > unwritten;
  const blocks = isUnwritten ? length - unwritten : length;
  if (blocks === 0) throw new Damage('an extent has no blocks');
  const start = view.getUint32(at + ee.startLo, true) + view.getUint16(at + ee.startHi, true) * 2 ** 32;
  return { first: view.getUint32(at + ee.block, true), blocks, start, isUnwritten };
};
