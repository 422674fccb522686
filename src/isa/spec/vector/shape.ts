/** The four shapes of floating-point operands: packed or scalar, single or double. Values are bits: vectors, or integers of scalars. */
import { FloatOp } from '../../runtime/float.ts';
import type { Val } from '../../stage/index.ts';
import type { Operand } from '../op.ts';
import type { X } from '../vocabulary.ts';

export interface Shape {
  /** Width of a lane in bits, and how many there are. */
  readonly lane: 32 | 64;
  readonly count: 1 | 2 | 4;
  /** Codes of destination and source. */
  readonly operands: string;
  /** Prefix of its rows. */
  readonly prefix: 'NP' | '66' | 'F2' | 'F3';
  /** What FloatOp adds for it. */
  readonly format: number;
  /** A WebAssembly operator of this shape, by its verb. */
  calculate(x: X, verb: string, ...args: readonly Val[]): Val;
  /** Lanes, or a bit, of what a comparison claims. */
  is(x: X, relation: string, a: Val, b: Val): Val;
  /** Bits of both: of claims, where one holds, or both do. */
  either(x: X, a: Val, b: Val): Val;
  both(x: X, a: Val, b: Val): Val;
  /** A claim's opposite where a bit is set, as lanes of all ones. */
  invertedIf(x: X, bit: Val, claim: Val): Val;
  /** Whether a claim holds for all lanes, or for any. */
  every(x: X, claim: Val): Val;
  any(x: X, claim: Val): Val;
  /** Lanes of a where the claim holds, else of b. */
  choose(x: X, claim: Val, a: Val, b: Val): Val;
  /** The same bits in each lane. */
  all(x: X, bits: number | bigint): Val;
}

const packed = (lane: 32 | 64, prefix: Shape['prefix']): Shape => {
  const type = `f${lane}x${128 / lane}`;
  return {
    ...{ lane, prefix, count: lane === 32 ? 4 : 2, operands: 'Vx, Wx', format: lane === 64 ? FloatOp.double : 0 },
    calculate: (x, verb, ...args) => x.lanes(`${type}.${verb}`, ...args),
    is: (x, relation, a, b) => x.lanes(`${type}.${relation}`, a, b),
    either: (x, a, b) => x.lanes('v128.or', a, b),
    invertedIf: (x, bit, claim) => x.lanes('v128.xor', claim, x.splat(x.sext(bit, 32))),
    both: (x, a, b) => x.lanes('v128.and', a, b),
    every: (x, claim) => x.lanes(`i${lane}x${128 / lane}.all_true`, claim),
    any: (x, claim) => x.lanes('v128.any_true', claim),
    choose: (x, claim, a, b) => x.lanes('v128.bitselect', a, b, claim),
    all: (x, bits) => x.splat(x.known(lane, bits)),
  };
};

const scalar = (lane: 32 | 64, prefix: Shape['prefix']): Shape => {
  const code = lane === 32 ? 'd' : 'q';
  return {
    ...{ lane, prefix, count: 1, operands: `V${code}, W${code}`, format: lane === 64 ? FloatOp.double : 0 },
    calculate: (x, verb, ...args) => x.bits(x.lanes(`f${lane}.${verb}`, ...args.map((arg) => x.float(arg)))),
    is: (x, relation, a, b) => x.lanes(`f${lane}.${relation}`, x.float(a), x.float(b)),
    either: (x, a, b) => x.or(a, b),
    invertedIf: (x, bit, claim) => x.sext(x.xor(bit, claim), lane),
    both: (x, a, b) => x.and(a, b),
    every: (_x, claim) => claim,
    any: (_x, claim) => claim,
    choose: (x, claim, a, b) => x.select(claim, a, b),
    all: (x, bits) => x.known(lane, bits),
  };
};

export const shapes = { ps: packed(32, 'NP'), pd: packed(64, '66'), ss: scalar(32, 'F3'), sd: scalar(64, 'F2') } as const;

/** A first source as far as the shape looks at it. */
export const lowestOf = (x: X, { lane, count }: Shape, operand: Operand): Val => {
  const value = operand.get();
  return count === 1 && value.w === 128 ? x.extract(value, lane, 0) : value;
};

/** A scalar's result takes the rest of the vector from the first source, which legacy encodings have in place. */
export const put = (x: X, { count }: Shape, destination: Operand, first: Operand, value: Val): void => {
  destination.set(count === 1 && first !== destination ? x.insert(first.get(), 0, value) : value);
};

/** What is made of each lane by itself. */
export const everyLane = (x: X, { lane, count }: Shape, make: (...lanes: readonly Val[]) => Val, ...args: readonly Val[]): Val => {
  if (count === 1) return make(...args);
  const made = Array.from({ length: count }, (_, at) => make(...args.map((arg) => x.extract(arg, lane, at))));
  return made.reduce((so, value, at) => x.insert(so, at, x.truncate(value, lane)), x.known(128, 0));
};

