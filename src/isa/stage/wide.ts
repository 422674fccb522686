/** Products and quotients of 128 bits, for which WebAssembly has no operators. */
import type { Stage } from './stage.ts';
import type { Val } from './value.ts';

/** 128 bits in two halves of 64. */
export interface Wide {
  readonly high: Val;
  readonly low: Val;
}

/** Of two unsigned numbers of 64 bits, by their halves. */
export const wideProduct = (s: Stage, a: Val, b: Val): Wide => {
  const [a1, a0] = halves(s, a);
  const [b1, b0] = halves(s, b);
  const [cross1, cross0] = [halves(s, s.mul(a1, b0)), halves(s, s.mul(a0, b1))];
  const [carry] = halves(s, s.add(s.add(cross1[1], cross0[1]), s.shr(s.mul(a0, b0), 32)));
  return { high: s.add(s.add(s.mul(a1, b1), carry), s.add(cross1[0], cross0[0])), low: s.mul(a, b) };
};

/** Of two signed ones: a negative factor stands 2^64 too high. */
export const wideSignedProduct = (s: Stage, a: Val, b: Val): Wide => {
  const { high, low } = wideProduct(s, a, b);
  const excess = (one: Val, other: Val): Val => s.and(s.sar(one, 63), other);
  return { high: s.sub(s.sub(high, excess(a, b)), excess(b, a)), low };
};

/** Unsigned; the dividend's high half is less than the divisor, so the quotient has 64 bits. Long division by digits of 32: Knuth, TAOCP Vol. 2, 4.3.1, algorithm D. */
export const wideQuotient = (s: Stage, { high, low }: Wide, divisor: Val): { readonly quotient: Val; readonly remainder: Val } => {
  const shift = s.clz(divisor);
  const d = s.shl(divisor, shift);
  const n1 = s.or(s.shl(high, shift), s.shr(s.shr(low, 1), s.sub(s.known(64, 63), shift)));
  const [next1, next0] = halves(s, s.shl(low, shift));
  const after = (rest: Val, next: Val, digit: Val): Val => s.sub(s.or(s.shl(rest, 32), next), s.mul(digit, d));
  const first = digitOf(s, n1, next1, d);
  const rest = after(n1, next1, first);
  const second = digitOf(s, rest, next0, d);
  return { quotient: s.or(s.shl(first, 32), second), remainder: s.shr(after(rest, next0, second), shift) };
};

/** One digit of the quotient of `rest` and the digit after it: guessed of the divisor's first digit, which makes it at most 2 too high. */
const digitOf = (s: Stage, rest: Val, next: Val, divisor: Val): Val => {
  const [d1, d0] = halves(s, divisor);
  let digit = s.divu(rest, d1);
  let left = s.sub(rest, s.mul(digit, d1));
  for (let round = 0; round < 2; round++) {
    const isLarge = s.nez(s.shr(digit, 32));
    const isAbove = s.ltu(s.or(s.shl(left, 32), next), s.mul(digit, d0));
    const isTooHigh = s.and(s.eqz(s.shr(left, 32)), s.or(isLarge, isAbove));
    digit = s.sub(digit, s.zext(isTooHigh, 64));
    left = s.add(left, s.select(isTooHigh, d1, s.known(64, 0)));
  }
  return digit;
};

const halves = (s: Stage, a: Val): readonly [high: Val, low: Val] => [s.shr(a, 32), s.and(a, s.known(64, 0xffff_ffff))];
