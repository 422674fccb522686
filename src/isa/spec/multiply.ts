/** Products and quotients of integers. */
import { type Val, type Wide, wideProduct, wideQuotient, wideSignedProduct } from '../stage/index.ts';
import { type FlagUpdate, type Op, type Operand, op } from './op.ts';
import type { X } from './vocabulary.ts';

/** Both halves of a product, each as wide as its factors. */
const product = (x: X, a: Val, b: Val, isSigned: boolean): Wide => {
  if (a.w === 64) return isSigned ? wideSignedProduct(x, a, b) : wideProduct(x, a, b);
  const widen = (one: Val): Val => (isSigned ? x.sext(one, 2 * a.w) : x.zext(one, 2 * a.w));
  const whole = x.mul(widen(a), widen(b));
  return { high: x.slice(whole, a.w, a.w), low: x.truncate(whole, a.w) };
};

/** CF and OF tell that the high half says something. Undefined, the others stay on AMD's processors; on Intel's, SF is the low half's. */
const overflow = (claim: Val): FlagUpdate => ({ c: () => claim, o: () => claim });
const isLost = (x: X, { high, low }: Wide): Val => x.ne(high, x.sar(low, low.w - 1));

/** Where products and dividends are: AX; or DX:AX, EDX:EAX, RDX:RAX. */
const pair = (x: X, w: number): { readonly high: Operand; readonly low: Operand } => ({
  high: w === 8 ? x.ah : x.register('dx', w),
  low: x.register('ax', w),
});

const multiplying = (name: string, sdm: string, digit: number, isSigned: boolean): Op =>
  op({
    ...{ name, sdm, rows: [`F6 /${digit} | Eb`, `F7 /${digit} | Ev`], undefinedFlags: 'szap' },
    run(x, source) {
      const { high, low } = pair(x, source.w);
      const made = product(x, low.get(), source.get(), isSigned);
      low.set(made.low);
      high.set(made.high);
      x.flags(overflow(isSigned ? isLost(x, made) : x.nez(made.high)));
    },
  });

export const mul = multiplying('mul', 'Vol. 2B, MUL', 4, false);
export const imul = multiplying('imul', 'Vol. 2A, IMUL', 5, true);

/** Of two factors, or three operands: the low half is kept. */
export const imulShort = op({
  ...{ name: 'imul', sdm: 'Vol. 2A, IMUL', undefinedFlags: 'szap' },
  rows: ['69 /r iz | Gv, Ev, Iz', '6B /r ib | Gv, Ev, Ibs', '0F AF /r | Gv, Ev'],
  run(x, destination, first, second = destination) {
    const made = product(x, first.get(), second.get(), true);
    destination.set(made.low);
    x.flags(overflow(isLost(x, made)));
  },
});

interface Division {
  readonly quotient: Val;
  readonly remainder: Val;
}

/** Unsigned; #DE where the quotient is too wide, or the divisor 0: both are so where the dividend's high half isn't less. */
const divide = (x: X, { high, low }: Wide, divisor: Val): Division => {
  x.require(x.ltu(high, divisor), 'de');
  const { w } = divisor;
  const quotient = w === 64 ? quotientOfWide(x, { high, low }, divisor) : quotientOf(x, { high, low }, divisor);
  // A division takes several times as long as a product.
  return { quotient, remainder: x.sub(low, x.mul(quotient, divisor)) };
};

const quotientOf = (x: X, { high, low }: Wide, divisor: Val): Val => {
  const w = 2 * divisor.w;
  const dividend = x.or(x.shl(x.zext(high, w), divisor.w), x.zext(low, w));
  return x.truncate(x.divu(dividend, x.zext(divisor, w)), divisor.w);
};

/** Programs seldom divide what has more than 64 bits. */
const quotientOfWide = (x: X, dividend: Wide, divisor: Val): Val =>
  x.either(
    x.eqz(dividend.high),
    () => x.divu(dividend.low, divisor),
    () => wideQuotient(x, dividend, divisor).quotient,
  );

const negated = (x: X, claim: Val, a: Val): Val => x.select(claim, x.neg(a), a);

/** Towards zero, the remainder with the dividend's sign: of their magnitudes. */
const divideSigned = (x: X, { high, low }: Wide, divisor: Val): Division => {
  const { w } = divisor;
  const isNegative = x.msb(high);
  const magnitude = {
    high: x.select(isNegative, x.add(x.not(high), x.zext(x.eqz(low), w)), high),
    low: negated(x, isNegative, low),
  };
  const { quotient, remainder } = divide(x, magnitude, negated(x, x.msb(divisor), divisor));
  const isOpposite = x.xor(isNegative, x.msb(divisor));
  const limit = x.add(x.known(w, (1n << BigInt(w - 1)) - 1n), x.zext(isOpposite, w));
  x.require(x.not(x.ltu(limit, quotient)), 'de');
  return { quotient: negated(x, isOpposite, quotient), remainder: negated(x, isNegative, remainder) };
};

/** All flags are undefined: AMD's processors clear SF, ZF and PF, and set AF. */
const dividing = (name: string, sdm: string, digit: number, make: typeof divide): Op =>
  op({
    ...{ name, sdm, rows: [`F6 /${digit} | Eb`, `F7 /${digit} | Ev`], undefinedFlags: 'oszapc' },
    run(x, source) {
      const { high, low } = pair(x, source.w);
      const { quotient, remainder } = make(x, { high: high.get(), low: low.get() }, source.get());
      low.set(quotient);
      high.set(remainder);
      const clear = (): Val => x.known(1, 0);
      x.flags({ s: clear, z: clear, p: clear, a: () => x.known(1, 1) });
    },
  });

export const div = dividing('div', 'Vol. 2A, DIV', 6, divide);
export const idiv = dividing('idiv', 'Vol. 2A, IDIV', 7, divideSigned);

export const multiply: readonly Op[] = [mul, imul, imulShort, div, idiv];