/** The bit that makes a NaN quiet, and the QNaN floating-point indefinite. */
const quietBit = { 32: 0x0040_0000n, 64: 0x0008_0000_0000_0000n } as const;
const indefinite = { 32: 0xffc0_0000n, 64: 0xfff8_0000_0000_0000n } as const;

/** The first operand's NaN, else the second's, quiet; else the indefinite: SDM Vol. 1, table 4-7. WebAssembly leaves open which. */
export const withNans = (x: X, shape: Shape, r: Val, ...operands: readonly Val[]): Val => {
  const isNan = (value: Val): Val => shape.is(x, 'ne', value, value);
  const quiet = shape.all(x, quietBit[shape.lane]);
  return x.either(
    shape.any(x, isNan(r)),
    () => {
      const other = shape.choose(x, isNan(r), shape.all(x, indefinite[shape.lane]), r);
      return operands.reduceRight((so, operand) => shape.choose(x, isNan(operand), shape.either(x, operand, quiet), so), other);
    },
    () => r,
  );
};

/** The least normal number and infinity. */
const edges = { 32: [0x0080_0000n, 0x7f80_0000n], 64: [0x0010_0000_0000_0000n, 0x7ff0_0000_0000_0000n] } as const;

/** Where results are normal, and were before they were rounded: neither zeros nor denormals, infinities nor NaNs, nor the least normal number. */
export const areNormal = (x: X, shape: Shape, a: Val): Val => {
  const [least, infinity] = edges[shape.lane];
  const magnitude = shape.calculate(x, 'abs', a);
  return shape.both(x, shape.is(x, 'gt', magnitude, shape.all(x, least)), shape.is(x, 'lt', magnitude, shape.all(x, infinity)));
};

/** A scalar without its sign, by its bits. */
export class Magnitude {
  readonly #x: X;
  readonly #lane: 32 | 64;
  readonly #bits: Val;

  constructor(x: X, lane: 32 | 64, value: Val) {
    this.#x = x;
    this.#lane = lane;
    this.#bits = x.shl(x.bits(x.float(value)), 1);
  }

  #isFrom(first: bigint, end: bigint): Val {
    const x = this.#x;
    return x.ltu(x.sub(this.#bits, x.known(this.#lane, 2n * first)), x.known(this.#lane, 2n * (end - first)));
  }

  /** As `areNormal` has it. */
  get isNormal(): Val {
    const [least, infinity] = edges[this.#lane];
    return this.#isFrom(least + 1n, infinity);
  }

  get isDenormal(): Val {
    const [least] = edges[this.#lane];
    return this.#isFrom(1n, least);
  }

  /** Neither a NaN nor a denormal. */
  get isQuiet(): Val {
    const [least, infinity] = edges[this.#lane];
    const [x, isUsual] = [this.#x, this.#isFrom(least, infinity + 1n)];
    return x.either(
      isUsual,
      () => x.known(1, 1),
      () => this.isZero,
    );
  }

  get isZero(): Val {
    return this.#x.eqz(this.#bits);
  }

  get isInfinite(): Val {
    return this.#x.eq(this.#bits, this.#x.known(this.#lane, 2n * edges[this.#lane][1]));
  }
}

/** Whether some lane of them is a denormal. */
export const anyDenormal = (x: X, shape: Shape, ...operands: readonly Val[]): Val => {
  const [least] = edges[shape.lane];
  const isDenormal = (bits: Val): Val => {
    if (shape.count === 1) return new Magnitude(x, shape.lane, bits).isDenormal;
    const magnitude = shape.calculate(x, 'abs', bits);
    return shape.both(x, shape.is(x, 'lt', magnitude, shape.all(x, least)), shape.is(x, 'ne', magnitude, shape.all(x, 0)));
  };
  return shape.any(
    x,
    operands.map(isDenormal).reduce((so, claim) => shape.either(x, so, claim)),
  );
};

export const areZero = (x: X, shape: Shape, a: Val): Val => shape.is(x, 'eq', a, shape.all(x, 0));

export const areInfinite = (x: X, shape: Shape, a: Val): Val =>
  shape.is(x, 'eq', shape.calculate(x, 'abs', a), shape.all(x, edges[shape.lane][1]));

/** Whether no lane of them is a NaN or a denormal: what is only compared, or widened, tells of nothing else. */
export const areQuiet = (x: X, shape: Shape, ...operands: readonly Val[]): Val =>
  x.and(areNumbers(x, shape, ...operands), x.not(anyDenormal(x, shape, ...operands)));

/** Whether no lane of them is a NaN. */
export const areNumbers = (x: X, shape: Shape, ...operands: readonly Val[]): Val =>
  shape.every(
    x,
    operands.map((operand) => shape.is(x, 'eq', operand, operand)).reduce((so, claim) => shape.both(x, so, claim)),
  );
