/**
 * Sums, products and quotients of numbers and zeros, to 64 bits and the nearest: Knuth, TAOCP Vol. 2, 4.2.1. They are functions of numbers alone, made once, which
 * every derivation calls: (head and significand of one, of the other, place of the result in the state) → flags of the status word and `calculated`, or 0
 * where there is no such result, and nothing was written.
 */
import { Mxcsr, X87Status } from '../../runtime/state.ts';
import { opcode, type Signature, Stage, type StagedFunction, type Val, type Wide, wideProduct, wideQuotient } from '../../stage/index.ts';

/** As a register has it: sign and exponent, of 32 bits; significand of 64. */
export interface Extended {
  readonly head: Val;
  readonly significand: Val;
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
  readonly x = new Stage(['i32', 'i64', 'i32', 'i64', 'i32']);
  readonly a: Extended = { head: this.x.parameter(0, 32), significand: this.x.parameter(1, 64) };
  readonly b: Extended = { head: this.x.parameter(2, 32), significand: this.x.parameter(3, 64) };

  /** Ends it with a result. */
  give({ head, significand }: Extended, flags: Val = this.x.known(32, 0)): void {
    const { x } = this;
    const place = x.parameter(4, 32);
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
    const half = x.known(64, integerBit);
    const isUp = x.or(x.ltu(half, low), x.and(x.eq(low, half), x.bit(high, 0)));
    const raised = x.add(high, x.zext(isUp, 64));
    const isCarried = x.and(isUp, x.eqz(raised));
    const reached = x.add(exponent, x.zext(isCarried, 32));
    x.when(isWithin(x, reached), () =>
      this.give(
        { head: x.or(x.shl(x.zext(sign, 32), 15), reached), significand: x.select(isCarried, half, raised) },
        roundingFlags(x, x.nez(low), isUp),
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
  const [noA, noB] = [isZero(x, a), isZero(x, b)];
  x.when(x.or(noA, noB), () =>
    one.give({
      // Of two zeros, a negative one only where both are.
      head: x.select(x.and(noA, noB), x.and(a.head, b.head), x.select(noB, a.head, b.head)),
      significand: x.select(noB, a.significand, b.significand),
    }),
  );
  const isOpposite = x.eq(x.xor(a.head, b.head), x.known(32, signBit));
  x.when(x.and(isOpposite, x.eq(a.significand, b.significand)), () => one.zero(x.known(32, 0)));
  one.round(added(x, apart(x, a), apart(x, b)));
};

const added = (x: Stage, a: Apart, b: Apart): Unrounded => {
  const isSwapped = x.or(x.ltu(a.exponent, b.exponent), x.and(x.eq(a.exponent, b.exponent), x.ltu(a.significand, b.significand)));
  const pick = (first: Val, second: Val): Val => x.select(isSwapped, second, first);
  const large: Apart = {
    sign: pick(a.sign, b.sign),
    exponent: pick(a.exponent, b.exponent),
    significand: pick(a.significand, b.significand),
  };
  const small = pick(b.significand, a.significand);
  const { high, low } = shifted(x, small, x.sub(large.exponent, pick(b.exponent, a.exponent)));
  const isDifference = x.xor(a.sign, b.sign);
  const summed = x.add(large.significand, high);
  const carry = x.ltu(summed, high);
  const sumLow = x.select(carry, x.or(x.or(x.shl(summed, 63), x.shr(low, 1)), x.and(low, x.known(64, 1))), low);
  const sumHigh = x.select(carry, x.or(x.shr(summed, 1), x.known(64, integerBit)), summed);
  const left = x.sub(x.sub(large.significand, high), x.zext(x.nez(low), 64));
  const rest = normalized(x, { high: left, low: x.sub(x.known(64, 0), low) });
  return {
    sign: large.sign,
    exponent: x.select(isDifference, x.sub(large.exponent, rest.by), x.add(large.exponent, x.zext(carry, 32))),
    wide: { high: x.select(isDifference, rest.high, sumHigh), low: x.select(isDifference, rest.low, sumLow) },
  };
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
  const sign = signOf(x, x.xor(a.head, b.head));
  x.when(x.or(isZero(x, a), isZero(x, b)), () => one.zero(sign));
  one.round(multiplied(x, apart(x, a), apart(x, b)));
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
  x.when(isZero(x, b), () => one.refuse());
  const sign = signOf(x, x.xor(a.head, b.head));
  x.when(isZero(x, a), () => one.zero(sign));
  one.round(divided(x, apart(x, a), apart(x, b)));
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

const calculations = { sum, product, quotient } as const;
export type CalculationName = keyof typeof calculations;

const functionOf = (name: CalculationName): string => `x87 ${name}`;

/** A call of one, to a place in the state. */
export const calculationCall = (x: Stage, name: CalculationName, a: Extended, b: Extended, place: Val): Val =>
  x.pinned('i32', 32, [opcode.call, { call: functionOf(name) }], a.head, a.significand, b.head, b.significand, place);

export const calculationFunctions = (): readonly StagedFunction[] =>
  (Object.keys(calculations) as CalculationName[]).map((name) => {
    const one = new Calculation();
    const { x, a, b } = one;
    x.when(x.not(x.and(isNumber(x, a), isNumber(x, b))), () => one.refuse());
    calculations[name](one);
    x.do([opcode.unreachable]);
    return { name: functionOf(name), stage: x, results: ['i32'] };
  });

/** Parameters and results, by the names of the functions. */
export const calculationSignatures: Readonly<Record<string, Signature>> = Object.fromEntries(
  (Object.keys(calculations) as CalculationName[]).map((name) => [
    functionOf(name),
    { parameters: ['i32', 'i64', 'i32', 'i64', 'i32'], results: ['i32'] },
  ]),
);
