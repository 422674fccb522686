/**
 * Staged values: known (their bits exist while code is emitted) or live (their bits exist when the code runs). Integers of up to 32 bits
 * are held in an i32, of up to 64 bits in an i64, always extended with zeros.
 */

export type Ty = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

/** An offset from where the part of linear memory begins that is the processor's own. */
export interface Home {
  readonly home: number;
}

/** What a value is made of, after its arguments are on the stack: bytes of code, the function to be called, or the offset of an access. */
export type Code = readonly (number | Home | { readonly call: string })[];

/** An unsigned number: a bigint where it has more than 32 bits. */
export type Bits = number | bigint;

const nothing: readonly never[] = [];

/** What may have a local. Whoever makes code notes here how often it is still looked at, and which local it has: -1 for none. */
export class Owner {
  readonly ty: Ty;
  /** Width in bits. */
  readonly w: number;
  uses = 0;
  local = -1;

  constructor(ty: Ty, w: number) {
    this.ty = ty;
    this.w = w;
  }
}

export class Val extends Owner {
  /** Its bits where they are known. */
  readonly known: Bits | undefined;
  readonly code: Code;
  readonly args: readonly Val[];
  /** Whether it has to be made where it stands: it reads what may change. */
  readonly isPinned: boolean;
  /** Noted likewise: the last statement that looks at it, and whether it is made where it stands, and has a local from there on; else it is where it is used. */
  site = 0;
  isApart = false;

  constructor(ty: Ty, w: number, known: Bits | undefined, code: Code = nothing, args: readonly Val[] = nothing, isPinned = false) {
    super(ty, w);
    this.known = known;
    this.code = code;
    this.args = args;
    this.isPinned = isPinned;
  }

  /** Whether it is the same thing at another width. */
  get isName(): boolean {
    return this.code.length === 0 && this.known === undefined && !this.isPinned;
  }
}

/** Something that changes while the function runs: a local. */
export class Variable extends Owner {
  /** Noted likewise: the next statement that sets it. */
  nextSet = 0;
}

/** What a variable is when it is looked at. */
export class VariableRead extends Val {
  readonly variable: Variable;
  constructor(variable: Variable) {
    super(variable.ty, variable.w, undefined, nothing, nothing, true);
    this.variable = variable;
  }
}

const masks: readonly bigint[] = Array.from({ length: 129 }, (_, w) => (1n << BigInt(w)) - 1n);

/** Of up to 128 bits. */
export const maskOf = (w: number): bigint => masks[w] ?? (1n << BigInt(w)) - 1n;

export const typeOf = (w: number): Ty => (w <= 32 ? 'i32' : w <= 64 ? 'i64' : 'v128');

/** The low bits of a number, which may be negative. */
const bitsOf = (w: number, number: Bits): Bits => {
  if (w > 32) return BigInt.asUintN(w, BigInt(number));
  const low = typeof number === 'number' ? number : Number(BigInt.asUintN(32, number));
  return w === 32 ? low >>> 0 : low & (2 ** w - 1);
};

/** Small numbers of 32 and 64 bits, which are made once: nobody notes anything of what is known. */
const shared: readonly [(Val | undefined)[], (Val | undefined)[]] = [new Array(8192), new Array(8192)];

export const known = (w: number, bits: Bits): Val => {
  if ((w !== 32 && w !== 64) || typeof bits === 'bigint' || bits < 0 || bits >= 8192) return new Val(typeOf(w), w, bitsOf(w, bits));
  const small = shared[w === 32 ? 0 : 1];
  const found = small[bits] ?? new Val(typeOf(w), w, bitsOf(w, bits));
  small[bits] = found;
  return found;
};
