/**
 * Whether a result that was rounded to the nearest lost nothing, told by what the same operators say of its error: Knuth's sum and Dekker's product
 * (Numer. Math. 18, 1971). Where these are out of their reach, as with infinities and very small products, nothing is claimed.
 */
import type { Val } from '../../stage/index.ts';
import type { X } from '../vocabulary.ts';
import type { Shape } from './shape.ts';

type Calculation = 'add' | 'sub' | 'mul' | 'div';

/** What cuts a number into two halves of its bits, 2^12 + 1 and 2^27 + 1; and the product above which errors are no denormals, 2^-100 and 2^-960. */
const constants = { 32: [0x4580_0800n, 0x0d80_0000n], 64: [0x41a0_0000_0200_0000n, 0x03f0_0000_0000_0000n] } as const;

/** Whether every lane of r is exactly what a and b make; a root is what its own quotient is. */
export const isLossless = (x: X, shape: Shape, verb: Calculation, a: Val, b: Val, r: Val): Val =>
  shape.every(x, claimOf(x, shape, verb, a, b, r));

/** Whether a rounded sum is the sum, lane by lane. */
export const isSum = (x: X, shape: Shape, a: Val, b: Val, sum: Val): Val => {
  const by = (verb: string, ...args: readonly Val[]): Val => shape.calculate(x, verb, ...args);
  const back = by('sub', sum, a);
  return isZero(x, shape, by('add', by('sub', a, by('sub', sum, back)), by('sub', b, back)));
};

const claimOf = (x: X, shape: Shape, verb: Calculation, a: Val, b: Val, r: Val): Val => {
  switch (verb) {
    case 'add':
      return isSum(x, shape, a, b, r);
    case 'sub':
      return isSum(x, shape, a, shape.calculate(x, 'neg', b), r);
    case 'mul':
      return isProduct(x, shape, a, b, r);
    case 'div': {
      const product = shape.calculate(x, 'mul', r, b);
      return shape.both(x, shape.is(x, 'eq', product, a), isProduct(x, shape, r, b, product));
    }
  }
};

const isProduct = (x: X, shape: Shape, a: Val, b: Val, product: Val): Val => {
  const by = (verb: string, ...args: readonly Val[]): Val => shape.calculate(x, verb, ...args);
  const [splitter, least] = constants[shape.lane];
  const halvesOf = (value: Val): readonly [high: Val, low: Val] => {
    const scaled = by('mul', value, shape.all(x, splitter));
    const high = by('sub', scaled, by('sub', scaled, value));
    return [high, by('sub', value, high)];
  };
  const [[aHigh, aLow], [bHigh, bLow]] = [halvesOf(a), halvesOf(b)];
  const rest = by('add', by('add', by('sub', by('mul', aHigh, bHigh), product), by('mul', aHigh, bLow)), by('mul', aLow, bHigh));
  const isWithin = shape.either(x, shape.is(x, 'gt', by('abs', product), shape.all(x, least)), isZero(x, shape, product));
  return shape.both(x, isZero(x, shape, by('add', rest, by('mul', aLow, bLow))), isWithin);
};

const isZero = (x: X, shape: Shape, value: Val): Val => shape.is(x, 'eq', value, shape.all(x, 0));
