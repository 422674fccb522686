/** Sines, arcs, powers and logarithms of real numbers, by their series. */
import { fixed, minus, nearOne, negative, one, over, places, plus, type Real, real, rootOf, series, times, topOf } from './real.ts';

/** Σ xⁿ/(2n+1): of atanh(u)/u with x = u², of atan(u)/u with its opposite. */
const odd = (x: bigint): Real => {
  let [sum, power] = [one, one];
  for (let n = 3n; power !== 0n && power !== -1n; n += 2n) {
    power = (power * x) >> BigInt(places);
    sum += power / n;
  }
  return nearOne(sum, x);
};

/** Never 0. */
const square = (u: Real): bigint => fixed(times(u, u)) || 1n;

const arcTangentOfInverse = (n: bigint): Real => {
  const u = over(real(1n), real(n));
  return times(u, odd(-square(u)));
};

const four = real(4n);
/** Machin's formula: π/4 = 4 arctan 1/5 − arctan 1/239. */
export const pi = times(four, minus(times(four, arcTangentOfInverse(5n)), arcTangentOfInverse(239n)));
export const halfPi = times(pi, real(1n, -1));

/** ln x = 2 artanh (x − 1)/(x + 1). */
const hyperbolic = (u: Real): Real => times(real(2n), times(u, odd(square(u))));
export const naturalTwo = hyperbolic(over(real(1n), real(3n)));

/** What processors take for π/2 where they turn angles back: π cut to 66 bits. SDM Vol. 1, 8.3.8; AMD's processors have the same. */
const quarter = { significand: 0xc_90fd_aa22_168c_234cn, exponent: -67 } as const;

/** An angle below 2^63 as a number of quarter turns, and what is left, of either sign: exactly. */
const turned = (x: Real): { readonly quarters: bigint; readonly rest: Real } => {
  if (topOf(x) < -1) return { quarters: 0n, rest: x };
  const exponent = Math.min(x.exponent, quarter.exponent);
  const at = ({ significand, exponent: from }: Real): bigint => significand << BigInt(from - exponent);
  const [angle, whole] = [at(x), at(quarter)];
  const half = angle < 0n ? -whole / 2n : whole / 2n;
  const quarters = (angle + half) / whole;
  return { quarters, rest: real(angle - quarters * whole, exponent) };
};

/** Of at most π/4. */
const nearSine = (r: Real): Real =>
  times(
    r,
    series(-square(r), (n) => [1, 2 * n * (2 * n + 1)]),
  );
const nearCosine = (r: Real): Real => series(-square(r), (n) => [1, (2 * n - 1) * 2 * n]);

/** Of an angle other than 0, below 2^63. */
export const sineAndCosine = (x: Real): readonly [sine: Real, cosine: Real] => {
  const { quarters, rest } = turned(x);
  const [sine, cosine] = [nearSine(rest), nearCosine(rest)];
  const turns = [
    [sine, cosine],
    [cosine, negative(sine)],
    [negative(sine), negative(cosine)],
    [negative(cosine), sine],
  ] as const;
  return turns[Number(quarters & 3n)] ?? turns[0];
};

/** What is small is a bit less than its tangent. */
export const tangent = (x: Real): Real => {
  if (topOf(x) < -100) return x;
  const [sine, cosine] = sineAndCosine(x);
  return over(sine, cosine);
};

/** Of a positive number up to 1; each halving of the angle saves terms. */
const nearArcTangent = (t: Real): Real => {
  let u = t;
  for (let count = 0; count < 3; count++) u = over(u, plus(real(1n), rootOf(plus(real(1n), times(u, u)))));
  return times(real(8n), times(u, odd(-square(u))));
};

/** The angle of a point whose coordinates are positive. */
export const angleOf = (y: Real, x: Real): Real => {
  const isSteep = minus(y, x).significand > 0n;
  return isSteep ? minus(halfPi, nearArcTangent(over(x, y))) : nearArcTangent(over(y, x));
};

/** 2^x − 1, of −1 to 1. */
export const powerLessOne = (x: Real): Real => {
  const y = times(x, naturalTwo);
  return times(
    y,
    series(fixed(y), (n) => [1, n + 1]),
  );
};

/** The binary logarithm of a positive number. */
export const logarithm = (x: Real): Real => {
  const top = topOf(x);
  const above = real(x.significand, x.exponent - top);
  const isUpper = minus(times(above, above), real(2n)).significand > 0n;
  const k = isUpper ? top + 1 : top;
  const m = isUpper ? real(above.significand, above.exponent - 1) : above;
  return plus(real(BigInt(k)), over(hyperbolic(over(minus(m, real(1n)), plus(m, real(1n)))), naturalTwo));
};

/** The same of 1 + x, which is only added where x is not small. */
export const logarithmAboveOne = (x: Real): Real =>
  topOf(x) < -2 ? over(hyperbolic(over(x, plus(x, real(2n)))), naturalTwo) : logarithm(plus(real(1n), x));
