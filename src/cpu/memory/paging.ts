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

/** Bits of entries, at every level: SDM Vol. 3A, tables 5-4 to 5-20. */
const Entry = { present: 1n, writable: 2n, user: 4n, accessed: 32n, dirty: 64n, large: 128n, global: 256n } as const;
const noExecute = 1n << 63n;
/** Physical addresses have 40 bits here; those above are reserved in entries. */
export const physicalBits = 40;
const addressMask = ((1n << BigInt(physicalBits)) - 1n) & ~0xfffn;

/** Levels from the top: how far the index is shifted, of how many bits it is. */
interface Shape {
  readonly levels: readonly { readonly shift: number; readonly bits: number; readonly mayBeLarge: boolean }[];
  readonly entryBytes: 4 | 8;
}

const level = (shift: number, bits: number, mayBeLarge = false): Shape['levels'][number] => ({ shift, bits, mayBeLarge });
const long = [level(39, 9), level(30, 9, true), level(21, 9, true), level(12, 9)] as const;
const shapes = {
  legacy: { levels: [level(22, 10), level(12, 10)], entryBytes: 4 },
  pse: { levels: [level(22, 10, true), level(12, 10)], entryBytes: 4 },
  pae: { levels: [level(30, 2), level(21, 9, true), level(12, 9)], entryBytes: 8 },
  four: { levels: long, entryBytes: 8 },
  five: { levels: [level(48, 9), ...long], entryBytes: 8 },
} as const satisfies Record<string, Shape>;
type ShapeName = keyof typeof shapes;

const shapeOf = ({ cr4, efer }: Paging): ShapeName => {
  if ((efer & Efer.lma) !== 0) return (cr4 & Cr4.la57) !== 0 ? 'five' : 'four';
  if ((cr4 & Cr4.pae) !== 0) return 'pae';
  return (cr4 & Cr4.pse) !== 0 ? 'pse' : 'legacy';
};

/** Translates, and marks what was used and written. A number is the error code of the page fault. */
export const translate = (paging: Paging, memory: Physical, linear: bigint, access: Access, isUser: boolean): Translation | number => {
  if ((paging.cr0 & Cr0.pg) === 0) return { physical: Number(linear & 0xffff_ffffn), isWritable: true, isGlobal: false, pageBits: 12 };
  return new Walk(paging, memory, linear, access, isUser).run();
};

class Walk {
  readonly #paging: Paging;
  readonly #memory: Physical;
  readonly #linear: bigint;
  readonly #access: Access;
  readonly #isUser: boolean;
  readonly #name: ShapeName;
  readonly #shape: Shape;

  constructor(paging: Paging, memory: Physical, linear: bigint, access: Access, isUser: boolean) {
    this.#paging = paging;
    this.#memory = memory;
    this.#linear = linear;
    this.#access = access;
    this.#isUser = isUser;
    this.#name = shapeOf(paging);
    this.#shape = shapes[this.#name];
  }

