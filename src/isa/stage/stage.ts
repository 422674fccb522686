/** Operators of integers: every one folds where its arguments are known. */
import { opcode } from './opcode.ts';
import { Statements } from './statements.ts';
import { known, maskOf, typeOf, type Val } from './value.ts';

const i32 = (name: string): keyof typeof opcode => `i32.${name}` as keyof typeof opcode;

export class Stage extends Statements {
  // Integers. Both arguments of an operator have one width, and so has the result.

  add(a: Val, b: Val): Val {
    if (b.known === 0n) return a;
    if (a.known === 0n) return b;
    return this.#two('add', a, b, (p, q) => p + q, true);
  }

  sub(a: Val, b: Val): Val {
    if (b.known === 0n) return a;
    return this.#two('sub', a, b, (p, q) => p - q, true);
  }

  mul(a: Val, b: Val): Val {
    return this.#two('mul', a, b, (p, q) => p * q, true);
  }

  /** The divisor is not 0. */
  divu(a: Val, b: Val): Val {
    return this.#two('div_u', a, b, (p, q) => p / q);
  }

  remu(a: Val, b: Val): Val {
    return this.#two('rem_u', a, b, (p, q) => p % q);
  }

  /** Towards zero; the quotient fits. */
  divs(a: Val, b: Val): Val {
    return this.#trim(this.#raw('div_s', this.#signed(a), this.#signed(b)), a.w);
  }

  /** Of the dividend's sign. */
  rems(a: Val, b: Val): Val {
    return this.#trim(this.#raw('rem_s', this.#signed(a), this.#signed(b)), a.w);
  }

  and(a: Val, b: Val): Val {
    if (a.known === maskOf(a.w)) return b;
    if (b.known === maskOf(b.w)) return a;
    if (a.known === 0n || b.known === 0n) return known(a.w, 0);
    return this.#two('and', a, b, (p, q) => p & q);
  }

  or(a: Val, b: Val): Val {
    if (a.known === 0n) return b;
    if (b.known === 0n) return a;
    return this.#two('or', a, b, (p, q) => p | q);
  }

  xor(a: Val, b: Val): Val {
    if (a.known === 0n) return b;
    if (b.known === 0n) return a;
    return this.#two('xor', a, b, (p, q) => p ^ q);
  }

  not(a: Val): Val {
    return this.xor(a, known(a.w, maskOf(a.w)));
  }

  neg(a: Val): Val {
    return this.sub(known(a.w, 0), a);
  }

  /** By less than 32 (up to 32 bits) or 64. */
  shl(a: Val, by: Val | number): Val {
    return this.#shift('shl', a, by, (p, q) => p << q, true);
  }

  shr(a: Val, by: Val | number): Val {
    return this.#shift('shr_u', a, by, (p, q) => p >> q);
  }

  sar(a: Val, by: Val | number): Val {
    const amount = this.#amount(a, by);
    if (amount.known === 0n) return a;
    if (a.known !== undefined && amount.known !== undefined) return known(a.w, BigInt.asIntN(a.w, a.known) >> amount.known);
    return this.#trim(this.#raw('shr_s', this.#signed(a), amount), a.w);
  }

  /** By less than the width. */
  rotl(a: Val, by: Val): Val {
    const amount = this.#amount(a, by);
    if (a.w === 32 || a.w === 64) return this.#shift('rotl', a, amount, (p, q) => (p << q) | (p >> (BigInt(a.w) - q)));
    const back = this.sub(known(amount.w, a.w), amount);
    return this.or(this.shl(a, amount), this.shr(a, back));
  }

  // Claims: one bit, in an i32.

  eqz(a: Val): Val {
    if (a.known !== undefined) return known(1, a.known === 0n ? 1 : 0);
    return this.node('i32', 1, [opcode[`${a.ty}.eqz` as keyof typeof opcode]], a);
  }

  nez(a: Val): Val {
    return a.w === 1 ? a : this.not(this.eqz(a));
  }

  eq(a: Val, b: Val): Val {
    return this.#claim('eq', a, b, (p, q) => p === q);
  }

  ne(a: Val, b: Val): Val {
    return this.#claim('ne', a, b, (p, q) => p !== q);
  }

  ltu(a: Val, b: Val): Val {
    return this.#claim('lt_u', a, b, (p, q) => p < q);
  }

  lts(a: Val, b: Val): Val {
    return this.#claim('lt_s', this.#signed(a), this.#signed(b), (p, q, w) => BigInt.asIntN(w, p) < BigInt.asIntN(w, q));
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
    return this.truncate(this.shr(a, from), w);
  }

  truncate(a: Val, w: number): Val {
    if (w >= a.w) return a;
    if (a.known !== undefined) return known(w, a.known);
    const narrow = a.ty === 'i64' && w <= 32 ? this.node('i32', 32, [opcode['i32.wrap_i64']], a) : a;
    return this.#trim(narrow, w);
  }

  /** Extends with zeros, or truncates. */
  zext(a: Val, w: number): Val {
    if (w <= a.w) return this.truncate(a, w);
    if (a.known !== undefined) return known(w, a.known);
    if (a.ty === typeOf(w)) return this.#as(a, w);
    return this.node('i64', w, [opcode['i64.extend_i32_u']], a);
  }

