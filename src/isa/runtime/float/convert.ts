/** Between formats and integers: SDM Vol. 1, 4.8.3.5 and appendix E.4.2.2. */
import { Mxcsr } from '../state.ts';
import { isSignalling } from './arithmetic.ts';
import { double, type Environment, type Format, infinity, type Rounding, shifted, single, zero } from './format.ts';

/** To the other format. A NaN keeps the highest bits of its fraction. */
export const convert = (on: Environment, from: Format, bits: bigint): bigint => {
  const to = from === single ? double : single;
  const parts = on.apart(from, bits);
  if (parts.kind === 'nan') {
    if (isSignalling(parts)) on.raise(Mxcsr.ie);
    const up = BigInt(double.precision - single.precision);
    const fraction = BigInt.asUintN(from.precision - 1, bits) | (1n << BigInt(from.precision - 2));
    return infinity(to, parts.sign) | (to === double ? fraction << up : fraction >> up);
  }
  if (parts.kind === 'infinite') return infinity(to, parts.sign);
  if (parts.isDenormal) {
    on.raise(Mxcsr.de);
    if (!on.isMasked(Mxcsr.de)) return 0n;
  }
  return parts.significand === 0n ? zero(to, parts.sign) : on.round(to, parts.sign, parts.significand, parts.exponent);
};

export const fromInteger = (on: Environment, format: Format, value: bigint): bigint =>
  value === 0n ? 0n : on.round(format, value < 0n ? 1 : 0, value < 0n ? -value : value, 0);

/** The integer indefinite where it doesn't fit. */
export const toInteger = (on: Environment, format: Format, bits: bigint, w: number, rounding: Rounding): bigint => {
  const parts = on.apart(format, bits);
  const least = -(1n << BigInt(w - 1));
  if (parts.kind === 'finite') {
    const { value, isInexact } = shifted(parts.significand, -parts.exponent, parts.sign, rounding);
    const integer = parts.sign === 1 ? -value : value;
    if (integer >= least && integer < -least) {
      if (isInexact) on.raise(Mxcsr.pe);
      return integer;
    }
  }
  on.raise(Mxcsr.ie);
  return least;
};