  run(): Translation | number {
    const { levels, entryBytes } = this.#shape;
    let table = Number(this.#paging.cr3 & addressMask);
    // The four entries of PAE's top are 32-byte aligned: SDM Vol. 3A, table 5-7.
    if (this.#name === 'pae') table = Number(this.#paging.cr3 & 0xffff_ffe0n);
    let [isWritable, isUser, mayExecute] = [true, true, true];
    const used: { readonly at: number; readonly entry: bigint }[] = [];
    for (const [depth, { shift, bits, mayBeLarge }] of levels.entries()) {
      const index = Number((this.#linear >> BigInt(shift)) & ((1n << BigInt(bits)) - 1n));
      const at = table + index * entryBytes;
      const entry = this.#read(at);
      if ((entry & Entry.present) === 0n) return this.#fault(0);
      const isTop = this.#name === 'pae' && depth === 0;
      const isLeaf = depth === levels.length - 1 || (mayBeLarge && (entry & Entry.large) !== 0n);
      if (this.#hasReserved(entry, { isTop, isLeaf, isLarge: isLeaf && depth < levels.length - 1, mayBeLarge, shift }))
        return this.#fault(FaultBit.present | FaultBit.reserved);
      if (!isTop) {
        isWritable &&= (entry & Entry.writable) !== 0n;
        isUser &&= (entry & Entry.user) !== 0n;
        mayExecute &&= (entry & noExecute) === 0n;
        used.push({ at, entry });
      }
      if (isLeaf) return this.#leaf({ used, shift, isWritable, isUser, mayExecute });
      table = Number(entry & addressMask);
    }
    throw new Error('a walk has no end');
  }

  #leaf({ used, shift, isWritable, isUser, mayExecute }: Leaf): Translation | number {
    const { cr0, cr4, efer, isAlignmentChecked } = this.#paging;
    const access = this.#access;
    const mustRespect = this.#isUser || (cr0 & Cr0.wp) !== 0;
    const isAllowed =
      (this.#isUser ? isUser : true) &&
      (access !== 'write' || isWritable || !mustRespect) &&
      (access !== 'execute' || mayExecute || (efer & Efer.nxe) === 0) &&
      !(access === 'execute' && !this.#isUser && isUser && (cr4 & Cr4.smep) !== 0) &&
      !(access !== 'execute' && !this.#isUser && isUser && (cr4 & Cr4.smap) !== 0 && !isAlignmentChecked);
    if (!isAllowed) return this.#fault(FaultBit.present);
    for (const [depth, { at, entry }] of used.entries()) {
      const isLast = depth === used.length - 1;
      const marked = entry | Entry.accessed | (isLast && access === 'write' ? Entry.dirty : 0n);
      if (marked !== entry) this.#write(at, marked);
    }
    const last = used.at(-1)?.entry ?? 0n;
    const offset = this.#linear & ((1n << BigInt(shift)) - 1n);
    const isDirty = access === 'write' || (last & Entry.dirty) !== 0n;
    return {
      physical: Number((this.#frame(last, shift) & ~((1n << BigInt(shift)) - 1n)) | offset),
      isWritable: isDirty && (isWritable || !mustRespect),
      isGlobal: (last & Entry.global) !== 0n && (cr4 & Cr4.pge) !== 0,
      pageBits: shift,
    };
  }

  /** PSE-36 has bits 32 to 39 of a large page's frame in bits 13 to 20: SDM Vol. 3A, table 5-4. */
  #frame(entry: bigint, shift: number): bigint {
    if (this.#name === 'pse' && shift === 22) return (entry & 0xffc0_0000n) | (((entry >> 13n) & 0xffn) << 32n);
    return entry & addressMask;
  }

  #hasReserved(entry: bigint, { isTop, isLarge, mayBeLarge, isLeaf, shift }: EntryKind): boolean {
    if (this.#shape.entryBytes === 4) return isLarge && (entry & (1n << 21n)) !== 0n;
    const tooHigh = ((1n << 52n) - 1n) & ~((1n << BigInt(physicalBits)) - 1n);
    if ((entry & tooHigh) !== 0n) return true;
    if ((this.#paging.efer & Efer.nxe) === 0 && (entry & noExecute) !== 0n) return true;
    if (this.#name === 'pae' && (entry & (0x7ffn << 52n)) !== 0n) return true;
    if (isTop) return (entry & (0x1e6n | noExecute)) !== 0n;
    if (isLarge) return (entry & (((1n << BigInt(shift)) - 1n) & ~0x1fffn)) !== 0n;
    return !isLeaf && !mayBeLarge && (entry & Entry.large) !== 0n;
  }

  #fault(bits: number): number {
    const { cr4, efer } = this.#paging;
    const tellsFetch = (efer & Efer.nxe) !== 0 || (cr4 & Cr4.smep) !== 0;
    return (
      bits |
      (this.#access === 'write' ? FaultBit.write : 0) |
      (this.#isUser ? FaultBit.user : 0) |
      (this.#access === 'execute' && tellsFetch ? FaultBit.fetch : 0)
    );
  }

  #read(at: number): bigint {
    return this.#shape.entryBytes === 4 ? BigInt(this.#memory.read32(at)) : this.#memory.read64(at);
  }

  #write(at: number, entry: bigint): void {
    if (this.#shape.entryBytes === 4) this.#memory.write32(at, Number(entry));
    else this.#memory.write64(at, entry);
  }
}

interface Leaf {
  readonly used: readonly { readonly at: number; readonly entry: bigint }[];
  readonly shift: number;
  readonly isWritable: boolean;
  readonly isUser: boolean;
  readonly mayExecute: boolean;
}

interface EntryKind {
  readonly isTop: boolean;
  readonly isLeaf: boolean;
  readonly isLarge: boolean;
  readonly mayBeLarge: boolean;
  readonly shift: number;
}
