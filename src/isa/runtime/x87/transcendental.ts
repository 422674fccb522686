/**
 * F2XM1, FCOS, FPATAN, FPTAN, FSIN, FSINCOS, FYL2X, FYL2XP1: SDM Vol. 1, 8.3.7 to 8.3.10. Results are those real numbers rounded once; Intel allows
 * an error of one unit in the last place.
 */
import { invalid, meetsDenormal } from '../float/arithmetic.ts';
import { bitsOf, extended, type Finite, indefinite, infinity, zero } from '../float/format.ts';
import { Mxcsr, X87Status } from '../state.ts';
import type { X87Environment } from './environment.ts';
import { angleOf, halfPi, logarithm, logarithmAboveOne, pi, powerLessOne, sineAndCosine, tangent } from './functions.ts';
import type { Operation } from './operation.ts';
import { minus, negative, type Real, real, times, topOf } from './real.ts';
import type { Registers } from './registers.ts';

const realOf = ({ sign, significand, exponent }: Finite): Real => real(sign === 1 ? -significand : significand, exponent);

/** Never exact: a bit below all others, less than half of what they tell apart, stands for the rest. */
const rounded = (on: X87Environment, { significand, exponent }: Real): bigint => {
  const magnitude = significand < 0n ? -significand : significand;
  const up = Math.max(80 - bitsOf(magnitude), 2);
  return on.round(extended, significand < 0n ? 1 : 0, (magnitude << BigInt(up)) | 1n, exponent - up);
};

const exactly = (on: X87Environment, { significand, exponent }: Real): bigint =>
  on.round(extended, significand < 0n ? 1 : 0, significand < 0n ? -significand : significand, exponent);

const withSign = (on: X87Environment, sign: 0 | 1, value: Real): bigint => rounded(on, sign === 1 ? negative(value) : value);

/** What ST(0) becomes and what comes above it; undefined where the angle is too large. */
type Turn = (on: X87Environment, a: bigint) => readonly [below: bigint, above: bigint | undefined] | undefined;

const { c1, c2 } = X87Status;

const turning =
  (turn: Turn, isPair: boolean): Operation =>
  (registers) => {
    registers.condition(c1 | c2, 0);
    const on = registers.environment();
    const a = registers.read(0);
    const isFull = isPair && !registers.isEmpty(7);
    if (a === undefined || isFull) {
      const isMasked = a === undefined ? registers.underflows() : registers.overflows();
      if (!isMasked) return 0;
      registers.write(0, indefinite(extended));
      if (isPair) registers.put(indefinite(extended));
      return 0;
    }
    const results = turn(on, a);
    if (results === undefined) {
      registers.condition(c2, c2);
      return 0;
    }
    if (!registers.settle(on)) return 0;
    const [below, above] = results;
    registers.write(0, below);
    if (above !== undefined) registers.put(above);
    return 0;
  };

/** Of an angle: what is made of its sine and cosine, and what is where it is 0. */
const ofAngle =
  (
    make: (on: X87Environment, angle: Real) => readonly [bigint, bigint | undefined],
    ofZero: (sign: 0 | 1) => readonly [bigint, bigint | undefined],
    isPair: boolean,
  ): Turn =>
  (on, a) => {
    const both = (bits: bigint): readonly [bigint, bigint | undefined] => [bits, isPair ? bits : undefined];
    const nan = on.nanOf(extended, a, a);
    if (nan !== undefined) return both(nan);
    const parts = on.apart(extended, a);
    if (parts.kind !== 'finite') return both(invalid(on, extended));
    if (parts.significand === 0n) return ofZero(parts.sign);
    if (topOf(realOf(parts)) >= 63) return undefined;
    if (meetsDenormal(on, parts)) return both(0n);
    return make(on, realOf(parts));
  };

const unity = 0x3fff_8000_0000_0000_0000n;

const sine = ofAngle(
  (on, angle) => [rounded(on, sineAndCosine(angle)[0]), undefined],
  (sign) => [zero(extended, sign), undefined],
  false,
);
const cosine = ofAngle(
  (on, angle) => [rounded(on, sineAndCosine(angle)[1]), undefined],
  () => [unity, undefined],
  false,
);
const both = ofAngle(
  (on, angle) => {
    const [s, c] = sineAndCosine(angle);
    return [rounded(on, s), rounded(on, c)];
  },
  (sign) => [zero(extended, sign), unity],
  true,
);
const tangentAndUnity = ofAngle(
  (on, angle) => [rounded(on, tangent(angle)), unity],
  (sign) => [zero(extended, sign), unity],
  true,
);

/** Of ST(0), whose place it takes. */
const power: Operation = (registers) => {
  const on = registers.environment();
  const a = registers.read(0);
  if (a === undefined) {
    if (registers.underflows()) registers.write(0, indefinite(extended));
    return 0;
  }
  const result = powerOf(on, a);
  if (registers.settle(on)) registers.write(0, result);
  return 0;
};

/** Undefined beyond 1: AMD's processors leave it, and say that precision was lost. */
const powerOf = (on: X87Environment, a: bigint): bigint => {
  const nan = on.nanOf(extended, a, a);
  if (nan !== undefined) return nan;
  const parts = on.apart(extended, a);
  if (parts.kind !== 'finite') return parts.sign === 0 ? a : unity | (1n << 79n);
  if (parts.significand === 0n) return a;
  if (meetsDenormal(on, parts)) return 0n;
  const x = realOf(parts);
  if (topOf(x) >= 0) {
    on.raise(Mxcsr.pe);
    return isUnity(parts) && parts.sign === 1 ? 0xbffe_8000_0000_0000_0000n : a;
  }
  return rounded(on, powerLessOne(x));
};

