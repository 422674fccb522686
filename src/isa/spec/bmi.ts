/** Bit manipulation of general registers with VEX, and the sums that carry in one flag: BMI1, BMI2, ADX. */
import { type Val, wideProduct } from '../stage/index.ts';
import { carriesOf } from './carries.ts';
import { type FlagUpdate, needing, type Op, op } from './op.ts';
import type { X } from './vocabulary.ts';

const clear = (x: X) => (): Val => x.known(1, 0);

/** Each has a flag of its own, so two sums may go on at a time. */
const carrying = (name: string, prefix: string, flag: 'c' | 'o'): Op =>
  op({
    ...{ name, sdm: `Vol. 2A, ${name.toUpperCase()}`, rows: [`${prefix} 0F38 F6 /r | Gy, Ey`] },
    run(x, destination, source) {
      const [a, b] = [destination.get(), source.get()];
      const r = x.add(x.add(a, b), x.zext(x.flag(flag), a.w));
      destination.set(r);
      const carry = (): Val => x.msb(carriesOf(x, a, b, r));
      x.flags({ [flag]: carry });
    },
  });

export const adcx = carrying('adcx', '66', 'c');
export const adox = carrying('adox', 'F3', 'o');

/** The first operand is made of the others: W picks 32 or 64 bits. Undefined, PF is the result's on AMD's processors, and AF is clear, but set by BEXTR. */
const making = (
  name: string,
  sdm: string,
  row: string,
  make: (x: X, a: Val, b: Val) => readonly [Val, FlagUpdate?],
  undefinedFlags = '',
): Op =>
  op({
    ...{ name, sdm, rows: [`VEX.LZ.${row}`], undefinedFlags },
    run(x, destination, first, second) {
      const [result, flags] = make(x, first.get(), second?.get() ?? x.known(first.w, 0));
      destination.set(result);
      if (flags !== undefined) x.flags(flags);
    },
  });

export const andn = making(
  ...(['andn', 'Vol. 2A, ANDN', 'NP.0F38.WIG F2 /r | Gy, By, Ey'] as const),
  (x, a, b) => {
    const result = x.and(x.not(a), b);
    return [result, { result, c: clear(x), o: clear(x), a: clear(x) }];
  },
  'ap',
);

/** Group 17: what is made of an operand, and of it less 1 or negated. */
const group17 = (name: string, digit: number, make: (x: X, a: Val) => Val, carry: (x: X, a: Val) => Val): Op =>
  making(
    ...([name, `Vol. 2A, ${name.toUpperCase()}`, `NP.0F38.WIG F3 /${digit} | By, Ey`] as const),
    (x, a) => {
      const result = make(x, a);
      return [result, { result, c: () => carry(x, a), o: clear(x), a: clear(x) }];
    },
    'ap',
  );

const before = (x: X, a: Val): Val => x.sub(a, x.known(a.w, 1));

export const blsr = group17(
  ...(['blsr', 1] as const),
  (x, a) => x.and(before(x, a), a),
  (x, a) => x.eqz(a),
);
export const blsmsk = group17(
  ...(['blsmsk', 2] as const),
  (x, a) => x.xor(before(x, a), a),
  (x, a) => x.eqz(a),
);
export const blsi = group17(
  ...(['blsi', 3] as const),
  (x, a) => x.and(x.neg(a), a),
  (x, a) => x.nez(a),
);

/** The lowest `n` bits, `n` of 8 bits; all where there are no more. */
const lowest = (x: X, a: Val, n: Val): Val => {
  const isAll = x.not(x.ltu(n, x.known(8, a.w)));
  const mask = before(x, x.shl(x.known(a.w, 1), x.zext(n, a.w)));
  return x.select(isAll, a, x.and(a, mask));
};

export const bextr = making(
  ...(['bextr', 'Vol. 2A, BEXTR', 'NP.0F38.WIG F7 /r | Gy, Ey, By'] as const),
  (x, a, control) => {
    const start = x.truncate(control, 8);
    const shifted = x.select(x.ltu(start, x.known(8, a.w)), x.shr(a, x.zext(start, a.w)), x.known(a.w, 0));
    const result = lowest(x, shifted, x.slice(control, 8, 8));
    return [result, { result, s: clear(x), c: clear(x), o: clear(x), a: () => x.known(1, 1) }];
  },
  'sap',
);

