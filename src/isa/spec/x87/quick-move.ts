/** Loads, stores and moves of what is usual. */
import type { Val } from '../../stage/index.ts';
import type { Normal, Quick, QuickRun } from './quick.ts';

/** Formats of 32 and 64 bits: bits of the fraction, and by how much exponents differ. */
export const formats = {
  m32: { w: 32, fraction: 23, bias: 0x3fff - 127, last: 254 },
  m64: { w: 64, fraction: 52, bias: 0x3fff - 1023, last: 2046 },
} as const;

export type FloatFormat = (typeof formats)['m32' | 'm64'];

/** What is in memory, as an extended number: right where one of the claims holds. */
export const floatAt = (
  { x }: Quick,
  { w, fraction, bias, last }: FloatFormat,
  place: Val,
): Normal & { readonly isZero: Val; readonly isNormal: Val } => {
  const bits = x.load(w, place);
  const wide = x.zext(bits, 64);
  const exponent = x.and(x.truncate(x.shr(wide, fraction), 32), x.known(32, last + 1));
  const isZero = x.eqz(x.shl(bits, 1));
  const significand = x.or(x.shl(wide, 63 - fraction), x.known(64, 1n << 63n));
  return {
    sign: x.msb(bits),
    exponent: x.select(isZero, x.known(32, 0), x.add(exponent, x.known(32, bias))),
    significand: x.select(isZero, x.known(64, 0), significand),
    isZero,
    isNormal: x.ltu(x.sub(exponent, x.known(32, 1)), x.known(32, last)),
  };
};

const loadFloat =
  (format: FloatFormat): QuickRun =>
  (quick, { place, done }) => {
    const { x } = quick;
    const { sign, exponent, significand, isZero, isNormal } = floatAt(quick, format, place);
    x.when(x.and(x.or(isZero, isNormal), x.not(quick.isFull(7))), () => {
      quick.push(significand, quick.headOf(sign, exponent));
      done();
    });
  };

const storeFloat =
  ({ w, fraction, bias, last }: FloatFormat, pops: 0 | 1): QuickRun =>
  (quick, { place, done }) => {
    const { x } = quick;
    const number = quick.normal(quick.at(0));
    const exponent = x.sub(number.exponent, x.known(32, bias));
    const isZero = x.and(x.eqz(number.exponent), x.eqz(number.significand));
    // One below the last: it may be rounded up.
    const isWithin = x.and(x.ltu(x.sub(exponent, x.known(32, 1)), x.known(32, last - 1)), x.msb(number.significand));
    const claim = x.and(x.or(isZero, isWithin), x.and(quick.isFull(0), quick.isUsual(false)));
    x.when(claim, () => {
      const cut = 63 - fraction;
      const kept = x.shr(number.significand, cut);
      const rest = x.and(number.significand, x.known(64, (1n << BigInt(cut)) - 1n));
      const half = x.known(64, 1n << BigInt(cut - 1));
      const isUp = x.or(x.ltu(half, rest), x.and(x.eq(half, rest), x.bit(kept, 0)));
      // The hidden bit counts the exponent up by one, and so does one that is carried.
      const counted = x.shl(x.zext(x.sub(exponent, x.known(32, 1)), 64), fraction);
      const magnitude = x.select(isZero, x.known(64, 0), x.add(counted, x.add(kept, x.zext(isUp, 64))));
      const sign = x.shl(x.zext(number.sign, 64), w - 1);
      x.store(x.truncate(x.or(magnitude, sign), w), place);
      quick.done(pops, quick.rounding(x.nez(rest), isUp));
      done();
    });
  };

