/** Operators of integers: every one folds where its arguments are known. */
import { conversion, integer, oppositeOf } from './integers.ts';
import { plainly, Statements } from './statements.ts';
import { type Bits, type Code, known, maskOf, type Ty, typeOf, type Val } from './value.ts';

const noCode: Code = [];

type Operator = Readonly<Record<Ty, Code>>;

export class Stage extends Statements {
  // Integers. Both arguments of an operator have one width, and so has the result.

  add(a: Val, b: Val): Val {
    if (isZero(b)) return a;
    if (isZero(a)) return b;
    return this.#two(integer.add, a, b, (p, q) => p + q, true);
  }

  sub(a: Val, b: Val): Val {
    if (isZero(b)) return a;
    return this.#two(integer.sub, a, b, (p, q) => p - q, true);
  }

  mul(a: Val, b: Val): Val {
    return this.#two(integer.mul, a, b, (p, q) => p * q, true);
  }

  /** The divisor is not 0. */
  divu(a: Val, b: Val): Val {
    return this.#two(integer.divU, a, b, (p, q) => p / q);
  }

  remu(a: Val, b: Val): Val {
    return this.#two(integer.remU, a, b, (p, q) => p % q);
  }

  /** Towards zero; the quotient fits. */
  divs(a: Val, b: Val): Val {
    return this.#trim(this.#raw(integer.divS, this.#signed(a), this.#signed(b)), a.w);
  }

  /** Of the dividend's sign. */
  rems(a: Val, b: Val): Val {
    return this.#trim(this.#raw(integer.remS, this.#signed(a), this.#signed(b)), a.w);
  }

  and(a: Val, b: Val): Val {
    if (isAll(a)) return b;
    if (isAll(b)) return a;
    if (isZero(a) || isZero(b)) return known(a.w, 0);
    return this.#two(integer.and, a, b, (p, q) => p & q);
  }

  or(a: Val, b: Val): Val {
    if (isZero(a)) return b;
    if (isZero(b)) return a;
    return this.#two(integer.or, a, b, (p, q) => p | q);
  }

  xor(a: Val, b: Val): Val {
    if (isZero(a)) return b;
    if (isZero(b)) return a;
    return this.#two(integer.xor, a, b, (p, q) => p ^ q);
  }

  not(a: Val): Val {
    return a.w === 1 && a.known === undefined ? this.#denied(a) : this.xor(a, known(a.w, maskOf(a.w)));
  }

  neg(a: Val): Val {
    return this.sub(known(a.w, 0), a);
  }

  /** By less than 32 (up to 32 bits) or 64. */
  shl(a: Val, by: Val | number): Val {
    return this.#shift(integer.shl, a, by, (p, q) => p << q, true);
  }

  shr(a: Val, by: Val | number): Val {
    return this.#shift(integer.shrU, a, by, (p, q) => p >> q);
  }

  sar(a: Val, by: Val | number): Val {
    const amount = amountFor(this, a, by);
    if (isZero(amount)) return a;
    if (a.known !== undefined && amount.known !== undefined) return known(a.w, signedBits(a.w, a.known) >> BigInt(amount.known));
    return this.#trim(this.#raw(integer.shrS, this.#signed(a), amount), a.w);
  }

  /** By less than the width. */
  rotl(a: Val, by: Val): Val {
    const amount = amountFor(this, a, by);
    if (a.w === 32 || a.w === 64) return this.#shift(integer.rotl, a, amount, (p, q) => (p << q) | (p >> (BigInt(a.w) - q)));
    const back = this.sub(known(amount.w, a.w), amount);
    return this.or(this.shl(a, amount), this.shr(a, back));
  }

  // Claims: one bit, in an i32.

  eqz(a: Val): Val {
    if (a.known !== undefined) return known(1, isZero(a) ? 1 : 0);
    return a.w === 1 ? this.#denied(a) : this.node('i32', 1, integer.eqz[a.ty], a);
  }

  nez(a: Val): Val {
    return a.w === 1 ? a : this.not(this.eqz(a));
  }

  eq(a: Val, b: Val): Val {
    return this.#claim(integer.eq, a, b, (p, q) => p === q);
  }

  ne(a: Val, b: Val): Val {
    return this.#claim(integer.ne, a, b, (p, q) => p !== q);
  }

  ltu(a: Val, b: Val): Val {
    return this.#claim(integer.ltU, a, b, (p, q) => p < q);
  }

  lts(a: Val, b: Val): Val {
    return this.#claim(integer.ltS, this.#signed(a), this.#signed(b), (p, q, w) => signedBits(w, p) < signedBits(w, q));
  }

  bit(a: Val, index: number): Val {
    return this.slice(a, index, 1);
  }

  msb(a: Val): Val {
    return this.slice(a, a.w - 1, 1);
  }

  // Widths.

  /** `w` bits from bit `from` on. */
  slice(a: Val, from: number, w: number): Val {
    if (from === 0 && w === a.w) return a;
    const rest = this.shr(a, from);
    return from + w < a.w ? this.truncate(rest, w) : this.#fitting(rest, w);
  }

  truncate(a: Val, w: number): Val {
    if (w >= a.w) return a;
    if (a.known !== undefined) return known(w, a.known);
    return this.#trim(this.#held(a, w), w);
  }

  /** Extends with zeros, or truncates. */
  zext(a: Val, w: number): Val {
    if (w <= a.w) return this.truncate(a, w);
    if (a.known !== undefined) return known(w, a.known);
    if (a.ty === typeOf(w)) return this.#as(a, w);
    return this.node('i64', w, conversion.extendU, a);
  }