export const bzhi = making(
  ...(['bzhi', 'Vol. 2A, BZHI', 'NP.0F38.WIG F5 /r | Gy, Ey, By'] as const),
  (x, a, index) => {
    const n = x.truncate(index, 8);
    const result = lowest(x, a, n);
    return [result, { result, c: () => x.ltu(x.known(8, a.w - 1), n), o: clear(x), a: clear(x) }];
  },
  'ap',
);

/** Runs for each one of a mask, from the lowest on. */
const forOnes = (x: X, mask: Val, each: (one: Val) => void): void => {
  const rest = x.variable(mask);
  x.when(x.nez(mask), () =>
    x.repeat(() => {
      const old = x.get(rest);
      each(x.and(old, x.neg(old)));
      const left = x.and(old, before(x, old));
      x.set(rest, left);
      return x.nez(left);
    }),
  );
};

export const pdep = making('pdep', 'Vol. 2B, PDEP', 'F2.0F38.WIG F5 /r | Gy, By, Ey', (x, source, mask) => {
  const result = x.variable(x.known(source.w, 0));
  const bits = x.variable(source);
  forOnes(x, mask, (one) => {
    const next = x.get(bits);
    x.set(result, x.or(x.get(result), x.select(x.bit(next, 0), one, x.known(one.w, 0))));
    x.set(bits, x.shr(next, 1));
  });
  return [x.get(result)];
});

export const pext = making('pext', 'Vol. 2B, PEXT', 'F3.0F38.WIG F5 /r | Gy, By, Ey', (x, source, mask) => {
  const result = x.variable(x.known(source.w, 0));
  const place = x.variable(x.known(source.w, 1));
  forOnes(x, mask, (one) => {
    const bit = x.get(place);
    const isOne = x.nez(x.and(source, one));
    x.set(result, x.or(x.get(result), x.select(isOne, bit, x.known(bit.w, 0))));
    x.set(place, x.shl(bit, 1));
  });
  return [x.get(result)];
});

/** No flag changes. Where both destinations are one, it has the high half. */
export const mulx = op({
  ...{ name: 'mulx', sdm: 'Vol. 2B, MULX', rows: ['VEX.LZ.F2.0F38.WIG F6 /r | Gy, By, Ey'] },
  run(x, high, low, source) {
    const { w } = source;
    const [a, b] = [x.register('dx', w).get(), source.get()];
    const whole = w === 64 ? undefined : x.mul(x.zext(a, 64), x.zext(b, 64));
    const made = whole === undefined ? wideProduct(x, a, b) : { high: x.slice(whole, w, w), low: x.truncate(whole, w) };
    low.set(made.low);
    high.set(made.high);
  },
});

const count = (x: X, by: Val): Val => x.and(by, x.known(by.w, by.w - 1));

export const rorx = op({
  ...{ name: 'rorx', sdm: 'Vol. 2B, RORX', rows: ['VEX.LZ.F2.0F3A.WIG F0 /r ib | Gy, Ey, Ib'] },
  run(x, destination, source, by) {
    const a = source.get();
    destination.set(x.rotl(a, count(x, x.neg(x.zext(by.get(), a.w)))));
  },
});

const shifts = 'Vol. 2B, SARX/SHLX/SHRX';
export const shlx = making('shlx', shifts, '66.0F38.WIG F7 /r | Gy, Ey, By', (x, a, by) => [x.shl(a, count(x, by))]);
export const sarx = making('sarx', shifts, 'F3.0F38.WIG F7 /r | Gy, Ey, By', (x, a, by) => [x.sar(a, count(x, by))]);
export const shrx = making('shrx', shifts, 'F2.0F38.WIG F7 /r | Gy, Ey, By', (x, a, by) => [x.shr(a, count(x, by))]);

export const bmi: readonly Op[] = [
  ...needing('adx', adcx, adox),
  ...needing('bmi1', andn, blsr, blsmsk, blsi, bextr),
  ...needing('bmi2', bzhi, pdep, pext, mulx, rorx, shlx, sarx, shrx),
];
