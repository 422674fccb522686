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

export class Val {
  readonly ty: Ty;
  /** Width in bits. */
  readonly w: number;
  /** Its bits, as an unsigned number, where they are known. */
  readonly known: bigint | undefined;
  readonly code: Code;
  readonly args: readonly Val[];
  /** Whether it has to be made where it stands: it reads what may change. */
  readonly isPinned: boolean;

  constructor(ty: Ty, w: number, known: bigint | undefined, code: Code = [], args: readonly Val[] = [], isPinned = false) {
    this.ty = ty;
    this.w = w;
    this.known = known;
    this.code = code;
    this.args = args;
    this.isPinned = isPinned;
  }
}

export const maskOf = (w: number): bigint => (1n << BigInt(w)) - 1n;

export const typeOf = (w: number): Ty => (w <= 32 ? 'i32' : w <= 64 ? 'i64' : 'v128');

export const known = (w: number, bits: bigint | number): Val => new Val(typeOf(w), w, BigInt.asUintN(w, BigInt(bits)));
