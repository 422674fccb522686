/** Page tables as handlers read them, on a walk to operands or to code: SDM Vol. 3A, 5.3 to 5.5. */
import { State } from '../../runtime/state.ts';
import type { Stage, Val } from '../../stage/index.ts';

/** Bits of entries; numbers of bits that decide how tables are walked. */
export const Entry = { present: 1, writable: 2, user: 4, accessed: 32, dirty: 64, large: 128, global: 256 } as const;
export const Cr0 = { pg: 31 } as const;
export const Cr4 = { pse: 4, pae: 5, pge: 7, smap: 21 } as const;
export const Efer = { lma: 10, nxe: 11 } as const;

/** A table's entries: how far the address is shifted for the number of one, of how many bits that is, and how many of its own one has. */
export interface Level {
  readonly shift: number;
  readonly bits: number;
  readonly w: 32 | 64;
}

/** Of the four of PAE. */
export const pointers: Level = { shift: 30, bits: 2, w: 64 };

/** Where they are. */
export const pointersAt = (x: Stage, cr3: Val): Val => x.and(cr3, x.known(32, ~0x1f));

/** Whether one of PAE's four is there, with nothing reserved; they say nothing of rights and are not marked: table 5-8. */
export const isPointer = (x: Stage, entry: Val): Val => {
  const reserved = 0x1e6;
  return x.eq(x.and(entry, x.known(64, 0xffff_ffff_0000_0000n | BigInt(reserved | Entry.present))), x.known(64, Entry.present));
};

/** What an entry leads to, of its lower half. */
export const pageOf = (x: Stage, entry: Val): Val => x.and(entry, x.known(32, ~0xfff));

/** Of a physical address, of 32 bits. */
export const isMemory = (x: Stage, at: Val): Val => x.ltu(x.sub(at, state(x, State.walkedFrom)), state(x, State.walked));

/** The entry of a linear address in the table at a physical one. Tables are where memory is. */
export const entryIn = (
  x: Stage,
  {
    linear,
    table,
    level: { shift, bits, w },
    leaveUnless,
  }: {
    readonly linear: Val;
    readonly table: Val;
    readonly level: Level;
    leaveUnless(claim: Val): void;
  },
): Val => {
  const number = x.and(x.truncate(x.shr(linear, shift), 32), x.known(32, 2 ** bits - 1));
  const at = x.add(table, x.shl(number, w === 64 ? 3 : 2));
  leaveUnless(isMemory(x, at));
  return x.load(w, x.add(at, state(x, State.walkedPlace)));
};

const state = (x: Stage, offset: number): Val => x.load(32, x.known(32, 0), { home: offset });
