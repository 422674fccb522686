/** From linear to physical addresses: SDM Vol. 3A, chapter 5 ("Paging"). */

import { Cr0, Cr4, Efer } from '../control/bits.ts';

export { Cr0, Cr4, Efer };

/** What of control registers, EFER and flags decides. */
export interface Paging {
  readonly cr0: number;
  readonly cr3: bigint;
  readonly cr4: number;
  readonly efer: number;
  /** EFLAGS.AC: lifts SMAP. */
  readonly isAlignmentChecked: boolean;
}

export type Access = 'read' | 'write' | 'execute';

/** Physical memory, as the walk needs it: little endian, at physical addresses. What isn't memory reads as ones. */
export interface Physical {
  read32(at: number): number;
  read64(at: number): bigint;
  write32(at: number, value: number): void;
  write64(at: number, value: bigint): void;
}

export interface Translation {
  /** Physical address of the byte. */
  readonly physical: number;
  /** Whether a write may go there without a further walk: it is allowed, and its page is marked as written. */
  readonly isWritable: boolean;
  readonly isGlobal: boolean;
  /** Low bits of the address that its page takes. */
  readonly pageBits: number;
}

/** Bits of a page fault's error code: SDM Vol. 3A, figure 5-12. */
export const FaultBit = { present: 1, write: 2, user: 4, reserved: 8, fetch: 16 } as const;

/** Bits of the low halves of entries, at every level: SDM Vol. 3A, tables 5-4 to 5-20. */
const Entry = { present: 1, writable: 2, user: 4, accessed: 32, dirty: 64, large: 128, global: 256 } as const;
/** Of the high half. */
const noExecute = 0x8000_0000;
/** Physical addresses have 40 bits here; those above are reserved in entries. */
export const physicalBits = 40;
const addressHigh = 2 ** (physicalBits - 32) - 1;
/** Of the high half: those up to bit 51 that no address has. */
const tooHigh = 0xf_ffff & ~addressHigh;
const mostLevels = 5;

/** Levels from the top: how far the index is shifted, of how many bits it is. */
interface Shape {
  readonly name: 'legacy' | 'pse' | 'pae' | 'four' | 'five';
  readonly levels: readonly { readonly shift: number; readonly bits: number; readonly mayBeLarge: boolean }[];
  readonly entryBytes: 4 | 8;
}

const level = (shift: number, bits: number, mayBeLarge = false): Shape['levels'][number] => ({ shift, bits, mayBeLarge });
const long = [level(39, 9), level(30, 9, true), level(21, 9, true), level(12, 9)] as const;
const shapes = {
  legacy: { name: 'legacy', levels: [level(22, 10), level(12, 10)], entryBytes: 4 },
  pse: { name: 'pse', levels: [level(22, 10, true), level(12, 10)], entryBytes: 4 },
  pae: { name: 'pae', levels: [level(30, 2), level(21, 9, true), level(12, 9)], entryBytes: 8 },
  four: { name: 'four', levels: long, entryBytes: 8 },
  five: { name: 'five', levels: [level(48, 9), ...long], entryBytes: 8 },
} as const satisfies Record<string, Shape>;

const shapeOf = ({ cr4, efer }: Paging): Shape => {
  if ((efer & Efer.lma) !== 0) return (cr4 & Cr4.la57) !== 0 ? shapes.five : shapes.four;
  if ((cr4 & Cr4.pae) !== 0) return shapes.pae;
  return (cr4 & Cr4.pse) !== 0 ? shapes.pse : shapes.legacy;
};

/** Translates, and marks what was used and written. A number is the error code of the page fault. */
export const translate = (paging: Paging, memory: Physical, linear: bigint, access: Access, isUser: boolean): Translation | number => {
  const low = Number(BigInt.asUintN(32, linear));
  if ((paging.cr0 & Cr0.pg) === 0) return { physical: low, isWritable: true, isGlobal: false, pageBits: 12 };
  return walk(paging, memory, { low, high: Number((linear >> 32n) & 0xffff_ffffn), access, isUser });
};

/** A linear address in halves: numbers of 32 bits are far quicker here than one of 64. */
interface Sought {
  readonly low: number;
  readonly high: number;
  readonly access: Access;
  readonly isUser: boolean;
}

/** Entries that the walk under way went through. */
const used = { at: new Float64Array(mostLevels), low: new Int32Array(mostLevels) };

