/** Sums, products, quotients, roots, extremes of floating-point numbers. */
import { FloatOp } from '../../runtime/float.ts';
import type { Val } from '../../stage/index.ts';
import { type Op, op } from '../op.ts';
import type { X } from '../vocabulary.ts';
import { exact, exactLanes, floats } from './exact.ts';
import { isLossless } from './lossless.ts';
import { combining, combiningBy, everySecond, lanesWithBit, page, threeOf } from './rows.ts';
import {
  anyDenormal,
  areInfinite,
  areNormal,
  areNumbers,
  areQuiet,
  areZero,
  lowestOf,
  Magnitude,
  put,
  type Shape,
  shapes,
  withNans,
} from './shape.ts';

type Verb = 'add' | 'sub' | 'mul' | 'div';

/** Each lane by itself. */
const exactly =
  (x: X, { count, lane, format }: Shape, operation: number, ...operands: readonly Val[]) =>
  (): Val => {
    if (count !== 1) return exactLanes(x, operation + format, ...operands);
    const [a = x.known(lane, 0), b = a] = operands;
    return x.truncate(exact(x, operation + format, a, b), lane);
  };

/** Of operands that are no denormals, a normal result tells of nothing; nor does a zero or an infinity that an operand brought along. */
const uneventful = (x: X, shape: Shape, verb: Verb, a: Val, b: Val, r: Val): Val => {
  const isNormal = areNormal(x, shape, r);
  const inherited = (): Val => {
    const [zero, infinite] = [areZero(x, shape, r), areInfinite(x, shape, r)];
    const isInfinite = shape.both(
      x,
      infinite,
      verb === 'div' ? areInfinite(x, shape, a) : shape.either(x, areInfinite(x, shape, a), areInfinite(x, shape, b)),
    );
    const isZero =
      verb === 'add' || verb === 'sub'
        ? zero
        : shape.both(x, zero, shape.either(x, areZero(x, shape, a), verb === 'div' ? areInfinite(x, shape, b) : areZero(x, shape, b)));
    return shape.every(x, shape.either(x, isNormal, shape.either(x, isZero, isInfinite)));
  };
  const isResult = x.either(shape.every(x, isNormal), () => x.known(1, 1), inherited);
  return x.and(isResult, x.not(anyDenormal(x, shape, a, b)));
};

/** The same of scalars by their bits, one claim after the other: of doubles, engines take some cycles for each comparison. */
const uneventfulScalar = (x: X, { lane }: Shape, verb: Verb, a: Val, b: Val, r: Val): readonly (() => Val)[] => {
  const [one, other, made] = [a, b, r].map((value) => new Magnitude(x, lane, value)) as [Magnitude, Magnitude, Magnitude]; // As many.
  const isInfinite = (): Val => x.and(made.isInfinite, verb === 'div' ? one.isInfinite : x.or(one.isInfinite, other.isInfinite));
  const isZero = (): Val =>
    verb === 'add' || verb === 'sub' ? made.isZero : x.and(made.isZero, x.or(one.isZero, verb === 'div' ? other.isInfinite : other.isZero));
  const isResult = (): Val =>
    x.either(
      made.isNormal,
      () => x.known(1, 1),
      () => x.or(isInfinite(), isZero()),
    );
  return [isResult, () => x.not(one.isDenormal), () => x.not(other.isDenormal)];
};

const calculated = (x: X, shape: Shape, verb: Verb, a: Val, b: Val): Val =>
  floats(
    x,
    () => {
      const r = shape.calculate(x, verb, a, b);
      return [r, (shape.count === 1 ? uneventfulScalar : uneventful)(x, shape, verb, a, b, r), () => isLossless(x, shape, verb, a, b, r)];
    },
    exactly(x, shape, FloatOp[verb], a, b),
  );

/** WebAssembly's own minimum is another one's. */
const extreme = (x: X, shape: Shape, verb: 'min' | 'max', a: Val, b: Val): Val =>
  floats(
    x,
    () => [shape.choose(x, shape.is(x, verb === 'min' ? 'lt' : 'gt', a, b), a, b), areQuiet(x, shape, a, b)],
    exactly(x, shape, FloatOp[verb], a, b),
  );

const root = (x: X, shape: Shape, a: Val): Val =>
  floats(
    x,
    () => {
      const r = shape.calculate(x, 'sqrt', a);
      const isUneventful = x.and(areNumbers(x, shape, r), x.not(anyDenormal(x, shape, a)));
      return [r, isUneventful, () => isLossless(x, shape, 'div', a, r, r)];
    },
    exactly(x, shape, FloatOp.sqrt, a),
  );

type Calculation = (x: X, shape: Shape, a: Val, b: Val) => Val;

/** The rows of an opcode in all four shapes; or in some. */
const inShapes = (
  name: string,
  opcode: string,
  make: Calculation,
  names: readonly (keyof typeof shapes)[] = ['ps', 'pd', 'ss', 'sd'],
): readonly Op[] =>
  names.map((suffix) => {
    const shape: Shape = shapes[suffix];
    return op({
      ...{ name: `${name}${suffix}`, sdm: page(`${name}${suffix}`), isCombining: true },
      rows: [`${shape.prefix} 0F ${opcode} /r | ${shape.operands}`],
      run(x, ...operands) {
        const [destination, first, second] = threeOf(operands);
        const b = second.get();
        put(x, shape, destination, first, make(x, shape, lowestOf(x, shape, first), b));
      },
    });
  });

