/** Floating-point numbers apart and together again: SDM Vol. 1, 4.8. */
import { Mxcsr } from '../state.ts';

export interface Format {
  readonly w: 16 | 32 | 64 | 80;
  /** Bits of the significand, the hidden one too. */
  readonly precision: number;
  /** Whether the significand's highest bit stands in the number, rather than being hidden. */
  readonly hasIntegerBit: boolean;
  /** Exponents of the smallest and largest normal number. */
  readonly least: number;
  readonly greatest: number;
}

export const half: Format = { w: 16, precision: 11, hasIntegerBit: false, least: -14, greatest: 15 };
export const single: Format = { w: 32, precision: 24, hasIntegerBit: false, least: -126, greatest: 127 };
export const double: Format = { w: 64, precision: 53, hasIntegerBit: false, least: -1022, greatest: 1023 };
export const extended: Format = { w: 80, precision: 64, hasIntegerBit: true, least: -16382, greatest: 16383 };

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
  /** Its integer bit is not what its exponent wants: SDM Vol. 1, table 8-3. */
  | { readonly kind: 'unsupported'; readonly sign: 0 | 1 }
  | { readonly kind: 'nan'; readonly sign: 0 | 1; readonly isSignalling: boolean };

/** Rounds nearest, down, up or towards zero, as RC counts them. */
export type Rounding = 0 | 1 | 2 | 3;

/** What MXCSR asks for, and the exceptions that come up. */
export class Environment {
  mxcsr: number;
  /** Whether the last result is greater, but for its sign, than what was rounded. */
  isRoundedUp = false;
  /** Whether an operand was a denormal before it was given here. */
  hasDenormal = false;

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

  /** A denormal is zero where MXCSR says so, but for halves: SDM Vol. 1, 14.4.1. */
  apart(format: Format, bits: bigint): Parts {
    const parts = partsOf(format, bits);
    if (format !== half && parts.kind === 'finite' && parts.isDenormal && (this.mxcsr & Mxcsr.daz) !== 0)
      return { ...parts, significand: 0n, isDenormal: false };
    return parts;
  }

  /** What becomes of operands of which one is no number: the first NaN, quiet, by SDM Vol. 1, table 4-7. Undefined where both are numbers. */
  nanOf(format: Format, a: bigint, b: bigint): bigint | undefined {
    const nans = [a, b].filter((bits) => partsOf(format, bits).kind === 'nan');
    if (nans.some((bits) => isSignalling(partsOf(format, bits)))) this.raise(Mxcsr.ie);
    return nans[0] === undefined ? undefined : quiet(format, nans[0]);
  }

  /** Whether a denormal that is converted is told of. */
  tellsDenormal(from: Format): boolean {
    return from !== half;
  }

  /** Bits that are left of a significand. */
  precisionOf(format: Format): number {
    return format.precision;
  }

  /** What is added to the exponent of a result that is too small, so that it can be told of unmasked; undefined where there is no such result. */
  rebaseOf(_format: Format): number | undefined {
    return undefined;
  }

  /** Divided by 2^by and rounded to an integer. */
  shifted(significand: bigint, by: number, sign: 0 | 1, rounding: Rounding): ReturnType<typeof shifted> {
    const made = shifted(significand, by, sign, rounding);
    this.isRoundedUp = made.isUp;
    return made;
  }

  /** A nonzero number in a format, rounded; `significand`'s lowest bit may stand for all that is below it. */
  round(format: Format, sign: 0 | 1, significand: bigint, exponent: number): bigint {
    const { least, greatest } = format;
    const precision = this.precisionOf(format);
    const top = exponent + bitsOf(significand) - 1;
    // As if exponents had no end: SDM Vol. 1, 4.9.1.5.
    const endless = shifted(significand, top - precision + 1 - exponent, sign, this.rounding);
    const isTiny = top < least - 1 || (top === least - 1 && endless.value >> BigInt(precision) === 0n);
    const rebase = this.rebaseOf(format);
    if (isTiny && !this.isMasked(Mxcsr.ue)) {
      this.raise(Mxcsr.ue);
      if (rebase !== undefined && top + rebase >= least) return this.round(format, sign, significand, exponent + rebase);
      if (rebase !== undefined || endless.isInexact) this.raise(Mxcsr.pe);
      return zero(format, rebase === undefined ? 0 : sign);
    }
    const quantum = Math.max(top, least) - precision + 1;
    const { value, isInexact } = this.shifted(significand, quantum - exponent, sign, this.rounding);
    if (isTiny) {
      if ((this.mxcsr & Mxcsr.fz) !== 0) {
        this.raise(Mxcsr.ue | Mxcsr.pe);
        return zero(format, sign);
      }
      if (isInexact) this.raise(Mxcsr.ue);
    }
    const isCarried = value >> BigInt(precision) !== 0n;
    const reached = Math.max(top, least) + (isCarried ? 1 : 0);
    if (reached > greatest && rebase !== undefined && !this.isMasked(Mxcsr.oe)) {
      this.raise(Mxcsr.oe);
      if (reached - rebase <= greatest) return this.round(format, sign, significand, exponent - rebase);
      this.raise(Mxcsr.pe);
      this.isRoundedUp = true;
      return infinity(format, sign);
    }
    if (isInexact) this.raise(Mxcsr.pe);
    if (reached > greatest) return this.#overflow(format, sign, isInexact);
    const whole = (isCarried ? value >> 1n : value) << BigInt(format.precision - precision);
    return together(format, sign, reached - least, whole);
  }

