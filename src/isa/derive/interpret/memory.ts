/** Where the interpreter has its tables in linear memory, by bytes. */
import { State } from '../../runtime/state.ts';

/** Entries of 16 bytes, by the low bits of the page's number: linear address of the page (8), its place (4). */
const entries = 1024;

export const Layout = {
  state: 0,
  /** Pages that may be read, and pages that may be written. */
  readable: State.size,
  writable: State.size + 16 * entries,
  end: State.size + 32 * entries,
} as const;

export const Tlb = {
  entries,
  entryBytes: 16,
  pageBits: 12,
  /** A page of an entry that has none: not canonical, so nothing is at most a page above it. */
  invalid: 0x0100_0000_0000_0000n,
} as const;