const isUnity = (parts: Finite): boolean => parts.significand === 1n << 63n && parts.exponent === -63;

/** No NaN, nor what is unsupported. */
type Operand = Finite | { readonly kind: 'infinite'; readonly sign: 0 | 1 };

const numberOf = (on: X87Environment, bits: bigint): Operand => {
  const parts = on.apart(extended, bits);
  if (parts.kind === 'nan' || parts.kind === 'unsupported') throw new Error('a NaN came through');
  return parts;
};

/** Of ST(1) and ST(0): the result takes the place of ST(1), and ST(0) is taken off. */
const joining =
  (make: (on: X87Environment, y: Operand, x: Operand) => bigint): Operation =>
  (registers: Registers) => {
    const on = registers.environment();
    const [x, y] = [registers.read(0), registers.read(1)];
    if (x === undefined || y === undefined) {
      if (!registers.underflows()) return 0;
      registers.write(1, indefinite(extended));
    } else {
      const nan = on.nanOf(extended, x, y);
      const result = nan ?? make(on, numberOf(on, y), numberOf(on, x));
      if (!registers.settle(on)) return 0;
      registers.write(1, result);
    }
    registers.pop();
    return 0;
  };

const isZero = (parts: Operand): boolean => parts.kind === 'finite' && parts.significand === 0n;

/** SDM Vol. 2A, FPATAN: the angle of (x, y). */
const arc = joining((on, y, x) => {
  if (meetsDenormal(on, y, x)) return 0n;
  const quarter = times(pi, real(1n, -2));
  if (y.kind === 'infinite') {
    const angle = x.kind !== 'infinite' ? halfPi : x.sign === 0 ? quarter : times(real(3n), quarter);
    return withSign(on, y.sign, angle);
  }
  if (isZero(y) || x.kind === 'infinite') return x.sign === 1 ? withSign(on, y.sign, pi) : zero(extended, y.sign);
  if (isZero(x)) return withSign(on, y.sign, halfPi);
  const angle = angleOf(real(y.significand, y.exponent), real(x.significand, x.exponent));
  return withSign(on, y.sign, x.sign === 1 ? minus(pi, angle) : angle);
});

/** y times a logarithm of this sign, or 0; infinite where one of both is. */
const scaled = (on: X87Environment, y: Operand, value: Real): bigint => {
  const sign = (y.sign ^ (value.significand < 0n ? 1 : 0)) as 0 | 1;
  if (y.kind === 'infinite') return value.significand === 0n ? invalid(on, extended) : infinity(extended, sign);
  if (isZero(y) || value.significand === 0n) return zero(extended, sign);
  const product = times(realOf(y), value);
  // Of a whole logarithm nothing is lost; AMD's processors say so all the same.
  on.raise(Mxcsr.pe);
  const isWhole = value.exponent >= 0 || (value.significand & ((1n << BigInt(-value.exponent)) - 1n)) === 0n;
  if (!isWhole) return rounded(on, product);
  if (topOf(product) < extended.least) on.raise(Mxcsr.ue);
  return exactly(on, product);
};

/** y times infinity: a denormal y is told all the same. */
const ofInfinite = (on: X87Environment, y: Operand): bigint => {
  if (isZero(y)) return invalid(on, extended);
  return meetsDenormal(on, y) ? 0n : infinity(extended, y.sign);
};

/** SDM Vol. 2A, FYL2X: y log₂ x. */
const scaledLogarithm = joining((on, y, x) => {
  if (isZero(x)) {
    if (isZero(y)) return invalid(on, extended);
    if (y.kind !== 'infinite') on.raise(Mxcsr.ze);
    return infinity(extended, y.sign === 1 ? 0 : 1);
  }
  if (x.sign === 1) return invalid(on, extended);
  if (x.kind === 'infinite') return ofInfinite(on, y);
  if (y.kind === 'infinite' && isUnity(x)) return invalid(on, extended);
  if (meetsDenormal(on, y, x)) return 0n;
  return scaled(on, y, logarithm(realOf(x)));
});

/** SDM Vol. 2A, FYL2XP1: y log₂ (x + 1), undefined where x is beyond 1 − √½. */
const scaledLogarithmAboveOne = joining((on, y, x) => {
  if (x.kind !== 'finite') return x.sign === 1 ? invalid(on, extended) : ofInfinite(on, y);
  const value = realOf(x);
  if (y.kind === 'infinite' && isZero(x)) return invalid(on, extended);
  if (meetsDenormal(on, y, x)) return 0n;
  if (isZero(x) || isZero(y)) return zero(extended, (x.sign ^ y.sign) as 0 | 1);
  if (y.kind === 'infinite') return infinity(extended, (x.sign ^ y.sign) as 0 | 1);
  if (x.sign === 1 && topOf(value) >= 0) {
    // AMD's processors leave it.
    on.raise(Mxcsr.pe);
    return on.round(extended, 1, x.significand, x.exponent);
  }
  return scaled(on, y, logarithmAboveOne(value));
});

export const transcendentals: Readonly<Record<string, Operation>> = {
  f2xm1: power,
  fyl2x: scaledLogarithm,
  fptan: turning(tangentAndUnity, true),
  fpatan: arc,
  fyl2xp1: scaledLogarithmAboveOne,
  fsincos: turning(both, true),
  fsin: turning(sine, false),
  fcos: turning(cosine, false),
};
