/**
 * Arithmetic of single numbers to the letter of MXCSR: any rounding, denormals as zeros, results flushed to zero, exception flags. Nothing comes here
 * while MXCSR's control bits are as after reset and nothing is to be told of: then WebAssembly's own operators do what the processor does
 * (spec/vector/exact.ts). SDM Vol. 1, 11.5 has the rules.
 */
import { add, compare, divide, extreme, multiply, roundToIntegral, squareRoot } from './float/arithmetic.ts';
import { convert, fromInteger, toHalf, toInteger } from './float/convert.ts';
import { double, Environment, half, single } from './float/format.ts';
import { multiplyAdd } from './float/fused.ts';
import { State } from './state.ts';

/** Numbers of operations; with `FloatOp.double` added, of numbers of 64 bits. */
export const FloatOp = {
  ...{ add: 0, sub: 1, mul: 2, div: 3, sqrt: 4, min: 5, max: 6 },
  /** To a mask of `Relation`; the second signals quiet NaNs, too. */
  ...{ compare: 7, compareSignalling: 8 },
  /** To the other format. */
  convert: 9,
  /** From and to signed integers; towards zero whatever MXCSR says. */
  ...{ from32: 10, from64: 11, to32: 12, to64: 13, truncate32: 14, truncate64: 15 },
  /** To an integral number: b is the immediate of ROUNDPS. */
  round: 16,
  /** a × b + State.third, rounded once; the following have the sign of the addend, of the product, and of both the other way. */
  fused: 24,
  /** From and to halves, of a single: b is the immediate of VCVTPS2PH. */
  ...{ fromHalf: 21, toHalf: 22 },
  double: 32,
  /** Of each lane of the vectors at State.lanes, which the first one's place gets; with `alternating`, of odd lanes by the operation whose lowest bit is the other. */
  packed: 64,
  alternating: 128,
} as const;

export { Relation } from './float/arithmetic.ts';

type ExactFloat = (operation: number, a: bigint, b: bigint) => bigint;

/** What `host.float` does for the processor whose state begins at `base`. */
export const exactFloat = (state: DataView, base = 0): ExactFloat => {
  const one = exactNumber(state, base);
  return (operation, a, b) => {
    if ((operation & FloatOp.packed) === 0) return one(operation, a, b);
    eachLane(state, base + State.lanes, operation & ~FloatOp.packed, one, base + State.third);
    return 0n;
  };
};

const vectorBytes = 16;

const eachLane = (state: DataView, vectors: number, operation: number, one: ExactFloat, third: number): void => {
  const bytes = (operation & FloatOp.double) === 0 ? 4 : 8;
  const lane = (at: number): bigint => (bytes === 4 ? BigInt(state.getUint32(at, true)) : state.getBigUint64(at, true));
  for (let at = 0; at < vectorBytes; at += bytes) {
    const isOther = (operation & FloatOp.alternating) !== 0 && (at / bytes) % 2 === 1;
    state.setBigUint64(third, lane(vectors + 2 * vectorBytes + at), true);
    const result = one((operation & ~FloatOp.alternating) ^ (isOther ? 1 : 0), lane(vectors + at), lane(vectors + vectorBytes + at));
    if (bytes === 4) state.setUint32(vectors + at, Number(BigInt.asUintN(32, result)), true);
    else state.setBigUint64(vectors + at, BigInt.asUintN(64, result), true);
  }
};

/** Of one number. */
const exactNumber =
  (state: DataView, base: number): ExactFloat =>
  (operation, a, b) => {
    const format = (operation & FloatOp.double) === 0 ? single : double;
    const environment = new Environment(state.getUint32(base + State.mxcsr, true));
    const result = perform(environment, operation & ~FloatOp.double, BigInt.asUintN(format.w, a), BigInt.asUintN(64, b));
    state.setUint32(base + State.mxcsr, environment.mxcsr, true);
    return result;

    function perform(on: Environment, what: number, left: bigint, second: bigint): bigint {
      const right = BigInt.asUintN(format.w, second);
      switch (what) {
        case FloatOp.add:
          return add(on, format, left, right, 0);
        case FloatOp.sub:
          return add(on, format, left, right, 1);
        case FloatOp.mul:
          return multiply(on, format, left, right);
        case FloatOp.div:
          return divide(on, format, left, right);
        case FloatOp.sqrt:
          return squareRoot(on, format, left);
        case FloatOp.min:
        case FloatOp.max:
          return extreme(on, format, left, right, what === FloatOp.max);
        case FloatOp.compare:
        case FloatOp.compareSignalling:
          return compare(on, format, left, right, what === FloatOp.compareSignalling);
        case FloatOp.convert:
          return convert(on, format, format === single ? double : single, left);
        case FloatOp.from32:
        case FloatOp.from64:
          return fromInteger(on, format, BigInt.asIntN(what === FloatOp.from32 ? 32 : 64, a));
        case FloatOp.to32:
        case FloatOp.to64:
          return toInteger(on, format, left, what === FloatOp.to32 ? 32 : 64, on.rounding);
        case FloatOp.truncate32:
        case FloatOp.truncate64:
          return toInteger(on, format, left, what === FloatOp.truncate32 ? 32 : 64, 3);
        case FloatOp.fused:
        case FloatOp.fused + 1:
        case FloatOp.fused + 2:
        case FloatOp.fused + 3: {
          const third = BigInt.asUintN(format.w, state.getBigUint64(base + State.third, true));
          const [isAddendNegated, isProductNegated] = [(what - FloatOp.fused) & 1, (what - FloatOp.fused) & 2].map((bit) => bit !== 0);
          return multiplyAdd(on, format, [left, right, third], {
            isAddendNegated: isAddendNegated === true,
            isProductNegated: isProductNegated === true,
          });
        }
        case FloatOp.fromHalf:
          return convert(on, half, single, BigInt.asUintN(16, left));
        case FloatOp.toHalf:
          return toHalf(on, left, Number(second & 7n));
        case FloatOp.round:
          return roundToIntegral(on, format, left, Number(second & 15n));
        default:
          throw new Error(`no operation has the number ${what}`);
      }
    }
  };