const loadInteger =
  (w: 16 | 32 | 64): QuickRun =>
  (quick, { place, done }) => {
    const { x } = quick;
    const value = x.sext(x.load(w, place), 64);
    x.when(x.not(quick.isFull(7)), () => {
      const sign = x.msb(value);
      const magnitude = x.select(sign, x.neg(value), value);
      const zeros = x.and(x.truncate(x.clz(magnitude), 32), x.known(32, 63));
      const exponent = x.select(x.eqz(value), x.known(32, 0), x.sub(x.known(32, 0x3fff + 63), zeros));
      quick.push(x.shl(magnitude, zeros), quick.headOf(sign, exponent));
      done();
    });
  };

const constant =
  (significand: bigint, head: number): QuickRun =>
  (quick, { done }) => {
    const { x } = quick;
    x.when(x.not(quick.isFull(7)), () => {
      quick.push(x.known(64, significand), x.known(16, head));
      done();
    });
  };

/** ST(0) with another sign. */
const signing =
  (make: (quick: Quick, head: Val) => Val): QuickRun =>
  (quick, { done }) => {
    const { x } = quick;
    x.when(quick.isFull(0), () => {
      const place = quick.at(0);
      quick.write(place, quick.significand(place), x.truncate(make(quick, quick.head(place)), 16));
      quick.done(0);
      done();
    });
  };

/** Only to a register that is full. */
const storeRegister =
  (pops: 0 | 1): QuickRun =>
  (quick, { index, done }) => {
    const { x } = quick;
    x.when(x.and(quick.isFull(0), quick.isFull(index)), () => {
      const place = quick.at(0);
      quick.write(quick.at(index), quick.significand(place), x.truncate(quick.head(place), 16));
      quick.done(pops);
      done();
    });
  };

const copies: Readonly<Record<string, QuickRun>> = {
  'fld st': (quick, { index, done }) => {
    const { x } = quick;
    x.when(x.and(quick.isFull(index), x.not(quick.isFull(7))), () => {
      const place = quick.at(index);
      quick.push(quick.significand(place), x.truncate(quick.head(place), 16));
      done();
    });
  },
  'fld m80': (quick, { place, done }) => {
    const { x } = quick;
    x.when(x.not(quick.isFull(7)), () => {
      quick.push(x.load(64, place), x.load(16, place, 8));
      done();
    });
  },
  'fstp m80': (quick, { place, done }) => {
    const { x } = quick;
    x.when(quick.isFull(0), () => {
      const from = quick.at(0);
      x.store(quick.significand(from), place);
      x.store(x.truncate(quick.head(from), 16), place, 8);
      quick.done(1);
      done();
    });
  },
  fxch: (quick, { index, done }) => {
    const { x } = quick;
    x.when(x.and(quick.isFull(0), quick.isFull(index)), () => {
      const places = [quick.at(0), quick.at(index)] as const;
      const [a, b] = [quick.normal(places[0]), quick.normal(places[1])];
      quick.write(places[0], b.significand, quick.headOf(b.sign, b.exponent));
      quick.write(places[1], a.significand, quick.headOf(a.sign, a.exponent));
      quick.done(0);
      done();
    });
  },
};

export const moves: Readonly<Record<string, QuickRun>> = {
  ...copies,
  ...{ 'fld m32': loadFloat(formats.m32), 'fld m64': loadFloat(formats.m64) },
  ...{ 'fst m32': storeFloat(formats.m32, 0), 'fstp m32': storeFloat(formats.m32, 1) },
  ...{ 'fst m64': storeFloat(formats.m64, 0), 'fstp m64': storeFloat(formats.m64, 1) },
  ...{ 'fild i16': loadInteger(16), 'fild i32': loadInteger(32), 'fild i64': loadInteger(64) },
  ...{ 'fst st': storeRegister(0), 'fstp st': storeRegister(1) },
  ...{ fldz: constant(0n, 0), fld1: constant(1n << 63n, 0x3fff) },
  fabs: signing(({ x }, head) => x.and(head, x.known(32, 0x7fff))),
  fchs: signing(({ x }, head) => x.xor(head, x.known(32, 0x8000))),
};
