/** What one instruction of the manual is: its rows, and what it does. */
import type { Val } from '../stage/index.ts';
import type { FeatureName } from './feature.ts';
import type { Form } from './row.ts';
import type { X } from './vocabulary.ts';

export interface Op {
  /** Its mnemonic, as Intel writes it; some have one for each operand size, condition or address size. */
  readonly name: string | ((form: Form, size: number, condition: number, address: number) => string);
  /** Where the manual has it: volume and name of its page. */
  readonly sdm: string;
  readonly rows: readonly string[];
  /** What CPUID must tell for it to be there: none where every processor has it. */
  readonly feature?: FeatureName | ((form: Form) => FeatureName);
  /** Flags it leaves undefined, by their letters o s z a p c; what we do then is what processors do, where they agree. */
  readonly undefinedFlags?: string;
  /** Those of them that some processors set as we do, and others leave as they were. */
  readonly unlikeFlags?: string;
  /** Bytes of its operand in memory that processors fill each their own way, at an operand size: from where, and how many. */
  unlikeBytes?(size: number): readonly (readonly [from: number, bytes: number])[];
  /** Bits of the x87 status word in which processors differ. */
  readonly unlikeStatus?: number;
  /** Within which results may differ between processors: of approximations. */
  readonly relativeError?: number;
  /** Whether it is made of its destination, too: VEX names that source apart. */
  readonly isCombining?: boolean;
  /** The manual's Operation section. Asks for changes of registers and flags, which are made when it is through; memory is written at once, after whatever may fault. */
  run(x: X, ...operands: readonly Operand[]): void;
}

/** Keeps the type of each op in a family's table. */
export const op = (one: Op): Op => one;

/** The same, where there is this feature. */
export const needing = (feature: FeatureName, ...ops: readonly Op[]): readonly Op[] => ops.map((one) => ({ ...one, feature }));

export interface Operand {
  /** Bits. */
  readonly w: number;
  get(): Val;
  /** Asks for a change, which is made where the claim holds. */
  set(value: Val, claim?: Val): void;
  /** Reads, and writes what is made of that: one address, checked for writing before anything changes. Returns the old and the new value. */
  update(make: (old: Val) => Val): readonly [old: Val, made: Val];
  /** What lies so many bytes further, a signed number; itself where it is a register. */
  beyond(bytes: Val): Operand;
  /** Offset in its segment, where it is in memory: as wide as addresses are. */
  address(): Val;
  /** Of 256 bits, which are read and set by halves of 128. */
  readonly halves?: Halves;
}

export interface Halves {
  get(): readonly [low: Val, high: Val];
  set(low: Val, high: Val): void;
}

/** a - b, a + b, and a itself, of which CF and OF are clear. */
export type FlagOperation = 'difference' | 'sum' | 'logical';

/** What becomes of the flags; those not named stay as they are. Thunks: made only where somebody looks. */
export interface FlagUpdate {
  /** ZF, SF and PF are those of this result. */
  readonly result?: Val;
  /** CF, AF and OF are those of a sum or difference with these carries, or borrows, out of each bit. */
  readonly carries?: () => Val;
  /** Where all follows from one operation of two numbers, or of the result alone: which it is. Derivations may keep the numbers instead. */
  readonly of?: { readonly operation: FlagOperation; readonly a: Val; readonly b: Val };
  readonly c?: () => Val;
  /** Whether `c` is CF as it is: derivations may look at it later. */
  readonly keepsCarry?: boolean;
  readonly o?: () => Val;
  readonly a?: () => Val;
  readonly z?: () => Val;
  readonly s?: () => Val;
  readonly p?: () => Val;
}

export type FlagName = 'c' | 'p' | 'a' | 'z' | 's' | 'o';

/** Faults an instruction may raise by itself: SDM Vol. 3A, table 6-1. */
export const Vector = {
  de: 0,
  db: 1,
  bp: 3,
  of: 4,
  br: 5,
  ud: 6,
  nm: 7,
  ts: 10,
  np: 11,
  ss: 12,
  gp: 13,
  pf: 14,
  mf: 16,
  ac: 17,
  xm: 19,
} as const;
export type FaultName = keyof typeof Vector;