/**
 * Approximations of at most 1.5 × 2^-12 relative error, which no two vendors make alike: here they are as good as a single number is.
 * Denormals count as zeros on both sides, and nothing is said of exceptions.
 */
const approximated =
  (make: (x: X, shape: Shape, one: Val, a: Val) => Val): Calculation =>
  (x, shape, _a, b) => {
    const flushed = (value: Val): Val => {
      const isTiny = shape.is(x, 'lt', shape.calculate(x, 'abs', value), shape.all(x, 0x0080_0000));
      return shape.choose(x, isTiny, shape.calculate(x, 'mul', value, shape.all(x, 0)), value);
    };
    return withNans(x, shape, flushed(make(x, shape, shape.all(x, 0x3f80_0000), flushed(b))), b);
  };

const approximating = (name: string, opcode: string, make: (x: X, shape: Shape, one: Val, a: Val) => Val): readonly Op[] =>
  inShapes(name, opcode, approximated(make), ['ps', 'ss']).map((one) => ({ ...one, relativeError: 1.5 * 2 ** -12 }));

const calculating =
  (verb: Verb): Calculation =>
  (x, shape, a, b) =>
    calculated(x, shape, verb, a, b);

/** Even lanes are subtracted, odd ones added. */
const addSub: Calculation = (x, shape, a, b) => {
  const { lane, format } = shape;
  return floats(
    x,
    () => {
      const signs = lane === 32 ? x.splat(x.known(64, 0x8000_0000)) : x.constant(64, [1n << 63n, 0]);
      const mixed = x.lanes('v128.xor', b, signs);
      const r = shape.calculate(x, 'add', a, mixed);
      return [r, uneventful(x, shape, 'add', a, b, r), () => isLossless(x, shape, 'add', a, mixed, r)];
    },
    () => exactLanes(x, FloatOp.sub + format + FloatOp.alternating, a, b),
  );
};

/** Of neighbours: the first with the second. */
const neighbours =
  (verb: 'add' | 'sub'): Calculation =>
  (x, shape, a, b) =>
    calculated(x, shape, verb, everySecond(x, shape.lane, a, b, 0), everySecond(x, shape.lane, a, b, 1));

/**
 * Products of the lanes that bits 4 and up of an immediate name, and their sum in those that bits 0 and up name: SDM Vol. 2A, DPPS. Of each half of a vector; the
 * exceptions of a step are told of before the next.
 */
export const dotProducts = (
  x: X,
  shape: Shape,
  [as, bs]: readonly [readonly Val[], readonly Val[]],
  immediate: Val,
  step: (make: () => readonly Val[]) => readonly Val[],
): readonly Val[] => {
  const masked = (value: Val, bits: Val): Val => x.lanes('v128.and', value, lanesWithBit(x, shape.lane, bits));
  const factors = x.shr(immediate, 4);
  const neighbourSums = (w: 32 | 64, halves: readonly Val[]): readonly Val[] =>
    step(() => halves.map((half) => calculated(x, shape, 'add', everySecond(x, w, half, half, 0), everySecond(x, w, half, half, 1))));
  const products = step(() => as.map((a, at) => calculated(x, shape, 'mul', masked(a, factors), masked(bs[at] ?? a, factors))));
  const pairs = shape.lane === 64 ? products : neighbourSums(32, products);
  return neighbourSums(shape.lane, pairs).map((sum) => masked(sum, immediate));
};

const multiplying = (name: string, opcode: string, shape: Shape): Op =>
  combiningBy(name, [`66 0F3A ${opcode} /r ib | Vx, Wx, Ib`], (x, a, b, immediate) => {
    const [sum = a] = dotProducts(x, shape, [[a], [b]], immediate, (make) => make());
    return sum;
  });

/** A row of its own prefix. */
const packedOnly = (name: string, prefix: string, opcode: string, shape: Shape, make: Calculation): Op =>
  combining(name, [`${prefix} 0F ${opcode} /r | Vx, Wx`], (x, a, b) => make(x, shape, a, b));

const { ps, pd } = shapes;

export const float: readonly Op[] = [
  ...inShapes('sqrt', '51', (x, shape, _a, b) => root(x, shape, b)),
  ...approximating('rsqrt', '52', (x, shape, one, a) => shape.calculate(x, 'div', one, shape.calculate(x, 'sqrt', a))),
  ...approximating('rcp', '53', (x, shape, one, a) => shape.calculate(x, 'div', one, a)),
  ...inShapes('add', '58', calculating('add')),
  ...inShapes('mul', '59', calculating('mul')),
  ...inShapes('sub', '5C', calculating('sub')),
  ...inShapes('min', '5D', (x, shape, a, b) => extreme(x, shape, 'min', a, b)),
  ...inShapes('div', '5E', calculating('div')),
  ...inShapes('max', '5F', (x, shape, a, b) => extreme(x, shape, 'max', a, b)),
  packedOnly('haddpd', '66', '7C', pd, neighbours('add')),
  packedOnly('haddps', 'F2', '7C', ps, neighbours('add')),
  packedOnly('hsubpd', '66', '7D', pd, neighbours('sub')),
  packedOnly('hsubps', 'F2', '7D', ps, neighbours('sub')),
  packedOnly('addsubpd', '66', 'D0', pd, addSub),
  packedOnly('addsubps', 'F2', 'D0', ps, addSub),
  multiplying('dpps', '40', ps),
  multiplying('dppd', '41', pd),
];
