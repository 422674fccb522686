/**
 * A predecoded instruction in linear memory, as the interpreter's handlers read it: 64 bytes, one after the other for the instructions of a
 * block. The first says how many follow, the last ends the block.
 */
export const Record = {
  /** Its place in the table of handlers. */
  handler: 0,
  /** Places of registers in the state. */
  reg: 4,
  rm: 8,
  vvvv: 12,
  base: 16,
  index: 20,
  /** How far the index is shifted; a byte. */
  shift: 24,
  /** How many high bits an offset does not have, of 64; a byte. */
  cut: 25,
  /** How offsets become linear addresses: `Way`; a byte. */
  way: 26,
  /** Place of the segment in the state. */
  segment: 28,
  displacement: 32,
  /** First immediate, extended; or where a relative branch leads; or the place of a further register: the one that an immediate or VSIB names. */
  immediate: 40,
  other: 40,
  /** The second; of an x87 instruction its opcode. */
  second: 48,
  /** Length in bytes. */
  length: 50,
  /** Instructions from this one to the end of the block. */
  left: 51,
  /** Record of the block where the branch leads, once that is known. */
  link: 52,
  /** Address of the next instruction. */
  next: 56,
  size: 64,
} as const;

/** As they are · with the base of the segment · with its base, limit and rights. */
export const Way = { flat: 0, based: 1, checked: 2 } as const;

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
} as const;

/** Places in the table of what is no instruction: the beginning and the end of a block, the way in, and what takes the place of all where code was written. */
export const Plain = { begin: 0, end: 1, run: 2, stale: 3, nm: 4, ud: 5 } as const;