  /** Extends with copies of the sign, or truncates. */
  sext(a: Val, w: number): Val {
    if (w <= a.w) return this.truncate(a, w);
    if (a.known !== undefined) return known(w, BigInt.asIntN(a.w, a.known));
    const wide = this.#signed(a);
    if (typeOf(w) === wide.ty) return this.#trim(wide, w);
    return this.#trim(this.node('i64', 64, [opcode['i64.extend_i32_s']], wide), w);
  }

  // Counts of bits.

  popcnt(a: Val): Val {
    if (a.known !== undefined) return known(a.w, ones(a.known));
    return this.node(a.ty, a.w, [opcode[`${a.ty}.popcnt` as keyof typeof opcode]], a);
  }

  /** Zeros below the lowest one; `a` is not 0. */
  ctz(a: Val): Val {
    return this.node(a.ty, a.w, [opcode[`${a.ty}.ctz` as keyof typeof opcode]], a);
  }

  /** Zeros above the highest one; `a` is not 0. */
  clz(a: Val): Val {
    const all = this.node(a.ty, a.w, [opcode[`${a.ty}.clz` as keyof typeof opcode]], a);
    return this.sub(all, known(a.w, (a.ty === 'i32' ? 32 : 64) - a.w));
  }

  /** Whether the low byte has an even number of ones. */
  evenParity(a: Val): Val {
    return this.eqz(this.truncate(this.popcnt(this.truncate(a, 8)), 1));
  }

  /** `a` where the claim holds, else `b`; both are made. */
  select(claim: Val, a: Val, b: Val): Val {
    if (claim.known !== undefined) return claim.known === 1n ? a : b;
    if (a === b) return a;
    return this.node(a.ty, a.w, [opcode.select], a, b, claim);
  }

  /** The same bits at another width, which they fit. */
  #as(a: Val, w: number): Val {
    return this.node(a.ty, w, [], a);
  }

  #raw(name: string, a: Val, b: Val): Val {
    return this.node(a.ty, a.w, [opcode[`${a.ty}.${name}` as keyof typeof opcode]], a, b);
  }

  #two(name: string, a: Val, b: Val, fold: (p: bigint, q: bigint) => bigint, mayOverflow = false): Val {
    if (a.w !== b.w) throw new Error(`${name} of ${a.w} and ${b.w} bits`);
    if (a.known !== undefined && b.known !== undefined) return known(a.w, fold(a.known, b.known));
    const value = this.#raw(name, a, b);
    return mayOverflow ? this.#trim(value, a.w) : value;
  }

  #claim(name: string, a: Val, b: Val, fold: (p: bigint, q: bigint, w: number) => boolean): Val {
    if (a.w !== b.w) throw new Error(`${name} of ${a.w} and ${b.w} bits`);
    if (a.known !== undefined && b.known !== undefined) return known(1, fold(a.known, b.known, a.w) ? 1 : 0);
    return this.node('i32', 1, [opcode[`${a.ty}.${name}` as keyof typeof opcode]], a, b);
  }

  #amount(a: Val, by: Val | number): Val {
    if (typeof by === 'number') return known(a.ty === 'i32' ? 32 : 64, by);
    return a.ty === by.ty ? by : a.ty === 'i64' ? this.zext(by, 64) : this.truncate(by, 32);
  }

  #shift(name: string, a: Val, by: Val | number, fold: (p: bigint, q: bigint) => bigint, mayOverflow = false): Val {
    const amount = this.#amount(a, by);
    if (amount.known === 0n) return a;
    if (a.known !== undefined && amount.known !== undefined) return known(a.w, fold(a.known, amount.known));
    const value = this.node(a.ty, a.w, [opcode[`${a.ty}.${name}` as keyof typeof opcode]], a, amount);
    return mayOverflow ? this.#trim(value, a.w) : value;
  }

  /** In the whole of its WebAssembly type, with copies of its sign. */
  #signed(a: Val): Val {
    const whole = a.ty === 'i32' ? 32 : 64;
    if (a.w === whole) return a;
    if (a.known !== undefined) return known(whole, BigInt.asIntN(a.w, a.known));
    const direct = a.ty === 'i32' ? { 8: 'extend8_s', 16: 'extend16_s' }[a.w] : undefined;
    if (direct !== undefined) return this.node('i32', 32, [opcode[i32(direct)]], a);
    const up = known(whole, whole - a.w);
    return this.#raw('shr_s', this.#raw('shl', this.#as(a, whole), up), up);
  }

  #trim(a: Val, w: number): Val {
    const whole = a.ty === 'i32' ? 32 : 64;
    if (w === whole) return a.w === w ? a : this.#as(a, w);
    return this.#as(this.#raw('and', a.w === whole ? a : this.#as(a, whole), known(whole, maskOf(w))), w);
  }
}

const ones = (bits: bigint): number => {
  let count = 0;
  for (let rest = bits; rest > 0n; rest &= rest - 1n) count++;
  return count;
};
