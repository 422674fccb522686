/**
 * Sums, products and quotients of numbers and zeros, to the nearest: Knuth, TAOCP Vol. 2, 4.2.1. They are functions of numbers alone, made once, which
 * every derivation calls: (head and significand of one, of the other, by how many bits less than 64 the result has, less than 64; its place in the state) → flags of the status word and
 * `calculated`, or 0 where there is no such result, and nothing was written.
 */
import { Mxcsr, X87Status } from '../../runtime/state.ts';
import { opcode, type Signature, Stage, type StagedFunction, type Val, type Wide, wideProduct, wideQuotient } from '../../stage/index.ts';

/** As a register has it: sign and exponent, of 32 bits; significand of 64. */
export interface Extended {
  readonly head: Val;
  readonly significand: Val;
}

/** What is calculated of two, and where it goes. */
export interface CalculationTask {
  readonly a: Extended;
  readonly b: Extended;
  /** By how many bits less than 64 the result has; a place in the state. */
  readonly dropped: Val;
  readonly place: Val;
}

interface Apart {
  /** Of one bit. */
  readonly sign: Val;
  /** As it stands, of 32 bits. */
  readonly exponent: Val;
  readonly significand: Val;
}

/** 128 bits of which the highest is set; what was lost of them is in the lowest one. */
interface Unrounded {
  readonly sign: Val;
  readonly exponent: Val;
  readonly wide: Wide;
}

/** That there is a result, beside its flags. */
export const calculated = 1 << 16;
export const resultFlags = Mxcsr.pe | X87Status.c1;

const parameters = ['i32', 'i64', 'i32', 'i64', 'i32', 'i32'] as const;
const bias = 0x3fff;
const signBit = 0x8000;
const integerBit = 1n << 63n;

/** The flags of a result that was rounded: PE where bits were lost, C1 where it grew. */
export const roundingFlags = (x: Stage, isInexact: Val, isUp: Val): Val =>
  x.or(x.shl(x.zext(isInexact, 32), 5), x.shl(x.zext(isUp, 32), 9));

/** Neither 0 nor denormal, infinite, a NaN or unsupported. */
export const isNormal = (x: Stage, { head, significand }: Extended): Val =>
  x.and(isWithin(x, x.and(head, x.known(32, signBit - 1))), x.msb(significand));

export const isZero = (x: Stage, { head, significand }: Extended): Val =>
  x.and(x.eqz(x.and(head, x.known(32, signBit - 1))), x.eqz(significand));

export const isNumber = (x: Stage, one: Extended): Val => x.or(isNormal(x, one), isZero(x, one));

const isWithin = (x: Stage, exponent: Val): Val => x.ltu(x.sub(exponent, x.known(32, 1)), x.known(32, 0x7ffe));

class Calculation {
  readonly x = new Stage([...parameters]);
  readonly a: Extended = { head: this.x.parameter(0, 32), significand: this.x.parameter(1, 64) };
  readonly b: Extended = { head: this.x.parameter(2, 32), significand: this.x.parameter(3, 64) };

  /** Ends it with a result. */
  give({ head, significand }: Extended, flags: Val = this.x.known(32, 0)): void {
    const { x } = this;
    const place = x.parameter(5, 32);
    x.store(significand, place, { home: 0 });
    x.store(x.truncate(head, 16), place, { home: 8 });
    x.do([opcode.return], x.or(flags, x.known(32, calculated)));
  }

  refuse(): void {
    this.x.do([opcode.return], this.x.known(32, 0));
  }

  /** Ends it with a zero. */
  zero(head: Val): void {
    this.give({ head, significand: this.x.known(64, 0) });
  }

  round({ sign, exponent, wide: { high, low } }: Unrounded): void {
    const { x } = this;
    const dropped = x.zext(x.parameter(4, 32), 64);
    const last = x.shl(x.known(64, 1), dropped);
    const below = x.and(high, x.sub(last, x.known(64, 1)));
    const kept = x.sub(high, below);
    const hasAll = x.eqz(dropped);
    // As parts of the last bit that is kept: half of one is 2^63. Of what is below, whether there is anything.
    const moved = x.shl(below, x.and(x.sub(x.known(64, 64), dropped), x.known(64, 63)));
    const rest = x.select(hasAll, low, x.or(moved, x.zext(x.nez(low), 64)));
    const half = x.known(64, integerBit);
    const isUp = x.or(x.ltu(half, rest), x.and(x.eq(rest, half), x.nez(x.and(high, last))));
    const raised = x.select(isUp, x.add(kept, last), kept);
    const isCarried = x.eqz(raised);
    const reached = x.add(exponent, x.zext(isCarried, 32));
    x.when(isWithin(x, reached), () =>
      this.give(
        { head: x.or(x.shl(x.zext(sign, 32), 15), reached), significand: x.select(isCarried, half, raised) },
        roundingFlags(x, x.nez(rest), isUp),
      ),
    );
    this.refuse();
  }
}

const apart = (x: Stage, { head, significand }: Extended): Apart => ({
  sign: x.bit(head, 15),
  exponent: x.and(head, x.known(32, signBit - 1)),
  significand,
});

const signOf = (x: Stage, head: Val): Val => x.and(head, x.known(32, signBit));