const walk = (paging: Paging, memory: Physical, sought: Sought): Translation | number => {
  const shape = shapeOf(paging);
  const { levels, entryBytes } = shape;
  const isPae = shape.name === 'pae';
  const cr3 = Number(paging.cr3 & 0xff_ffff_ffffn);
  // The four entries of PAE's top are 32-byte aligned: SDM Vol. 3A, table 5-7.
  let table = isPae ? (cr3 & ~0x1f) >>> 0 : cr3 - (cr3 % 4096);
  // What all entries have, and what any has.
  let [all, any] = [-1, 0];
  let depths = 0;
  for (let depth = 0; depth < levels.length; depth++) {
    const { shift, bits, mayBeLarge } = levels[depth] ?? noLevel();
    const at = table + entryBytes * indexOf(sought, shift, bits);
    const low = memory.read32(at);
    const high = entryBytes === 4 ? 0 : memory.read32(at + 4);
    if ((low & Entry.present) === 0) return faultOf(paging, sought, 0);
    const isTop = isPae && depth === 0;
    const isLast = depth === levels.length - 1;
    const isLarge = !isLast && mayBeLarge && (low & Entry.large) !== 0;
    const kind = { isTop, isLarge, mayBeLarge, isLeaf: isLast || isLarge, shift };
    if (hasReserved(shape, paging, low, high, kind)) return faultOf(paging, sought, FaultBit.present | FaultBit.reserved);
    if (!isTop) {
      all &= low;
      any |= high;
      used.at[depths] = at;
      used.low[depths] = low;
      depths++;
    }
    if (kind.isLeaf) return leaf(paging, memory, sought, { shape, shift, depths, all, any, low, high });
    table = (high & addressHigh) * 2 ** 32 + ((low & ~0xfff) >>> 0);
  }
  return noLevel();
};

const noLevel = (): never => {
  throw new Error('a walk has no end');
};

const indexOf = ({ low, high }: Sought, shift: number, bits: number): number => {
  const shifted = shift >= 32 ? high >>> (shift - 32) : (low >>> shift) | (high << (32 - shift));
  return shifted & ((1 << bits) - 1);
};

interface Leaf {
  readonly shape: Shape;
  readonly shift: number;
  /** How many entries were used. */
  readonly depths: number;
  readonly all: number;
  readonly any: number;
  /** The last entry. */
  readonly low: number;
  readonly high: number;
}

const leaf = (paging: Paging, memory: Physical, sought: Sought, found: Leaf): Translation | number => {
  const { cr0, cr4, efer, isAlignmentChecked } = paging;
  const { access, isUser } = sought;
  const { all, any, low, high, shift, depths } = found;
  const [isWritable, isOfUsers] = [(all & Entry.writable) !== 0, (all & Entry.user) !== 0];
  const mustRespect = isUser || (cr0 & Cr0.wp) !== 0;
  const isAllowed =
    (isOfUsers || !isUser) &&
    (access !== 'write' || isWritable || !mustRespect) &&
    (access !== 'execute' || (any & noExecute) === 0 || (efer & Efer.nxe) === 0) &&
    !(access === 'execute' && !isUser && isOfUsers && (cr4 & Cr4.smep) !== 0) &&
    !(access !== 'execute' && !isUser && isOfUsers && (cr4 & Cr4.smap) !== 0 && !isAlignmentChecked);
  if (!isAllowed) return faultOf(paging, sought, FaultBit.present);
  for (let depth = 0; depth < depths; depth++) {
    const entry = used.low[depth] ?? 0;
    const marked = entry | Entry.accessed | (depth === depths - 1 && access === 'write' ? Entry.dirty : 0);
    if (marked !== entry) memory.write32(used.at[depth] ?? 0, marked >>> 0);
  }
  const isDirty = access === 'write' || (low & Entry.dirty) !== 0;
  const pageBytes = 2 ** shift;
  const frame = frameOf(found.shape, low, high, shift);
  return {
    physical: frame - (frame % pageBytes) + (sought.low % pageBytes),
    isWritable: isDirty && (isWritable || !mustRespect),
    isGlobal: (low & Entry.global) !== 0 && (cr4 & Cr4.pge) !== 0,
    pageBits: shift,
  };
};

/** PSE-36 has bits 32 to 39 of a large page's frame in bits 13 to 20: SDM Vol. 3A, table 5-4. */
const frameOf = ({ name }: Shape, low: number, high: number, shift: number): number => {
  const upper = name === 'pse' && shift === 22 ? (low >>> 13) & 0xff : high & addressHigh;
  return upper * 2 ** 32 + ((low & ~0xfff) >>> 0);
};

interface EntryKind {
  readonly isTop: boolean;
  readonly isLarge: boolean;
  readonly mayBeLarge: boolean;
  readonly isLeaf: boolean;
  readonly shift: number;
}

const hasReserved = (
  { name, entryBytes }: Shape,
  { efer }: Paging,
  low: number,
  high: number,
  { isTop, isLarge, mayBeLarge, isLeaf, shift }: EntryKind,
): boolean => {
  if (entryBytes === 4) return isLarge && (low & (1 << 21)) !== 0;
  if ((high & tooHigh) !== 0) return true;
  if ((high & noExecute) !== 0 && (efer & Efer.nxe) === 0) return true;
  // Bits 52 to 62.
  if (name === 'pae' && (high & 0x7ff0_0000) !== 0) return true;
  if (isTop) return (low & 0x1e6) !== 0 || (high & noExecute) !== 0;
  if (isLarge) return (low & ((1 << shift) - 1) & ~0x1fff) !== 0;
  return !isLeaf && !mayBeLarge && (low & Entry.large) !== 0;
};

const faultOf = ({ cr4, efer }: Paging, { access, isUser }: Sought, bits: number): number => {
  const tellsFetch = (efer & Efer.nxe) !== 0 || (cr4 & Cr4.smep) !== 0;
  return (
    bits |
    (access === 'write' ? FaultBit.write : 0) |
    (isUser ? FaultBit.user : 0) |
    (access === 'execute' && tellsFetch ? FaultBit.fetch : 0)
  );
};
