/** Where handlers and translations look first for a page: its entry in the table of one kind of access. */
import type { Access, Whose } from '../../spec/binding.ts';
import type { Stage, Val } from '../../stage/index.ts';
import { Layout, Tlb } from './memory.ts';

export interface Entry {
  readonly at: Val;
  readonly table: number;
  /** How far into its page an address is: less than a page's bytes where the entry is that page's. */
  readonly within: Val;
}

/** `tlb`: State.tlb, of 32 bits. */
export const entryOf = (x: Stage, tlb: Val, linear: Val, access: Access): Entry => {
  // The page's number, shifted as far as entries are long.
  const index = x.and(x.shr(x.truncate(linear, 32), Tlb.pageBits - 4), x.known(32, (Tlb.entries - 1) << 4));
  const at = x.add(index, tlb);
  const table = access === 'read' ? Layout.readable : Layout.writable;
  return { at, table, within: x.sub(linear, x.load(64, at, { home: table })) };
};

/** Place in linear memory of what an entry leads to, of 32 bits. */
export const placeIn = (x: Stage, { at, table, within }: Entry): Val =>
  x.add(x.load(32, at, { home: table + Tlb.Entry.place }), x.truncate(within, 32));

/** Whether bytes are all in a page that is known, and where they are then. What is the supervisor's is in the first tables. */
export const foundIn = (
  x: Stage,
  tlb: Val,
  {
    linear,
    access,
    whose,
    bytes,
  }: { readonly linear: Val; readonly access: 'read' | 'write'; readonly whose: Whose; readonly bytes: number },
): { readonly isKnown: Val; readonly place: Val } => {
  const entry = entryOf(x, whose === 'system' ? x.known(32, 0) : tlb, linear, access);
  return { isKnown: x.ltu(entry.within, x.known(64, 4096 - bytes + 1)), place: placeIn(x, entry) };
};
