/** Floating-point numbers apart and together again: SDM Vol. 1, 4.8. */
import { Mxcsr } from '../state.ts';

export interface Format {
  readonly w: 32 | 64;
  /** Bits of the significand, the hidden one too. */
  readonly precision: number;
  /** Exponents of the smallest and largest normal number. */
  readonly least: number;
  readonly greatest: number;
}

export const single: Format = { w: 32, precision: 24, least: -126, greatest: 127 };
export const double: Format = { w: 64, precision: 53, least: -1022, greatest: 1023 };

/** significand × 2^exponent, of a finite one; the significand of zero is 0. */
export interface Finite {
  readonly kind: 'finite';
  readonly sign: 0 | 1;
  readonly significand: bigint;
  readonly exponent: number;
  readonly isDenormal: boolean;
}

export type Parts =
  | Finite
  | { readonly kind: 'infinite'; readonly sign: 0 | 1 }
  | { readonly kind: 'nan'; readonly sign: 0 | 1; readonly isSignalling: boolean };

/** Rounds nearest, down, up or towards zero, as RC counts them. */
export type Rounding = 0 | 1 | 2 | 3;

/** What MXCSR asks for, and the exceptions that come up. */
export class Environment {
  mxcsr: number;

  constructor(mxcsr: number) {
    this.mxcsr = mxcsr;
  }

  get rounding(): Rounding {
    return ((this.mxcsr >> 13) & 3) as Rounding;
  }

  raise(flags: number): void {
    this.mxcsr |= flags;
  }

  isMasked(flag: number): boolean {
    return (this.mxcsr & (flag << 7)) !== 0;
  }

  /** A denormal is zero where MXCSR says so. */
  apart(format: Format, bits: bigint): Parts {
    const parts = partsOf(format, bits);
    if (parts.kind === 'finite' && parts.isDenormal && (this.mxcsr & Mxcsr.daz) !== 0)
      return { ...parts, significand: 0n, isDenormal: false };
    return parts;
  }

  /** A nonzero number in a format, rounded; `significand`'s lowest bit may stand for all that is below it. */
  round(format: Format, sign: 0 | 1, significand: bigint, exponent: number): bigint {
    const { precision, least, greatest } = format;
    const top = exponent + significand.toString(2).length - 1;
    // As if exponents had no end: SDM Vol. 1, 4.9.1.5.
    const endless = shifted(significand, top - precision + 1 - exponent, sign, this.rounding);
    const isTiny = top < least - 1 || (top === least - 1 && endless.value >> BigInt(precision) === 0n);
    const quantum = Math.max(top, least) - precision + 1;
    const { value, isInexact } = shifted(significand, quantum - exponent, sign, this.rounding);
    if (isTiny) {
      if (!this.isMasked(Mxcsr.ue)) {
        this.raise(Mxcsr.ue | (endless.isInexact ? Mxcsr.pe : 0));
        return 0n;
      }
      if ((this.mxcsr & Mxcsr.fz) !== 0) {
        this.raise(Mxcsr.ue | Mxcsr.pe);
        return zero(format, sign);
      }
      if (isInexact) this.raise(Mxcsr.ue);
    }
    if (isInexact) this.raise(Mxcsr.pe);
    const isCarried = value >> BigInt(precision) !== 0n;
    const reached = Math.max(top, least) + (isCarried ? 1 : 0);
    if (reached > greatest) return this.#overflow(format, sign, isInexact);
    // The hidden bit counts the exponent up by one; a denormal has none.
    return together(format, sign, (BigInt(reached - least) << BigInt(precision - 1)) + (isCarried ? value >> 1n : value));
  }

  #overflow(format: Format, sign: 0 | 1, isInexact: boolean): bigint {
    this.raise(Mxcsr.oe | (this.isMasked(Mxcsr.oe) || isInexact ? Mxcsr.pe : 0));
    const { rounding } = this;
    const isInfinite = rounding === 0 || rounding === (sign === 1 ? 1 : 2);
    return infinity(format, sign) - (isInfinite ? 0n : 1n);
  }
}

/** Divided by 2^by and rounded to an integer. */
export const shifted = (
  significand: bigint,
  by: number,
  sign: 0 | 1,
  rounding: Rounding,
): { readonly value: bigint; readonly isInexact: boolean } => {
  if (by <= 0) return { value: significand << BigInt(-by), isInexact: false };
  const value = significand >> BigInt(by);
  const rest = significand - (value << BigInt(by));
  const half = 1n << BigInt(by - 1);
  const isUp = [rest > half || (rest === half && (value & 1n) === 1n), sign === 1 && rest > 0n, sign === 0 && rest > 0n, false][rounding];
  return { value: isUp ? value + 1n : value, isInexact: rest > 0n };
};

export const partsOf = ({ w, precision, least, greatest }: Format, bits: bigint): Parts => {
  const sign = Number(bits >> BigInt(w - 1)) as 0 | 1;
  const fraction = BigInt.asUintN(precision - 1, bits);
  const biased = Number(BigInt.asUintN(w - precision, bits >> BigInt(precision - 1)));
  if (biased === 2 * greatest + 1)
    return fraction === 0n ? { kind: 'infinite', sign } : { kind: 'nan', sign, isSignalling: fraction >> BigInt(precision - 2) === 0n };
  const isDenormal = biased === 0 && fraction !== 0n;
  const significand = biased === 0 ? fraction : fraction | (1n << BigInt(precision - 1));
  return { kind: 'finite', sign, significand, exponent: Math.max(biased, 1) - 1 + least - precision + 1, isDenormal };
};

const together = ({ w }: Format, sign: 0 | 1, magnitude: bigint): bigint => (BigInt(sign) << BigInt(w - 1)) | magnitude;

export const zero = (format: Format, sign: 0 | 1): bigint => together(format, sign, 0n);

export const infinity = (format: Format, sign: 0 | 1): bigint =>
  together(format, sign, BigInt(2 * format.greatest + 1) << BigInt(format.precision - 1));

export const quiet = ({ precision }: Format, bits: bigint): bigint => bits | (1n << BigInt(precision - 2));

/** The QNaN floating-point indefinite. */
export const indefinite = (format: Format): bigint => quiet(format, infinity(format, 1));
