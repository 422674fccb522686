/** Extended attributes that name user ids themselves, as they must be in a copy whose owners are shifted. */

/** Attributes that name ids themselves. */
export const shiftedAttributes = ['security.capability', 'system.posix_acl_access', 'system.posix_acl_default'] as const;

export const shiftAttribute = (name: string, value: Uint8Array, shift: number): Uint8Array => {
  if (name === 'security.capability') return shiftCapability(value, shift);
  return name.startsWith('system.posix_acl_') ? shiftAcl(value, shift) : value;
};

/** Entries of a POSIX access control list that name a user or a group: linux include/uapi/linux/posix_acl.h, ACL_USER and ACL_GROUP. */
const named: ReadonlySet<number> = new Set([0x02, 0x08]);

/** After a version of 4 bytes, entries of 8: tag, permissions, id: posix_acl_xattr.h. */
export const shiftAcl = (value: Uint8Array, shift: number): Uint8Array => {
  const shifted = Uint8Array.from(value);
  const view = new DataView(shifted.buffer);
  for (let at = 4; at + 8 <= shifted.length; at += 8)
    if (named.has(view.getUint16(at, true))) view.setUint32(at + 4, view.getUint32(at + 4, true) + shift, true);
  return shifted;
};

/**
 * File capabilities count only in the user namespace whose root is named in them; revision 2 names the host's, so a shifted copy
 * needs revision 3: capabilities(7), "File capability extended attribute versioning".
 */
export const shiftCapability = (value: Uint8Array, shift: number): Uint8Array => {
  const old = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const revision = old.getUint32(0, true) >>> 24;
  if (shift === 0 || (revision !== 2 && revision !== 3)) return value;
  const rootId = (revision === 3 ? old.getUint32(20, true) : 0) + shift;
  const shifted = new Uint8Array(rootId === 0 ? 20 : 24);
  shifted.set(value.subarray(0, 20));
  const view = new DataView(shifted.buffer);
  view.setUint32(0, (((rootId === 0 ? 2 : 3) << 24) | (old.getUint32(0, true) & 0xff_ffff)) >>> 0, true);
  if (rootId !== 0) view.setUint32(20, rootId, true);
  return shifted;
};
