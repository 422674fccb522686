/** Numbers of ELF files: System V ABI, "Object Files" and "Program Loading"; linux include/uapi/linux/elf.h and elf-em.h. */

export const magic = [0x7f, 0x45, 0x4c, 0x46] as const;

/** Where the fields of a header are, in bytes; those of 64-bit files where they differ. */
export const header = {
  class: 4,
  data: 5,
  machine: 18,
  phoff32: 28,
  phoff64: 32,
  phentsize32: 42,
  phentsize64: 54,
  phnum32: 44,
  phnum64: 56,
} as const;
export const is64 = 2;
export const isLittleEndian = 1;

/** Where the fields of a program header are. */
export const segment = { type: 0, offset32: 4, offset64: 8, size32: 16, size64: 32 } as const;
/** Names the program that loads this one: PT_INTERP. */
export const interpreter = 3;

/** Processors by what `process.arch` calls them; those of 32 bits run on their successors. */
export const machines = {
  ia32: 3,
  mips: 8,
  ppc64: 21,
  s390x: 22,
  arm: 40,
  x64: 62,
  arm64: 183,
  riscv64: 243,
  loong64: 258,
} as const;
