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

/** In the record that leads to a region, which its handler is given: how often it was entered (4 bytes), and how many instructions it ran (8). */
export const Visits = { count: 8, instructions: 16 } as const;

export interface Region {
  /** It is entered at the first instruction of the first block, which is paid. */
  readonly blocks: readonly RegionBlock[];
  readonly mode: Mode;
  /** Of the code segment; of no meaning in 64-bit mode. */
  readonly limit: number;
  /** Addresses of blocks to which jumps to any address may lead. */
  readonly targets: ReadonlySet<bigint>;
}