const sum = (one: Calculation): void => {
  const { x, a, b } = one;
  const isOpposite = x.eq(x.xor(a.head, b.head), x.known(32, signBit));
  x.when(x.and(isOpposite, x.eq(a.significand, b.significand)), () => one.zero(x.known(32, 0)));
  const [first, second] = [apart(x, a), apart(x, b)];
  const isSwapped = x.or(
    x.ltu(first.exponent, second.exponent),
    x.and(x.eq(first.exponent, second.exponent), x.ltu(first.significand, second.significand)),
  );
  const pick = (p: Val, q: Val): Val => x.select(isSwapped, q, p);
  const large: Apart = {
    sign: pick(first.sign, second.sign),
    exponent: pick(first.exponent, second.exponent),
    significand: pick(first.significand, second.significand),
  };
  const small = pick(second.significand, first.significand);
  const wide = shifted(x, small, x.sub(large.exponent, pick(second.exponent, first.exponent)));
  x.when(x.eq(first.sign, second.sign), () => one.round(added(x, large, wide)));
  one.round(subtracted(x, large, wide));
};

/** Of one that is a zero, or of two; a negative one is made only of two. */
const sumWithZero = (one: Calculation): void => {
  const { x, a, b } = one;
  const [noA, noB] = [isZero(x, a), isZero(x, b)];
  x.when(x.and(noA, noB), () => one.zero(x.and(a.head, b.head)));
  const other = apart(x, { head: x.select(noB, a.head, b.head), significand: x.select(noB, a.significand, b.significand) });
  one.round({ ...other, wide: { high: other.significand, low: x.known(64, 0) } });
};

const added = (x: Stage, large: Apart, { high, low }: Wide): Unrounded => {
  const summed = x.add(large.significand, high);
  const carry = x.ltu(summed, high);
  return {
    sign: large.sign,
    exponent: x.add(large.exponent, x.zext(carry, 32)),
    wide: {
      high: x.select(carry, x.or(x.shr(summed, 1), x.known(64, integerBit)), summed),
      low: x.select(carry, x.or(x.or(x.shl(summed, 63), x.shr(low, 1)), x.and(low, x.known(64, 1))), low),
    },
  };
};

const subtracted = (x: Stage, large: Apart, { high, low }: Wide): Unrounded => {
  const left = x.sub(x.sub(large.significand, high), x.zext(x.nez(low), 64));
  const { by, ...wide } = normalized(x, { high: left, low: x.sub(x.known(64, 0), low) });
  return { sign: large.sign, exponent: x.sub(large.exponent, by), wide };
};

/** Down by any number of bits; what falls out is noted in the lowest one. */
const shifted = (x: Stage, significand: Val, by: Val): Wide => {
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
const normalized = (x: Stage, { high, low }: Wide): Wide & { readonly by: Val } => {
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

const product = (one: Calculation): void => {
  const { x, a, b } = one;
  one.round(multiplied(x, apart(x, a), apart(x, b)));
};

const productWithZero = (one: Calculation): void => {
  const { x, a, b } = one;
  one.zero(signOf(x, x.xor(a.head, b.head)));
};

const multiplied = (x: Stage, a: Apart, b: Apart): Unrounded => {
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

const quotient = (one: Calculation): void => {
  const { x, a, b } = one;
  one.round(divided(x, apart(x, a), apart(x, b)));
};

const quotientWithZero = (one: Calculation): void => {
  const { x, a, b } = one;
  x.when(isZero(x, b), () => one.refuse());
  one.zero(signOf(x, x.xor(a.head, b.head)));
};

/** The remainder tells only whether it is less than half, half or more than half of the divisor. */
const divided = (x: Stage, a: Apart, b: Apart): Unrounded => {
  const isLess = x.ltu(a.significand, b.significand);
  const zero = x.known(64, 0);
  const dividend = {
    high: x.select(isLess, a.significand, x.shr(a.significand, 1)),
    low: x.select(isLess, zero, x.shl(a.significand, 63)),
  };
  const made = wideQuotient(x, dividend, b.significand);
  const other = x.sub(b.significand, made.remainder);
  const half = x.known(64, integerBit);
  const low = x.select(x.ltu(other, made.remainder), x.known(64, 3n << 62n), x.select(x.eq(other, made.remainder), half, x.known(64, 1)));
  return {
    sign: x.xor(a.sign, b.sign),
    exponent: x.sub(x.add(x.sub(a.exponent, b.exponent), x.known(32, bias)), x.zext(isLess, 32)),
    wide: { high: made.quotient, low: x.select(x.eqz(made.remainder), zero, low) },
  };
};

/** Of two normal numbers, and where one at least is a zero. */
const calculations = {
  sum: [sum, sumWithZero],
  product: [product, productWithZero],
  quotient: [quotient, quotientWithZero],
} as const satisfies Record<string, readonly [(one: Calculation) => void, (one: Calculation) => void]>;
export type CalculationName = keyof typeof calculations;

const functionOf = (name: CalculationName): string => `x87 ${name}`;

/** A call of one, to a place in the state. */
export const calculationCall = (x: Stage, name: CalculationName, { a, b, dropped, place }: CalculationTask): Val =>
  x.pinned('i32', 32, [opcode.call, { call: functionOf(name) }], a.head, a.significand, b.head, b.significand, dropped, place);

export const calculationFunctions = (): readonly StagedFunction[] =>
  (Object.keys(calculations) as CalculationName[]).map((name) => {
    const one = new Calculation();
    const { x, a, b } = one;
    const [usual, withZero] = calculations[name];
    x.when(x.and(isNormal(x, a), isNormal(x, b)), () => usual(one));
    x.when(x.not(x.and(isNumber(x, a), isNumber(x, b))), () => one.refuse());
    withZero(one);
    x.do([opcode.unreachable]);
    return { name: functionOf(name), stage: x, results: ['i32'] };
  });

/** Parameters and results, by the names of the functions. */
export const calculationSignatures: Readonly<Record<string, Signature>> = Object.fromEntries(
  (Object.keys(calculations) as CalculationName[]).map((name) => [functionOf(name), { parameters, results: ['i32'] }]),
);
