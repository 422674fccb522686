/** Products and sums that are rounded once: SDM Vol. 1, 14.5. */

import { Mxcsr } from '../state.ts';
import { invalid, isZero, meetsDenormal } from './arithmetic.ts';
import { type Environment, type Finite, type Format, infinity, isSignalling, type Parts, partsOf, quiet, zero } from './format.ts';

export interface Signs {
  readonly isProductNegated: boolean;
  readonly isAddendNegated: boolean;
}

/** a × b + c. */
export const multiplyAdd = (on: Environment, format: Format, [a, b, c]: readonly [bigint, bigint, bigint], signs: Signs): bigint => {
  const [left, right, addend] = [on.apart(format, a), on.apart(format, b), on.apart(format, c)];
  const sign = ((left.sign ^ right.sign) === 1) !== signs.isProductNegated ? 1 : 0;
  const addendSign = (addend.sign === 1) !== signs.isAddendNegated ? 1 : 0;
  const isUndefined = (isInfinite(left) && isZero(right)) || (isZero(left) && isInfinite(right));
  const nan = nanOf(on, format, [a, b, c]);
  if (nan !== undefined) return nan;
  if (isUndefined) return invalid(on, format);
  const isProductInfinite = isInfinite(left) || isInfinite(right);
  if (isProductInfinite && isInfinite(addend) && sign !== addendSign) return invalid(on, format);
  if (meetsDenormal(on, left, right, addend)) return 0n;
  if (isProductInfinite) return infinity(format, sign);
  if (isInfinite(addend)) return infinity(format, addendSign);
  if (left.kind !== 'finite' || right.kind !== 'finite' || addend.kind !== 'finite') throw new Error('a NaN came through');
  const product = { significand: left.significand * right.significand, exponent: left.exponent + right.exponent };
  const exponent = Math.min(product.exponent, addend.exponent);
  const sum = signed(product, sign, exponent) + signed(addend, addendSign, exponent);
  if (sum !== 0n) return on.round(format, sum < 0n ? 1 : 0, sum < 0n ? -sum : sum, exponent);
  const areZeros = product.significand === 0n && addend.significand === 0n;
  return zero(format, areZeros && sign === addendSign ? sign : on.rounding === 1 ? 1 : 0);
};

const isInfinite = (parts: Parts): boolean => parts.kind === 'infinite';

/** The first that is one, quiet. */
const nanOf = (on: Environment, format: Format, operands: readonly bigint[]): bigint | undefined => {
  const nans = operands.filter((bits) => partsOf(format, bits).kind === 'nan');
  if (nans.some((bits) => isSignalling(partsOf(format, bits)))) on.raise(Mxcsr.ie);
  return nans[0] === undefined ? undefined : quiet(format, nans[0]);
};

const signed = ({ significand, exponent }: Pick<Finite, 'significand' | 'exponent'>, sign: 0 | 1, common: number): bigint =>
  (sign === 1 ? -significand : significand) << BigInt(exponent - common);
