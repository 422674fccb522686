/** Sums, products, quotients, roots, comparisons: SDM Vol. 1, 4.8.3 and 11.5.2. */
import { Mxcsr } from '../state.ts';
import { bitsOf, type Environment, type Finite, type Format, indefinite, infinity, isSignalling, type Parts, zero } from './format.ts';

export const invalid = (on: Environment, format: Format): bigint => {
  on.raise(Mxcsr.ie);
  return indefinite(format);
};

/** Tells of denormal operands; whether that ends the operation. */
export const meetsDenormal = (on: Environment, ...operands: readonly Parts[]): boolean => {
  if (!on.hasDenormal && !operands.some((parts) => parts.kind === 'finite' && parts.isDenormal)) return false;
  on.raise(Mxcsr.de);
  return !on.isMasked(Mxcsr.de);
};

export const isZero = (parts: Parts): boolean => parts.kind === 'finite' && parts.significand === 0n;

/** a + b, or a - b where `minus` is 1. */
export const add = (on: Environment, format: Format, a: bigint, b: bigint, minus: 0 | 1): bigint => {
  const nan = on.nanOf(format, a, b);
  if (nan !== undefined) return nan;
  const [left, right] = [on.apart(format, a), on.apart(format, b)];
  const sign = (right.sign ^ minus) as 0 | 1;
  if (left.kind === 'infinite' && right.kind === 'infinite' && left.sign !== sign) return invalid(on, format);
  if (meetsDenormal(on, left, right)) return 0n;
  if (left.kind === 'infinite') return infinity(format, left.sign);
  if (right.kind === 'infinite') return infinity(format, sign);
  if (left.kind !== 'finite' || right.kind !== 'finite') throw new Error('a NaN came through');
  const [near, far] = [nearer(left, right, format), nearer(right, left, format)];
  const exponent = Math.min(near.exponent, far.exponent);
  const sum = signed(near, left.sign, exponent) + signed(far, sign, exponent);
  if (sum !== 0n) return on.round(format, sum < 0n ? 1 : 0, sum < 0n ? -sum : sum, exponent);
  const isBoth = isZero(left) && isZero(right) && left.sign === sign;
  return zero(format, isBoth ? sign : on.rounding === 1 ? 1 : 0);
};

/** Itself, or where the other is so much greater that only whether there is anything counts, something in reach. */
const nearer = (one: Finite, other: Finite, { precision }: Format): Finite => {
  const lowest = other.exponent - 2 * precision;
  const isFar = one.significand !== 0n && other.significand !== 0n && one.exponent + bitsOf(one.significand) < lowest;
  return isFar ? { ...one, significand: 1n, exponent: lowest } : one;
};

const signed = ({ significand, exponent }: Finite, sign: 0 | 1, common: number): bigint =>
  (sign === 1 ? -significand : significand) << BigInt(exponent - common);

export const multiply = (on: Environment, format: Format, a: bigint, b: bigint): bigint => {
  const nan = on.nanOf(format, a, b);
  if (nan !== undefined) return nan;
  const [left, right] = [on.apart(format, a), on.apart(format, b)];
  const sign = (left.sign ^ right.sign) as 0 | 1;
  const hasInfinite = left.kind === 'infinite' || right.kind === 'infinite';
  if (hasInfinite && (isZero(left) || isZero(right))) return invalid(on, format);
  if (meetsDenormal(on, left, right)) return 0n;
  if (left.kind !== 'finite' || right.kind !== 'finite') return infinity(format, sign);
  const product = left.significand * right.significand;
  return product === 0n ? zero(format, sign) : on.round(format, sign, product, left.exponent + right.exponent);
};

export const divide = (on: Environment, format: Format, a: bigint, b: bigint): bigint => {
  const nan = on.nanOf(format, a, b);
  if (nan !== undefined) return nan;
  const [left, right] = [on.apart(format, a), on.apart(format, b)];
  const sign = (left.sign ^ right.sign) as 0 | 1;
  if ((isZero(left) && isZero(right)) || (left.kind === 'infinite' && right.kind === 'infinite')) return invalid(on, format);
  if (left.kind === 'finite' && isZero(right)) {
    on.raise(Mxcsr.ze);
    return infinity(format, sign);
  }
  if (meetsDenormal(on, left, right)) return 0n;
  if (left.kind !== 'finite') return infinity(format, sign);
  if (right.kind !== 'finite' || left.significand === 0n) return zero(format, sign);
  // Twice as many bits as there may be, and one for what remains.
  const up = 3 * format.precision;
  const dividend = left.significand << BigInt(up);
  const quotient = dividend / right.significand;
  const rest = quotient * right.significand === dividend ? 0n : 1n;
  return on.round(format, sign, (quotient << 1n) | rest, left.exponent - right.exponent - up - 1);
};

