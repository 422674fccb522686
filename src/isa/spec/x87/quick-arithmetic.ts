/** Sums, products and quotients of normal numbers, to 64 bits and the nearest: Knuth, TAOCP Vol. 2, 4.2.1. */
import type { Val, Wide } from '../../stage/index.ts';
import { wideProduct, wideQuotient } from '../../stage/index.ts';
import type { X } from '../vocabulary.ts';
import type { Normal, Quick } from './quick.ts';

/** 128 bits of which the highest is set; what was lost of them is in the lowest one. */
interface Unrounded {
  readonly sign: Val;
  readonly exponent: Val;
  readonly wide: Wide;
}

/** Has a result written, with the flags it sets, where it is a normal number, too. */
export const calculate = (
  quick: Quick,
  name: QuickCalculation,
  [a, b]: readonly [Normal, Normal],
  write: (significand: Val, head: Val, flags: Val) => void,
): void => {
  const { x } = quick;
  const made = calculations[name](x, a, b);
  const { high, low } = made.wide;
  const half = x.known(64, 1n << 63n);
  const isTie = x.and(x.eq(low, half), x.bit(high, 0));
  const isUp = x.or(x.ltu(half, low), isTie);
  const raised = x.add(high, x.zext(isUp, 64));
  const isCarried = x.and(isUp, x.eqz(raised));
  const significand = x.select(isCarried, half, raised);
  const exponent = x.add(made.exponent, x.zext(isCarried, 32));
  // A sum of 0 has no highest bit.
  x.when(x.and(quick.isWithin(exponent), x.msb(significand)), () =>
    write(significand, quick.headOf(made.sign, exponent), quick.rounding(x.nez(low), isUp)),
  );
};

const bias = 0x3fff;

const added = (x: X, a: Normal, b: Normal): Unrounded => {
  const isSwapped = x.or(x.ltu(a.exponent, b.exponent), x.and(x.eq(a.exponent, b.exponent), x.ltu(a.significand, b.significand)));
  const pick = (one: Val, other: Val): Val => x.select(isSwapped, other, one);
  const large: Normal = {
    sign: pick(a.sign, b.sign),
    exponent: pick(a.exponent, b.exponent),
    significand: pick(a.significand, b.significand),
  };
  const small = pick(b.significand, a.significand);
  const distance = x.sub(large.exponent, pick(b.exponent, a.exponent));
  const { high, low } = shifted(x, small, distance);
  const isDifference = x.xor(a.sign, b.sign);
  const borrow = x.zext(x.nez(low), 64);
  const zero = x.known(64, 0);
  const summed = x.add(large.significand, high);
  const carry = x.ltu(summed, high);
  const sumLow = x.select(carry, x.or(x.or(x.shl(summed, 63), x.shr(low, 1)), x.and(low, x.known(64, 1))), low);
  const sumHigh = x.select(carry, x.or(x.shr(summed, 1), x.known(64, 1n << 63n)), summed);
  const left = x.sub(x.sub(large.significand, high), borrow);
  const rest = normalized(x, { high: left, low: x.sub(zero, low) });
  return {
    sign: large.sign,
    exponent: x.select(isDifference, x.sub(large.exponent, rest.by), x.add(large.exponent, x.zext(carry, 32))),
    wide: { high: x.select(isDifference, rest.high, sumHigh), low: x.select(isDifference, rest.low, sumLow) },
  };
};

/** Down by any number of bits; what falls out is noted in the lowest one. */
const shifted = (x: X, significand: Val, by: Val): Wide => {
  const zero = x.known(64, 0);
  const within = x.and(by, x.known(32, 63));
  // A shift by 64 is one by 63 and one more.
  const over = x.sub(x.known(32, 63), within);
  const beyond = x.shl(x.shl(significand, over), 1);
  const cut = x.shr(significand, within);
  const isNear = x.ltu(by, x.known(32, 64));
  const isFar = x.not(x.ltu(by, x.known(32, 128)));
  const farLow = x.select(isFar, x.known(64, 1), x.or(cut, x.zext(x.nez(beyond), 64)));
  return { high: x.select(isNear, cut, zero), low: x.select(isNear, beyond, farLow) };
};

/** Up until the highest bit is set, and by how much; of 0, which stays, by anything. */
const normalized = (x: X, { high, low }: Wide): Wide & { readonly by: Val } => {
  const isLow = x.eqz(high);
  const [top, bottom] = [x.select(isLow, low, high), x.select(isLow, x.known(64, 0), low)];
  const count = x.and(x.truncate(x.clz(top), 32), x.known(32, 63));
  const over = x.sub(x.known(32, 63), count);
  return {
    high: x.or(x.shl(top, count), x.shr(x.shr(bottom, 1), over)),
    low: x.shl(bottom, count),
    by: x.add(count, x.select(isLow, x.known(32, 64), x.known(32, 0))),
  };
};

const opposite = (x: X, { sign, exponent, significand }: Normal): Normal => ({ sign: x.not(sign), exponent, significand });

const multiplied = (x: X, a: Normal, b: Normal): Unrounded => {
  const { high, low } = wideProduct(x, a.significand, b.significand);
  const isWhole = x.msb(high);
  const exponent = x.sub(x.add(a.exponent, b.exponent), x.known(32, bias));
  return {
    sign: x.xor(a.sign, b.sign),
    exponent: x.add(exponent, x.zext(isWhole, 32)),
    wide: {
      high: x.select(isWhole, high, x.or(x.shl(high, 1), x.shr(low, 63))),
      low: x.select(isWhole, low, x.shl(low, 1)),
    },
  };
};

/** The remainder tells only whether it is less than half, half or more than half of the divisor. */
const divided = (x: X, a: Normal, b: Normal): Unrounded => {
  const isLess = x.ltu(a.significand, b.significand);
  const zero = x.known(64, 0);
  const dividend = {
    high: x.select(isLess, a.significand, x.shr(a.significand, 1)),
    low: x.select(isLess, zero, x.shl(a.significand, 63)),
  };
  const { quotient, remainder } = wideQuotient(x, dividend, b.significand);
  const other = x.sub(b.significand, remainder);
  const half = x.known(64, 1n << 63n);
  const low = x.select(x.ltu(other, remainder), x.known(64, 3n << 62n), x.select(x.eq(other, remainder), half, x.known(64, 1)));
  return {
    sign: x.xor(a.sign, b.sign),
    exponent: x.sub(x.add(x.sub(a.exponent, b.exponent), x.known(32, bias)), x.zext(isLess, 32)),
    wide: { high: quotient, low: x.select(x.eqz(remainder), zero, low) },
  };
};

const calculations = {
  fadd: added,
  fsub: (x, a, b) => added(x, a, opposite(x, b)),
  fsubr: (x, a, b) => added(x, b, opposite(x, a)),
  fmul: multiplied,
  fdiv: divided,
  fdivr: (x, a, b) => divided(x, b, a),
} as const satisfies Record<string, (x: X, a: Normal, b: Normal) => Unrounded>;

export type QuickCalculation = keyof typeof calculations;
export const isQuickCalculation = (name: string): name is QuickCalculation => name in calculations;
