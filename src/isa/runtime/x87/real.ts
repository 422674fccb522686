/** Real numbers, near enough: significand × 2^exponent, cut to 256 bits, four times as many as what is made of them keeps. */
import { bitsOf } from '../float/format.ts';

export interface Real {
  /** With its sign. */
  readonly significand: bigint;
  readonly exponent: number;
}

const precision = 256;

const magnitudeOf = (value: bigint): bigint => (value < 0n ? -value : value);

export const real = (significand: bigint, exponent = 0): Real => {
  if (significand === 0n) return { significand, exponent: 0 };
  const beyond = bitsOf(magnitudeOf(significand)) - precision;
  // Towards zero, whatever its sign: what is left out is always beyond.
  return beyond > 0 ? { significand: significand / (1n << BigInt(beyond)), exponent: exponent + beyond } : { significand, exponent };
};

/** Of a number, not 0, the exponent of its highest bit. */
export const topOf = ({ significand, exponent }: Real): number => exponent + bitsOf(magnitudeOf(significand)) - 1;

export const times = (a: Real, b: Real): Real => real(a.significand * b.significand, a.exponent + b.exponent);

/** The divisor is not 0. */
export const over = (a: Real, b: Real): Real =>
  real((a.significand << BigInt(2 * precision)) / b.significand, a.exponent - b.exponent - 2 * precision);

/** What is too small beside the other counts for nothing. */
export const plus = (a: Real, b: Real): Real => {
  if (a.significand === 0n) return b;
  if (b.significand === 0n) return a;
  const [high, low] = topOf(a) >= topOf(b) ? [a, b] : [b, a];
  if (topOf(high) - topOf(low) > 2 * precision) return high;
  const exponent = Math.min(high.exponent, low.exponent);
  const at = (one: Real): bigint => one.significand << BigInt(one.exponent - exponent);
  return real(at(high) + at(low), exponent);
};

export const negative = ({ significand, exponent }: Real): Real => ({ significand: -significand, exponent });

export const minus = (a: Real, b: Real): Real => plus(a, negative(b));

export const rootOf = (a: Real): Real => {
  const up = 2 * precision + (a.exponent & 1);
  const square = a.significand << BigInt(up);
  let root = 1n << BigInt((bitsOf(square) + 1) >> 1);
  for (let better = (root + square / root) >> 1n; better < root; better = (root + square / root) >> 1n) root = better;
  return real(root, (a.exponent - up) / 2);
};

/** Fixed point: bits behind the point. */
export const places = 320;
export const fixed = ({ significand, exponent }: Real): bigint => {
  const up = exponent + places;
  return up >= 0 ? significand << BigInt(up) : significand >> BigInt(-up);
};
export const one = 1n << BigInt(places);

/**
 * 1 + c₁x + c₁c₂x² + …, in fixed point, until nothing is left: cₙ is a fraction, of `top` and `bottom`.
 * @param x in fixed point, less than 1
 */
export const series = (x: bigint, factor: (n: number) => readonly [top: number, bottom: number]): Real => {
  let [sum, term] = [one, one];
  for (let n = 1; term !== 0n && term !== -1n; n++) {
    const [top, bottom] = factor(n);
    term = ((term * x) >> BigInt(places)) * BigInt(top);
    term /= BigInt(bottom);
    sum += term;
  }
  return nearOne(sum, x);
};

/** A sum that is 1 and a bit, or 1 less a bit, however small that is: it may decide how a result is rounded. */
export const nearOne = (sum: bigint, x: bigint): Real => real(sum === one && x < 0n ? one - 1n : sum, -places);
