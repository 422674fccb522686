/** What is given with what is to begin, what firmware tells of the machine, and why it doesn't fit into that. */
import type { Range } from '../layout.ts';

export interface Module {
  readonly bytes: Uint8Array;
  /** Its name, and what is said to it: in UTF-8. */
  readonly words: Uint8Array;
}

export interface Given {
  /** In UTF-8. */
  readonly commandLine: Uint8Array;
  readonly modules: readonly Module[];
}

/** A range of addresses that firmware tells of, with what it is: ACPI Specification 6.5, table 15.3. */
export interface Told extends Range {
  readonly kind: number;
}

export const Kind = { memory: 1, reserved: 2 } as const;

export interface PixelWish {
  /** 0: whatever; so of the others. */
  readonly width: number;
  readonly height: number;
  readonly depth: number;
}

/** A picture of pixels in memory. */
export interface Pixels extends PixelWish {
  readonly at: number;
  /** Bytes from one line to the next. */
  readonly pitch: number;
}

/** What firmware tells of a machine, or would. */
export interface Surveyed {
  /** In order. */
  readonly ranges: readonly Told[];
  /** Where the pointer to the ACPI tables is, and its bytes. */
  readonly rsdp: { readonly at: number; readonly bytes: Uint8Array } | undefined;
  /** Has the screen show pixels, as wished or as it can. Undefined where nobody has placed its memory. */
  show(wish: PixelWish): Pixels | undefined;
}

/** Where the memory ends in which kernels and what is given with them lie: that above 1 MiB. */
export const roomEnd = ({ ranges }: Surveyed): number =>
  ranges.find(({ begin, end, kind }) => kind === Kind.memory && begin <= 2 ** 20 && end > 2 ** 20)?.end ?? 0;

export interface Misfit {
  readonly misfit: 'command line' | 'modules' | 'memory' | 'place';
  /** Bytes, of the command line or of memory, that there may be or should be; modules; where it wants to be and there is none. */
  readonly bytes: number;
}