  /** Extends with copies of the sign, or truncates. */
  sext(a: Val, w: number): Val {
    if (w <= a.w) return this.truncate(a, w);
    if (a.known !== undefined) return known(w, signedBits(a.w, a.known));
    const wide = this.#signed(a);
    if (typeOf(w) === wide.ty) return this.#trim(wide, w);
    return this.#trim(this.node('i64', 64, conversion.extendS, wide), w);
  }

  // Counts of bits.

  popcnt(a: Val): Val {
    if (a.known !== undefined) return known(a.w, ones(BigInt(a.known)));
    return this.node(a.ty, a.w, integer.popcnt[a.ty], a);
  }

  /** Zeros below the lowest one; `a` is not 0. */
  ctz(a: Val): Val {
    return this.node(a.ty, a.w, integer.ctz[a.ty], a);
  }

  /** Zeros above the highest one; `a` is not 0. */
  clz(a: Val): Val {
    return this.sub(this.node(a.ty, a.w, integer.clz[a.ty], a), known(a.w, wholeOf(a) - a.w));
  }

  /** Whether the low byte has an even number of ones. */
  evenParity(a: Val): Val {
    return this.eqz(this.truncate(this.popcnt(this.truncate(a, 8)), 1));
  }

  /** `a` where the claim holds, else `b`; both are made. */
  select(claim: Val, a: Val, b: Val): Val {
    if (claim.known !== undefined) return isZero(claim) ? b : a;
    if (a === b) return a;
    return this.node(a.ty, a.w, conversion.select, a, b, plainly(claim));
  }

  /** The same bits at another width, which they fit. */
  #as(a: Val, w: number): Val {
    return this.node(a.ty, w, noCode, a);
  }

  /** In the type of a width, which is no wider; above the width nothing is changed. */
  #held(a: Val, w: number): Val {
    return a.ty === 'i64' && w <= 32 ? this.node('i32', 32, conversion.wrap, a) : a;
  }

  /** At a width that has all that isn't 0. */
  #fitting(a: Val, w: number): Val {
    return a.known === undefined ? this.#as(this.#held(a, w), w) : known(w, a.known);
  }

  #raw(operator: Operator, a: Val, b: Val): Val {
    return this.node(a.ty, a.w, operator[a.ty], a, b);
  }

  #two(operator: Operator, a: Val, b: Val, fold: (p: bigint, q: bigint) => bigint, mayOverflow = false): Val {
    if (a.w !== b.w) throw new Error(`an operator of ${a.w} and ${b.w} bits`);
    if (a.known !== undefined && b.known !== undefined) return known(a.w, fold(BigInt(a.known), BigInt(b.known)));
    const value = this.#raw(operator, a, b);
    return mayOverflow ? this.#trim(value, a.w) : value;
  }

  #claim(operator: Operator, a: Val, b: Val, fold: (p: Bits, q: Bits, w: number) => boolean): Val {
    if (a.w !== b.w) throw new Error(`a comparison of ${a.w} and ${b.w} bits`);
    if (a.known !== undefined && b.known !== undefined) return known(1, fold(a.known, b.known, a.w) ? 1 : 0);
    return this.node('i32', 1, operator[a.ty], a, b);
  }

  /** Of one bit. */
  #denied(claim: Val): Val {
    const { code, args } = claim;
    const [denied] = args;
    if (code === integer.eqz.i32 && denied?.w === 1) return denied;
    const opposite = oppositeOf.get(code);
    return opposite === undefined ? this.node('i32', 1, integer.eqz.i32, claim) : this.node('i32', 1, opposite, ...args);
  }

  #shift(operator: Operator, a: Val, by: Val | number, fold: (p: bigint, q: bigint) => bigint, mayOverflow = false): Val {
    const amount = amountFor(this, a, by);
    if (isZero(amount)) return a;
    if (a.known !== undefined && amount.known !== undefined) return known(a.w, fold(BigInt(a.known), BigInt(amount.known)));
    const value = this.#raw(operator, a, amount);
    return mayOverflow ? this.#trim(value, a.w) : value;
  }

  /** In the whole of its WebAssembly type, with copies of its sign. */
  #signed(a: Val): Val {
    const whole = wholeOf(a);
    if (a.w === whole) return a;
    if (a.known !== undefined) return known(whole, signedBits(a.w, a.known));
    if (a.w === 8) return this.node('i32', 32, conversion.extend8, a);
    if (a.w === 16) return this.node('i32', 32, conversion.extend16, a);
    const up = known(whole, whole - a.w);
    return this.node(a.ty, whole, integer.shrS[a.ty], this.node(a.ty, whole, integer.shl[a.ty], a, up), up);
  }

  #trim(a: Val, w: number): Val {
    const whole = wholeOf(a);
    if (w === whole) return a.w === w ? a : this.#as(a, w);
    return this.node(a.ty, w, integer.and[a.ty], a, known(whole, maskOf(w)));
  }
}

/** Bits of its WebAssembly type. */
const wholeOf = ({ ty }: Val): number => (ty === 'i32' ? 32 : 64);

const isZero = ({ known: bits }: Val): boolean => bits === 0 || bits === 0n;
const isAll = ({ known: bits, w }: Val): boolean => bits !== undefined && BigInt(bits) === maskOf(w);

const signedBits = (w: number, bits: Bits): bigint => BigInt.asIntN(w, BigInt(bits));

/** How far a value is shifted, in its own type. */
const amountFor = (stage: Stage, a: Val, by: Val | number): Val => {
  if (typeof by === 'number') return known(wholeOf(a), by);
  return a.ty === by.ty ? by : a.ty === 'i64' ? stage.zext(by, 64) : stage.truncate(by, 32);
};

const ones = (bits: bigint): number => {
  let count = 0;
  for (let rest = bits; rest > 0n; rest &= rest - 1n) count++;
  return count;
};
