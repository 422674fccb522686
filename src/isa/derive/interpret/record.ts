/**
 * A predecoded instruction in linear memory, as the interpreter's handlers read it: 48 bytes, one after the other for the instructions of a
 * block. The first says how many follow, the last ends the block. Places are offsets in the state, of 2 bytes.
 */
export const Record = {
  /** Its place in the table of handlers; 2 bytes. */
  handler: 0,
  /** Places of registers. */
  reg: 2,
  rm: 4,
  vvvv: 6,
  base: 8,
  index: 10,
  /** Place of the segment. */
  segment: 12,
  /** How far the index is shifted; a byte. */
  shift: 14,
  /** How many high bits an offset does not have, of 64, a multiple of 16; and in the lowest two bits how offsets become linear addresses: `Way`. A byte. */
  cut: 15,
  displacement: 16,
  /**
   * Of a block's first record, for whoever seeks blocks: a number of the mode it is code in, 2 bytes; its physical page, 4 bytes; 1 and that of the page
   * behind it where it goes on there, else 0, 4 bytes; the next block of its chain, 4 bytes.
   */
  ...{ mode: 2, page: 4, behind: 8, chain: 20 },
  /** Of a block's first record, how often it still leads on before `Exit.hot`; 4 bytes. */
  heat: 16,
  /** First immediate, extended; or where a relative branch leads; or the place of a further register: the one that an immediate or VSIB names. */
  immediate: 24,
  other: 24,
  /** Address of the next instruction. */
  next: 32,
  /** Record of the block where the branch leads, once that is known; 4 bytes. */
  link: 40,
  /** Of a block's first record, the one it goes on with: the second, or one of a translation; 4 bytes. */
  entry: 40,
  /** The second immediate; of an x87 instruction its opcode; 2 bytes. */
  second: 44,
  /** Length in bytes. */
  length: 46,
  /** Instructions from this one to the end of the block. */
  left: 47,
  size: 48,
} as const;

/** As they are · with the base of the segment · with its base, limit and rights. */
export const Way = { flat: 0, based: 1, checked: 2 } as const;
/** Bits of `Way` in Record.cut. */
export const wayBits = 3;

/** Why handlers give control back. */
export const Exit = {
  /** State.fault has a vector; rip is at the instruction. */
  fault: 0,
  /** The block at rip is wanted; State.from has the record that may be linked with it. */
  link: 1,
  /** The same, but for a branch that leads anywhere. */
  jump: 2,
  /** The budget doesn't suffice for the block at rip. */
  budget: 3,
  /** The code at rip was written since it was predecoded. */
  stale: 4,
  /** It waits for an interrupt; rip is behind the instruction. */
  halt: 5,
  /** The block at rip has run often enough; State.from has its first record. */
  hot: 6,
} as const;

/**
 * Places in the table of what is no instruction: the beginning and the end of a block, the way in, and what takes the place of all where code was written. Of blocks of fewer than 64 bits both are in
 * the core of 32 bits.
 */
export const Plain = { begin: 0, end: 1, run: 2, stale: 3, nm: 4, ud: 5, beginFlat: 6, endFlat: 7 } as const;