export const squareRoot = (on: Environment, format: Format, a: bigint): bigint => {
  const nan = on.nanOf(format, a, a);
  if (nan !== undefined) return nan;
  const parts = on.apart(format, a);
  if (isZero(parts)) return zero(format, parts.sign);
  if (parts.sign === 1) return invalid(on, format);
  if (meetsDenormal(on, parts)) return 0n;
  if (parts.kind !== 'finite') return a;
  const up = 2 * format.precision + 4 + (parts.exponent & 1);
  const square = parts.significand << BigInt(up);
  const root = integerRoot(square);
  return on.round(format, 0, (root << 1n) | (root * root === square ? 0n : 1n), (parts.exponent - up) / 2 - 1);
};

/** Newton's, from above. */
const integerRoot = (square: bigint): bigint => {
  let root = 1n << BigInt((bitsOf(square) + 1) >> 1);
  for (;;) {
    const better = (root + square / root) >> 1n;
    if (better >= root) return root;
    root = better;
  }
};

/** What a comparison may say. */
export const Relation = { less: 1, equal: 2, greater: 4, unordered: 8 } as const;

/** A mask of one relation. */
export const compare = (on: Environment, format: Format, a: bigint, b: bigint, signalsQuiet: boolean): bigint => {
  const [left, right] = [on.apart(format, a), on.apart(format, b)];
  const isAny = (kind: Parts['kind']): boolean => left.kind === kind || right.kind === kind;
  if (isAny('unsupported') || isAny('nan')) {
    if (signalsQuiet || isAny('unsupported') || isSignalling(left) || isSignalling(right)) on.raise(Mxcsr.ie);
    return BigInt(Relation.unordered);
  }
  if (meetsDenormal(on, left, right)) return 0n;
  const order =
    left.sign !== right.sign && !(isZero(left) && isZero(right)) ? 1 - 2 * left.sign : (1 - 2 * left.sign) * greater(left, right);
  return BigInt(order < 0 ? Relation.less : order === 0 ? Relation.equal : Relation.greater);
};

/** Which magnitude is greater: positive where the first is. */
const greater = (a: Parts, b: Parts): number => {
  if (a.kind !== 'finite' || b.kind !== 'finite') return Number(a.kind === 'infinite') - Number(b.kind === 'infinite');
  if (isZero(a) || isZero(b)) return Number(isZero(b)) - Number(isZero(a));
  const tops = a.exponent + bitsOf(a.significand) - (b.exponent + bitsOf(b.significand));
  if (tops !== 0) return tops;
  const exponent = Math.min(a.exponent, b.exponent);
  const [p, q] = [a, b].map((one) => one.significand << BigInt(one.exponent - exponent)) as [bigint, bigint]; // There were two.
  return p < q ? -1 : p === q ? 0 : 1;
};

/** The second where neither is less: of NaNs and of zeros. SDM Vol. 2B, MINPS. */
export const extreme = (on: Environment, format: Format, a: bigint, b: bigint, isGreatest: boolean): bigint => {
  const relation = Number(compare(on, format, a, b, true));
  const bits = relation === (isGreatest ? Relation.greater : Relation.less) ? a : b;
  const parts = on.apart(format, bits);
  return isZero(parts) ? zero(format, parts.sign) : bits;
};

/** SDM Vol. 2B, ROUNDPS: bits 0 and 1 say how, bit 2 that MXCSR does, bit 3 that nothing is said of what was lost. */
export const roundToIntegral = (on: Environment, format: Format, a: bigint, how: number): bigint => {
  const nan = on.nanOf(format, a, a);
  if (nan !== undefined) return nan;
  const parts = on.apart(format, a);
  if (parts.kind !== 'finite') return a;
  const rounding = (how & 4) !== 0 ? on.rounding : ((how & 3) as 0 | 1 | 2 | 3);
  const { value, isInexact } = on.shifted(parts.significand, -parts.exponent, parts.sign, rounding);
  if (isInexact && (how & 8) === 0) on.raise(Mxcsr.pe);
  return value === 0n ? zero(format, parts.sign) : exactly(on, format, parts.sign, value);
};

/** An integer that was rounded already. */
const exactly = (on: Environment, format: Format, sign: 0 | 1, value: bigint): bigint => {
  const { isRoundedUp } = on;
  const bits = on.round(format, sign, value, 0);
  on.isRoundedUp = isRoundedUp;
  return bits;
};
