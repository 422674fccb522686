/** Between formats and integers: SDM Vol. 1, 4.8.3.5 and appendix E.4.2.2. */
import { Mxcsr } from '../state.ts';
import { invalid } from './arithmetic.ts';
import { Environment, type Format, half, infinity, isSignalling, partsOf, type Rounding, single, zero } from './format.ts';

/** To another format. A NaN keeps the highest bits of its fraction. */
export const convert = (on: Environment, from: Format, to: Format, bits: bigint): bigint => {
  const parts = on.apart(from, bits);
  switch (parts.kind) {
    case 'nan': {
      if (isSignalling(parts)) on.raise(Mxcsr.ie);
      return infinity(to, parts.sign) | fractionOf(from, to, bits | (1n << BigInt(from.precision - 2)));
    }
    case 'infinite':
      return infinity(to, parts.sign);
    case 'unsupported':
      return invalid(on, to);
    case 'finite':
      if (parts.isDenormal && on.tellsDenormal(from)) {
        on.raise(Mxcsr.de);
        if (!on.isMasked(Mxcsr.de)) return 0n;
      }
      return parts.significand === 0n ? zero(to, parts.sign) : on.round(to, parts.sign, parts.significand, parts.exponent);
  }
};

/** SDM Vol. 2C, VCVTPS2PH: bit 2 of the immediate leaves the rounding to MXCSR, whose FZ counts for nothing. */
export const toHalf = (on: Environment, bits: bigint, how: number): bigint => {
  const { mxcsr } = on;
  const rounding = (how & 4) !== 0 ? mxcsr & Mxcsr.rc : (how & 3) << 13;
  on.mxcsr = (mxcsr & ~(Mxcsr.rc | Mxcsr.fz)) | rounding;
  const result = convert(on, single, half, bits);
  on.mxcsr = (mxcsr & Mxcsr.control) | (on.mxcsr & Mxcsr.flags);
  return result;
};

/** Of a format with more bits, the same number; nothing is told. A signalling NaN stays one. */
export const widened = (from: Format, to: Format, bits: bigint): bigint => {
  const parts = partsOf(from, bits);
  if (parts.kind === 'nan') return infinity(to, parts.sign) | fractionOf(from, to, bits);
  const exact = new Environment(Mxcsr.masks);
  return convert(exact, from, to, bits);
};

const fractionOf = (from: Format, to: Format, bits: bigint): bigint => {
  const fraction = BigInt.asUintN(from.precision - 1, bits);
  const up = to.precision - from.precision;
  return up > 0 ? fraction << BigInt(up) : fraction >> BigInt(-up);
};

export const fromInteger = (on: Environment, format: Format, value: bigint): bigint =>
  value === 0n ? 0n : on.round(format, value < 0n ? 1 : 0, value < 0n ? -value : value, 0);

/** The integer indefinite where it doesn't fit. */
export const toInteger = (on: Environment, format: Format, bits: bigint, w: number, rounding: Rounding): bigint => {
  const parts = on.apart(format, bits);
  const least = -(1n << BigInt(w - 1));
  if (parts.kind === 'finite') {
    const { value, isInexact } = on.shifted(parts.significand, -parts.exponent, parts.sign, rounding);
    const integer = parts.sign === 1 ? -value : value;
    if (integer >= least && integer < -least) {
      if (isInexact) on.raise(Mxcsr.pe);
      return integer;
    }
  }
  on.raise(Mxcsr.ie);
  on.isRoundedUp = false;
  return least;
};
