/** Extended attributes, as listxattr(2) and getxattr(2) would give them. */
import { Damage } from '../damage.ts';
import { textOf, viewOf } from '../numbers.ts';
import { attributeBlockHeader, attributeMagic, e, prefixes } from './layout.ts';

export interface Attribute {
  readonly name: string;
  readonly value: Uint8Array;
}

/** Those behind an inode's own fields. */
export const attributesInInode = (rest: Uint8Array): readonly Attribute[] => {
  if (rest.length < 4 || viewOf(rest).getUint32(0, true) !== attributeMagic) return [];
  const entries = rest.subarray(4);
  return [...read(entries, 0, entries)];
};

/** Those in a block of their own. Throws Damage. */
export const attributesInBlock = (block: Uint8Array): readonly Attribute[] => {
  if (viewOf(block).getUint32(0, true) !== attributeMagic) throw new Damage('a block of extended attributes has no magic');
  return [...read(block, attributeBlockHeader, block)];
};

/** `values`: what the places of values are counted in. */
function* read(entries: Uint8Array, from: number, values: Uint8Array): Generator<Attribute> {
  const view = viewOf(entries);
  for (let at = from; at + 4 <= entries.length && view.getUint32(at, true) !== 0; ) {
    if (at + e.name > entries.length) throw new Damage('an extended attribute lies beyond its block');
    const nameBytes = view.getUint8(at + e.nameLen);
    const [place, bytes] = [view.getUint16(at + e.valueOffs, true), view.getUint32(at + e.valueSize, true)];
    const end = at + e.name + nameBytes;
    if (end > entries.length || place + bytes > values.length || view.getUint32(at + e.valueInum, true) !== 0)
      throw new Damage('an extended attribute lies beyond its block');
    const prefix = prefixes[view.getUint8(at + e.nameIndex)];
    const value = values.slice(place, place + bytes);
    const name = `${prefix}${textOf(entries.subarray(at + e.name, end))}`;
    if (prefix !== undefined) yield { name, value: prefix.includes('posix_acl') ? aclOf(value) : value };
    at = end + (-end & 3);
  }
}

/** Tags of entries that name a user or a group: linux include/uapi/linux/posix_acl.h. */
const named: ReadonlySet<number> = new Set([0x02, 0x08]);
const nobody = 0xffff_ffff;

/** Of the form that it has on a disk (fs/ext4/acl.h, version 1, ids where there are any) the form that programs see (posix_acl_xattr.h, version 2). */
const aclOf = (stored: Uint8Array): Uint8Array => {
  const view = viewOf(stored);
  if (stored.length < 4 || view.getUint32(0, true) !== 1) throw new Damage('an access control list has another version');
  const entries: (readonly [tag: number, permissions: number, id: number])[] = [];
  for (let at = 4; at < stored.length; ) {
    const isNamed = at + 4 <= stored.length && named.has(view.getUint16(at, true));
    const end = at + (isNamed ? 8 : 4);
    if (end > stored.length) throw new Damage('an access control list ends within an entry');
    entries.push([view.getUint16(at, true), view.getUint16(at + 2, true), isNamed ? view.getUint32(at + 4, true) : nobody]);
    at = end;
  }
  const acl = new DataView(new ArrayBuffer(4 + 8 * entries.length));
  acl.setUint32(0, 2, true);
  for (const [index, [tag, permissions, id]] of entries.entries()) {
    acl.setUint16(4 + 8 * index, tag, true);
    acl.setUint16(6 + 8 * index, permissions, true);
    acl.setUint32(8 + 8 * index, id, true);
  }
  return new Uint8Array(acl.buffer);
};
