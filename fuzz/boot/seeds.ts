/** The smallest file of each kind that is begun with. */

/** Little-endian words of 1, 2, 4 or 8 bytes at offsets; the rest is zeros. */
const made = (bytes: number, fields: readonly (readonly [at: number, bytes: 1 | 2 | 4 | 8, value: number])[]): Uint8Array => {
  const file = new Uint8Array(bytes);
  const view = new DataView(file.buffer);
  for (const [at, width, value] of fields)
    if (width === 8) view.setBigUint64(at, BigInt(value), true);
    else if (width === 4) view.setUint32(at, value, true);
    else if (width === 2) view.setUint16(at, value, true);
    else view.setUint8(at, value);
  return file;
};

const elfMagic = 0x464c_457f;
const at = 0x10_0000;

/** With a segment and a note of this owner; the note's text is behind its three words. */
const elf32 = (owner: number, kind: number, value: number): Uint8Array =>
  made(0x200, [
    ...([
      [0, 4, elfMagic],
      [4, 1, 1],
      [5, 1, 1],
      [18, 2, 3],
      [24, 4, at],
      [28, 4, 0x40],
      [42, 2, 32],
      [44, 2, 2],
    ] as const),
    ...([
      [0x40, 4, 1],
      [0x44, 4, 0x100],
      [0x4c, 4, at],
      [0x50, 4, 0x100],
      [0x54, 4, 0x400],
    ] as const),
    ...([
      [0x60, 4, 4],
      [0x64, 4, 0x80],
      [0x70, 4, 24],
      [0x74, 4, 24],
    ] as const),
    ...([
      [0x80, 4, 4],
      [0x84, 4, 4],
      [0x88, 4, kind],
      [0x8c, 4, owner],
      [0x90, 4, value],
    ] as const),
  ]);

/** Six letters take eight bytes: "Linux" with its zero. */
const vmlinux = made(0x200, [
  ...([
    [0, 4, elfMagic],
    [4, 1, 2],
    [5, 1, 1],
    [18, 2, 62],
    [24, 8, at],
    [32, 8, 0x40],
    [54, 2, 56],
    [56, 2, 2],
  ] as const),
  ...([
    [0x40, 4, 1],
    [0x48, 8, 0x100],
    [0x58, 8, at],
    [0x60, 8, 0x100],
    [0x68, 8, 0x400],
  ] as const),
  ...([
    [0x78, 4, 4],
    [0x80, 8, 0xc0],
    [0x98, 8, 28],
    [0xa0, 8, 28],
  ] as const),
  ...([
    [0xc0, 4, 6],
    [0xc4, 4, 4],
    [0xc8, 4, 0x100],
    [0xcc, 4, 0x756e_694c],
    [0xd0, 4, 0x78],
  ] as const),
]);

const multiboot = made(0x200, [
  ...([
    [0, 4, 0x1bad_b002],
    [4, 4, 0x1_0003],
    [8, 4, 2 ** 32 - 0x1bad_b002 - 0x1_0003],
  ] as const),
  ...([
    [12, 4, at],
    [16, 4, at],
    [20, 4, at + 0x200],
    [24, 4, at + 0x800],
    [28, 4, at + 0x30],
  ] as const),
]);

const multiboot2 = made(0x200, [
  ...([
    [0, 4, 0xe852_50d6],
    [8, 4, 0x68],
    [12, 4, 2 ** 32 - 0xe852_50d6 - 0x68],
  ] as const),
  ...([
    [0x10, 2, 2],
    [0x14, 4, 24],
    [0x18, 4, at],
    [0x1c, 4, at],
    [0x20, 4, at + 0x200],
    [0x24, 4, at + 0x800],
  ] as const),
  ...([
    [0x28, 2, 3],
    [0x2c, 4, 12],
    [0x30, 4, at + 0x80],
  ] as const),
  ...([
    [0x38, 2, 1],
    [0x3c, 4, 16],
    [0x40, 4, 6],
    [0x44, 4, 9],
  ] as const),
  ...([
    [0x48, 2, 5],
    [0x4c, 4, 20],
    [0x50, 4, 640],
    [0x54, 4, 480],
    [0x58, 4, 32],
  ] as const),
  ...([
    [0x60, 2, 0],
    [0x64, 4, 8],
  ] as const),
]);

const kernel = made(0x800, [
  ...([
    [0x1f1, 1, 1],
    [0x1fe, 2, 0xaa55],
    [0x200, 1, 0xeb],
    [0x201, 1, 0x6a],
    [0x202, 4, 0x5372_6448],
    [0x206, 2, 0x20f],
  ] as const),
  ...([
    [0x211, 1, 1],
    [0x214, 4, at],
    [0x22c, 4, 0x7fff_ffff],
    [0x230, 4, 0x20_0000],
    [0x236, 2, 1],
    [0x238, 4, 2047],
  ] as const),
  ...([
    [0x248, 4, 0x40],
    [0x24c, 4, 0x80],
    [0x258, 8, at],
    [0x260, 4, 0x2000],
  ] as const),
]);

const xen = 0x006e_6558;
export const seeds: readonly Uint8Array[] = [elf32(xen, 18, at + 0x20), vmlinux, multiboot, multiboot2, kernel];

/** What their heads are sensitive to. */
export const words: readonly Uint8Array[] = [
  ...[
    0,
    1,
    2,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0xffff_fff0,
    at,
    at - 1,
    0x30_0000,
    0x1bad_b002,
    0xe852_50d6,
    0x5372_6448,
    elfMagic,
  ].map((word) => made(4, [[0, 4, word]])),
  made(8, [
    [0, 4, 0xffff_f000],
    [4, 4, 0xffff_ffff],
  ]),
  made(2, [[0, 2, 0xffff]]),
];
