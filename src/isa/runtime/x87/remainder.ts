/** Remainders, exponents and integral numbers: SDM Vol. 2A, FPREM, FPREM1, FRNDINT, FSCALE, FXTRACT. */
import { invalid, isZero, meetsDenormal, roundToIntegral } from '../float/arithmetic.ts';
import { bitsOf, extended, type Finite, indefinite, infinity, zero } from '../float/format.ts';
import { Mxcsr, X87Status } from '../state.ts';
import { replacing } from './arithmetic.ts';
import type { X87Environment } from './environment.ts';
import type { Operation } from './operation.ts';
import { integer } from './source.ts';

interface Remainder {
  readonly bits: bigint;
  /** Of the quotient, the lowest three bits; `partial` where it was only made smaller. */
  readonly quotient: bigint | 'partial' | undefined;
}

const topOf = ({ significand, exponent }: Finite): number => exponent + bitsOf(significand) - 1;

const remainder = (on: X87Environment, a: bigint, b: bigint, isNearest: boolean): Remainder => {
  const whole = (bits: bigint): Remainder => ({ bits, quotient: 0n });
  const nan = on.nanOf(extended, a, b);
  if (nan !== undefined) return { bits: nan, quotient: undefined };
  const [left, right] = [on.apart(extended, a), on.apart(extended, b)];
  if (left.kind !== 'finite' || isZero(right)) return { bits: invalid(on, extended), quotient: undefined };
  if (meetsDenormal(on, left, right) || left.significand === 0n) return whole(a);
  // Of a denormal, too, what is small may be told of.
  if (right.kind !== 'finite') return whole(on.round(extended, left.sign, left.significand, left.exponent));
  const distance = topOf(left) - topOf(right);
  // As many bits as a step may take off: at least 32 and less than 64.
  const kept = distance < 64 ? 0 : distance - (32 + (distance % 32));
  const low = Math.min(left.exponent, right.exponent + kept);
  const [dividend, divisor] = [left.significand << BigInt(left.exponent - low), right.significand << BigInt(right.exponent + kept - low)];
  let quotient = dividend / divisor;
  let rest = dividend - quotient * divisor;
  let { sign } = left;
  if (kept === 0 && isNearest && (2n * rest > divisor || (2n * rest === divisor && (quotient & 1n) === 1n))) {
    quotient++;
    rest = divisor - rest;
    sign = sign === 0 ? 1 : 0;
  }
  const bits = rest === 0n ? zero(extended, left.sign) : on.round(extended, sign, rest, low);
  return { bits, quotient: kept === 0 ? quotient & 7n : 'partial' };
};

const { c0, c1, c2, c3 } = X87Status;

const codesOf = (quotient: bigint): number =>
  [c1, c3, c0].reduce((sum, code, bit) => sum | ((quotient & (1n << BigInt(bit))) === 0n ? 0 : code), 0);

const dividing =
  (isNearest: boolean): Operation =>
  (registers) => {
    const on = registers.environment();
    const [a, b] = [registers.read(0), registers.read(1)];
    registers.condition(c2, 0);
    if (a === undefined || b === undefined) {
      if (registers.underflows()) registers.write(0, indefinite(extended));
      return 0;
    }
    const { bits, quotient } = remainder(on, a, b, isNearest);
    if (!registers.settle(on)) return 0;
    registers.write(0, bits);
    if (quotient !== undefined) registers.condition(c0 | c1 | c2 | c3, quotient === 'partial' ? c2 : codesOf(quotient));
    return 0;
  };

/** Times 2 to the power of ST(1), cut to an integer. */
const scaled = (on: X87Environment, a: bigint, b: bigint): bigint => {
  const nan = on.nanOf(extended, a, b);
  if (nan !== undefined) return nan;
  const [left, right] = [on.apart(extended, a), on.apart(extended, b)];
  if (right.kind === 'infinite') {
    if (right.sign === 0 ? isZero(left) : left.kind === 'infinite') return invalid(on, extended);
    if (meetsDenormal(on, left)) return 0n;
    return right.sign === 0 ? infinity(extended, left.sign) : zero(extended, left.sign);
  }
  if (meetsDenormal(on, left, right)) return 0n;
  if (left.kind !== 'finite' || right.kind !== 'finite' || left.significand === 0n) return a;
  const { value } = on.shifted(right.significand, -Math.min(right.exponent, 64), 0, 3);
  on.isRoundedUp = false;
  // Beyond this it is the same, whatever it is.
  const by = Number(value > 0x1_0000n ? 0x1_0000n : value);
  return on.round(extended, left.sign, left.significand, left.exponent + (right.sign === 1 ? -by : by));
};

const scaling: Operation = (registers) => {
  const on = registers.environment();
  const [a, b] = [registers.read(0), registers.read(1)];
  if (a === undefined || b === undefined) {
    if (registers.underflows()) registers.write(0, indefinite(extended));
    return 0;
  }
  const bits = scaled(on, a, b);
  if (registers.settle(on)) registers.write(0, bits);
  return 0;
};

/** The exponent takes ST(0)'s place, the significand comes above it. */
const extracting: Operation = (registers) => {
  registers.condition(c1, 0);
  const on = registers.environment();
  const a = registers.read(0);
  if (a === undefined || !registers.isEmpty(7)) {
    const isMasked = a === undefined ? registers.underflows() : registers.overflows();
    if (!isMasked) return 0;
    registers.write(0, indefinite(extended));
    registers.put(indefinite(extended));
    return 0;
  }
  const [exponent, significand] = extracted(on, a);
  if (!registers.settle(on)) return 0;
  registers.write(0, exponent);
  registers.push(significand);
  return 0;
};

const extracted = (on: X87Environment, a: bigint): readonly [exponent: bigint, significand: bigint] => {
  const nan = on.nanOf(extended, a, a);
  if (nan !== undefined) return [nan, nan];
  const parts = on.apart(extended, a);
  if (parts.kind !== 'finite') return [infinity(extended, 0), a];
  if (parts.significand === 0n) {
    on.raise(Mxcsr.ze);
    return [infinity(extended, 1), a];
  }
  if (meetsDenormal(on, parts)) return [0n, 0n];
  const width = bitsOf(parts.significand);
  const significand = on.round(extended, parts.sign, parts.significand, 1 - width);
  return [integer(BigInt(topOf(parts))), significand];
};

export const remainders: Readonly<Record<string, Operation>> = {
  fprem: dividing(false),
  fprem1: dividing(true),
  frndint: replacing((on, a) => (meetsDenormal(on, on.apart(extended, a)) ? 0n : roundToIntegral(on, extended, a, 4))),
  fscale: scaling,
  fxtract: extracting,
};
