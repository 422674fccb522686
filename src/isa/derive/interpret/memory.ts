/** Where the interpreter has its tables in linear memory, by bytes. */
import { lowOf } from '../../runtime/halves.ts';
import { State } from '../../runtime/state.ts';

/** Entries of 16 bytes, by the low bits of the page's number: `Tlb.Entry`. */
const entries = 1024;
const jumps = 8192;
/** Pages that code was fetched from, of supervisor and users each. */
const fetched = 2048;
/** Numbers that linear pages are cut to, where handlers fetched from. */
const marks = 32_768;
/** First blocks of all whose addresses are mixed to one number. */
const heads = 32_768;

/** Of one kind of access. */
const table = 16 * entries;
const tables = 8;
/** Physical pages of 4 KiB whose kind is kept, of two bits each: those of 4 GiB. */
const pages = 2 ** 20;

const begin = State.size;
const afterTables = begin + tables * table;
const afterJumps = afterTables + 2 * 16 * jumps;
const afterPages = afterJumps + pages / 4;
const lists = 2 * tables;
const afterCounts = afterPages + lists * 2 * entries + lists * 4;
const afterFetched = afterCounts + 2 * 16 * fetched;
const afterJumpLists = afterFetched + 4 * 2 * jumps;
const afterFetchedLists = afterJumpLists + 4 * 2 * fetched;
const afterMoreCounts = afterFetchedLists + 2 * 4 * 4;
const afterMarks = afterMoreCounts + marks / 8;

/** From where a processor's own part of linear memory begins: each has one, the first at 0, one behind the other. */
export const Layout = {
  state: 0,
  /** Pages that may be read, and pages that may be written, by the supervisor; three more such pairs follow: `Tlb`. State.tlb tells which of them counts. */
  readable: begin,
  writable: begin + table,
  /**
   * Records of blocks by the address where they begin, of the supervisor and of users: entries of 16 bytes: linear address (8), record (4), flags (1). Addresses are
   * mixed with the number of a circumstance, and none has the number 0: an entry of zeros has none.
   */
  jumps: afterTables,
  /** What physical pages are: `PageBit`. */
  pages: afterJumps,
  /** Which entries of each table of pages have something: for each what isn't global, then what is, of as many places of 2 bytes as it has entries. */
  lists: afterPages,
  /** How many each list has, of 4 bytes. */
  counts: afterPages + lists * 2 * entries,
  /** Pages that code was fetched from, by the supervisor and by users: `Fetches`. */
  fetched: afterCounts,
  /** Likewise, lists of entries that jumps and fetched pages have: the supervisor's of what isn't global, and of what is, then users'. */
  jumpLists: afterFetched,
  fetchedLists: afterJumpLists,
  jumpCounts: afterFetchedLists,
  fetchedCounts: afterFetchedLists + 4 * 4,
  /** A bit for each number of a page that handlers fetched from, since any were forgotten. */
  fetchedMarks: afterMoreCounts,
  /** Where chains of blocks begin, by their addresses: records of 4 bytes, 0 of none. */
  heads: afterMarks,
  end: afterMarks + 4 * heads,
} as const;

/** From one processor's own part to the next one's, and where the last one's ends: what is memory, for handlers, lies behind. */
export const Homes = { each: 2 ** 20, end: 2 ** 25 } as const;

/** Addresses of programs in 64-bit mode have fewer bits: with four levels half of them all. */
export const programBits = 47;

/** In the flags of an entry: in which lists it is, and whether what it has is global. */
const Flag = { inLocal: 1, inGlobal: 2, isGlobal: 4 } as const;

export const Jumps = { entries: jumps, entryBytes: 16, userOffset: 16 * jumps, flags: 12 } as const;

/** Entries: linear address of the page and 1, so that zeros are none (8), number of the physical page (4), flags (1). */
export const Fetches = { entries: fetched, entryBytes: 16, userOffset: 16 * fetched, flags: 12, page: 8, valid: 1, marks } as const;

export const Heads = { count: heads } as const;

/** Number of an address's chain. */
export const headOf = (address: bigint): number => {
  const low = lowOf(address);
  return (low ^ (low >>> 15)) & (heads - 1);
};

/** Number of the entry that an address has, if any. */
export const jumpEntryOf = (address: bigint): number => {
  const low = lowOf(address);
  return (low ^ (low >>> 12)) & (jumps - 1);
};

export const Tlb = {
  entries,
  tables,
  entryBytes: 16,
  /** Linear address of the page (8), what is added to the place in a page (4), flags (1), bits of an address that the page it is a piece of takes (1). */
  Entry: { page: 0, place: 8, flags: 12, pageBits: 13 },
  Flag,
  /** From the supervisor's pair of tables to the users', to the supervisor's while SMAP is lifted, and to those of users whose alignment is checked. */
  userOffset: 2 * table,
  liftedOffset: 4 * table,
  alignedOffset: 6 * table,
  pageBits: 12,
} as const;

/** Of a physical page, as far as that is known: it is memory and nobody's registers, and it may be written without a look: there is no code. */
export const PageBit = { memory: 1, writable: 2 } as const;

/** The page of an entry that has none, below 4 GiB: one whose entry is another, so no address that comes here is in it. But for the first, an entry of zeros has none. */
export const invalidPage = (entry: number): number => (entry === 0 ? 1 << Tlb.pageBits : 0);
