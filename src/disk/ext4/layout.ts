/** What lies where in an ext4: linux v6.1 Documentation/filesystems/ext4, by the names that this has. All numbers are little-endian. */

export const superblock = { at: 1024, bytes: 1024, magic: 0xef53 } as const;

/** Fields of the super block. */
export const s = {
  ...{ inodesCount: 0x00, blocksCountLo: 0x04, firstDataBlock: 0x14, logBlockSize: 0x18, inodesPerGroup: 0x28, magic: 0x38 },
  ...{ revLevel: 0x4c, inodeSize: 0x58, featureIncompat: 0x60, descSize: 0xfe, blocksCountHi: 0x150 },
} as const;

/** Features that whoever doesn't know them can't read it with. */
export const incompat = {
  ...{ compression: 0x1, filetype: 0x2, recover: 0x4, journal_dev: 0x8, meta_bg: 0x10, extents: 0x40, '64bit': 0x80, mmp: 0x100 },
  ...{ flex_bg: 0x200, ea_inode: 0x400, dirdata: 0x1000, csum_seed: 0x2000, largedir: 0x4000, inline_data: 0x8000, encrypt: 0x10000 },
  casefold: 0x20000,
} as const;

/** Fields of a group's descriptor, of 32 bytes or, with 64bit, of more. */
export const bg = { inodeTableLo: 0x08, inodeTableHi: 0x28 } as const;

/** Fields of an inode; those from `extraIsize` on are there where it is larger than `plainInodeBytes`, and so far as that says. */
export const i = {
  ...{ mode: 0x00, uid: 0x02, sizeLo: 0x04, atime: 0x08, mtime: 0x10, gid: 0x18, linksCount: 0x1a, flags: 0x20, block: 0x28 },
  ...{
    fileAclLo: 0x68,
    sizeHigh: 0x6c,
    fileAclHigh: 0x76,
    uidHigh: 0x78,
    gidHigh: 0x7a,
    extraIsize: 0x80,
    mtimeExtra: 0x88,
    atimeExtra: 0x8c,
  },
} as const;
export const plainInodeBytes = 128;
/** Of `block`: an extent tree's root, or where a symbolic link leads. */
export const blockBytes = 60;
export const rootInode = 2;
export const inodeFlag = { encrypt: 0x800, extents: 0x80000, inlineData: 0x1000_0000 } as const;

/** The kind of a file, by what its mode has of that: inode(7). */
export const kinds = [
  [0x1000, 'fifo'],
  [0x2000, 'character'],
  [0x4000, 'directory'],
  [0x6000, 'block'],
  [0x8000, 'file'],
  [0xa000, 'link'],
  [0xc000, 'socket'],
] as const;
export const kindBits = 0xf000;

/** struct ext4_extent_header, ext4_extent and ext4_extent_idx, all of 12 bytes. */
export const eh = { magic: 0x00, entries: 0x02, depth: 0x06, bytes: 12 } as const;
export const extentMagic = 0xf30a;
export const ee = { block: 0x00, len: 0x04, startHi: 0x06, startLo: 0x08 } as const;
export const ei = { block: 0x00, leafLo: 0x04, leafHi: 0x08 } as const;
export const deepest = 5;
/** One of more blocks has so many less of them, and nothing was written to it. */
export const unwritten = 0x8000;

/** struct ext4_dir_entry_2. */
export const de = { inode: 0x00, recLen: 0x04, nameLen: 0x06, name: 0x08 } as const;

/** struct ext4_xattr_header of a block, whose entries begin at 32, or of what is left of an inode, with only a magic before them. */
export const attributeMagic = 0xea02_0000;
export const attributeBlockHeader = 32;
export const e = { nameLen: 0x00, nameIndex: 0x01, valueOffs: 0x02, valueInum: 0x04, valueSize: 0x08, name: 0x10 } as const;
export const prefixes: Readonly<Record<number, string>> = {
  ...{ 1: 'user.', 2: 'system.posix_acl_access', 3: 'system.posix_acl_default', 4: 'trusted.', 6: 'security.', 7: 'system.' },
};
