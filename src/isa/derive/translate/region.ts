/** What is translated at once: blocks that lead to each other. */
import type { Mode, Placed } from '../interpret/predecode.ts';

export interface RegionBlock {
  /** Its first record, and the address it begins at. */
  readonly record: number;
  readonly start: bigint;
  /** Number of the linear page it is in. */
  readonly page: bigint;
  readonly placed: readonly Placed[];
}

export interface Region {
  /** Each has its own address. */
  readonly blocks: readonly RegionBlock[];
  /** Numbers of those that it shall be entered at: at their first instructions, when they are paid. */
  readonly entrances: readonly number[];
  /** A record of its own, for `Visits`. */
  readonly record: number;
  readonly mode: Mode;
  /** Of the code segment; of no meaning in 64-bit mode. */
  readonly limit: number;
}

/** In the region's own record: the record that led to another region last, or 0 (4 bytes), how often it was entered (4), and how many instructions it ran (8). */
export const Visits = { next: 4, count: 8, instructions: 16 } as const;

/** In a record that leads to a region, which its handler is given: the number of the entrance, and how many instructions were paid; of 4 bytes each. */
export const Entrance = { number: 8, paid: 12 } as const;