  #overflow(format: Format, sign: 0 | 1, isInexact: boolean): bigint {
    this.raise(Mxcsr.oe | (this.isMasked(Mxcsr.oe) || isInexact ? Mxcsr.pe : 0));
    const { rounding } = this;
    this.isRoundedUp = rounding === 0 || rounding === (sign === 1 ? 1 : 2);
    if (this.isRoundedUp) return infinity(format, sign);
    const precision = BigInt(this.precisionOf(format));
    const ones = ((1n << precision) - 1n) << (BigInt(format.precision) - precision);
    return together(format, sign, format.greatest - format.least, ones);
  }
}

export const bitsOf = (significand: bigint): number => {
  let [rest, count] = [significand, 0];
  for (; rest > 0xffff_ffffn; rest >>= 32n) count += 32;
  return count + 32 - Math.clz32(Number(rest));
};

export const isSignalling = (parts: Parts): boolean => parts.kind === 'nan' && parts.isSignalling;

/** Divided by 2^by and rounded to an integer. */
export const shifted = (
  significand: bigint,
  by: number,
  sign: 0 | 1,
  rounding: Rounding,
): { readonly value: bigint; readonly isInexact: boolean; readonly isUp: boolean } => {
  if (by <= 0) return { value: significand << BigInt(-by), isInexact: false, isUp: false };
  const value = significand >> BigInt(by);
  const rest = significand - (value << BigInt(by));
  const half = 1n << BigInt(by - 1);
  const isNearer = rest > half || (rest === half && (value & 1n) === 1n);
  const isUp = [isNearer, sign === 1 && rest > 0n, sign === 0 && rest > 0n, false][rounding] ?? false;
  return { value: isUp ? value + 1n : value, isInexact: rest > 0n, isUp };
};

export const partsOf = (format: Format, bits: bigint): Parts =>
  format.hasIntegerBit ? wholePartsOf(format, bits) : hiddenPartsOf(format, bits);

/** SDM Vol. 1, table 8-3. */
const wholePartsOf = ({ w, precision, least, greatest }: Format, bits: bigint): Parts => {
  const sign = Number(bits >> BigInt(w - 1)) as 0 | 1;
  const significand = BigInt.asUintN(precision, bits);
  const biased = Number(bits >> BigInt(precision)) & (2 * greatest + 1);
  const isWhole = significand >> BigInt(precision - 1) === 1n;
  if (biased !== 0 && !isWhole) return { kind: 'unsupported', sign };
  if (biased === 2 * greatest + 1) {
    const fraction = BigInt.asUintN(precision - 1, significand);
    return fraction === 0n ? { kind: 'infinite', sign } : { kind: 'nan', sign, isSignalling: fraction >> BigInt(precision - 2) === 0n };
  }
  const exponent = Math.max(biased, 1) - 1 + least - precision + 1;
  return { kind: 'finite', sign, significand, exponent, isDenormal: biased === 0 && significand !== 0n };
};

const hiddenPartsOf = ({ w, precision, least, greatest }: Format, bits: bigint): Parts => {
  const sign = Number(bits >> BigInt(w - 1)) as 0 | 1;
  const fraction = BigInt.asUintN(precision - 1, bits);
  const biased = Number(BigInt.asUintN(w - precision, bits >> BigInt(precision - 1)));
  if (biased === 2 * greatest + 1)
    return fraction === 0n ? { kind: 'infinite', sign } : { kind: 'nan', sign, isSignalling: fraction >> BigInt(precision - 2) === 0n };
  const isDenormal = biased === 0 && fraction !== 0n;
  const significand = biased === 0 ? fraction : fraction | (1n << BigInt(precision - 1));
  return { kind: 'finite', sign, significand, exponent: Math.max(biased, 1) - 1 + least - precision + 1, isDenormal };
};

/** `reached` is by how much the exponent is above the least. The integer bit counts the exponent up by one; a denormal has none. */
const together = (format: Format, sign: 0 | 1, reached: number, significand: bigint): bigint => {
  const { w, precision, hasIntegerBit } = format;
  const signBit = BigInt(sign) << BigInt(w - 1);
  if (!hasIntegerBit) return signBit | ((BigInt(reached) << BigInt(precision - 1)) + significand);
  const biased = BigInt(reached) + (significand >> BigInt(precision - 1));
  return signBit | (biased << BigInt(precision)) | significand;
};

export const zero = (format: Format, sign: 0 | 1): bigint => together(format, sign, 0, 0n);

export const infinity = (format: Format, sign: 0 | 1): bigint =>
  together(format, sign, 2 * format.greatest, 1n << BigInt(format.precision - 1));

export const quiet = ({ precision }: Format, bits: bigint): bigint => bits | (1n << BigInt(precision - 2));

/** The QNaN floating-point indefinite. */
export const indefinite = (format: Format): bigint => quiet(format, infinity(format, 1));
