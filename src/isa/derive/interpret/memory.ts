/** Where the interpreter has its tables in linear memory, by bytes. */
import { State } from '../../runtime/state.ts';

/** Entries of 16 bytes, by the low bits of the page's number: linear address of the page (8), its place (4). */
const entries = 1024;
const jumps = 4096;

/** Of one kind of access. */
const table = 16 * entries;

/** From where a processor's own part of linear memory begins: each has one, the first at 0, one behind the other. */
export const Layout = {
  state: 0,
  /** Pages that may be read, and pages that may be written, by the supervisor; three more such pairs follow: `Tlb`. State.tlb tells which of them counts. */
  readable: State.size,
  writable: State.size + table,
  /** Records of blocks by the address where they begin, of the supervisor and of users: entries of 16 bytes: linear address (8), record (4). */
  jumps: State.size + 8 * table,
  end: State.size + 8 * table + 2 * 16 * jumps,
} as const;

/** From one processor's own part to the next one's, and where the last one's ends: what is memory, for handlers, lies behind. */
export const Homes = { each: 2 ** 19, end: 2 ** 24 } as const;

export const Jumps = { entries: jumps, entryBytes: 16, userOffset: 16 * jumps } as const;

export const Tlb = {
  entries,
  entryBytes: 16,
  /** From the supervisor's pair of tables to the users', to the supervisor's while SMAP is lifted, and to those of users whose alignment is checked. */
  userOffset: 2 * table,
  liftedOffset: 4 * table,
  alignedOffset: 6 * table,
  pageBits: 12,
} as const;

/** The page of an entry that has none, below 4 GiB: one whose entry is another, so no address that comes here is in it. */
export const invalidPage = (entry: number): number => (entry ^ 1) << Tlb.pageBits;
