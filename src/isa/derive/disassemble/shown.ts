/** What an instruction's operands are, before one syntax or the other writes them. */

export type Syntax = 'intel' | 'att';

export type Shown = RegisterShown | OneShown | ImmediateShown | MemoryShown | TargetShown | FarShown;

export interface RegisterShown {
  readonly kind: 'register';
  readonly name: string;
}

export interface ImmediateShown {
  readonly kind: 'immediate';
  /** Unsigned, cut to the width it is extended to. */
  readonly value: bigint;
}

/** The 1 that the opcode implies. */
export interface OneShown {
  readonly kind: 'one';
}

export interface MemoryShown {
  readonly kind: 'memory';
  /** Bits of what is there; 0 where nothing is read or written. */
  readonly bits: number;
  /** Named by a prefix, or always written. */
  readonly segment: string | undefined;
  readonly base: string | undefined;
  readonly index: string | undefined;
  /** What the index is multiplied by; undefined where the address has no such thing: 16 bits. */
  readonly scale: number | undefined;
  readonly displacement: bigint;
  readonly hasDisplacement: boolean;
  readonly isRipRelative: boolean;
  /** Bits of an address that stands alone. */
  readonly width: number;
  /** Whether a register of it makes the instruction #UD. */
  readonly isBad?: boolean;
}

/** Where a relative branch leads. */
export interface TargetShown {
  readonly kind: 'target';
  readonly address: bigint;
}

/** Selector and offset in the code. */
export interface FarShown {
  readonly kind: 'far';
  readonly selector: bigint;
  readonly offset: bigint;
}

export const hex = (value: bigint): string => `0x${value.toString(16)}`;

/** With its sign before it. */
export const signedHex = (value: bigint): string => (value < 0n ? `-${hex(-value)}` : hex(value));
