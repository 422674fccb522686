/** Loads, stores and moves of what is usual. */
import type { Val } from '../../stage/index.ts';
import { type Extended, isZero, roundingFlags } from './calculation.ts';
import type { Quick, QuickRun } from './quick.ts';

/** Formats of 32 and 64 bits: bits of the fraction, and by how much exponents differ. */
export const formats = {
  m32: { w: 32, fraction: 23, bias: 0x3fff - 127, last: 254 },
  m64: { w: 64, fraction: 52, bias: 0x3fff - 1023, last: 2046 },
} as const;

export type FloatFormat = (typeof formats)['m32' | 'm64'];

/** What is in memory, and whether it is a normal number or 0: else it is none of these. */
export const floatAt = ({ x }: Quick, { w, fraction, bias, last }: FloatFormat, place: Val): Extended & { readonly isNumber: Val } => {
  const bits = x.load(w, place);
  const wide = x.zext(bits, 64);
  const exponent = x.and(x.truncate(x.shr(wide, fraction), 32), x.known(32, last + 1));
  const hasNone = x.eqz(x.shl(bits, 1));
  const significand = x.or(x.shl(wide, 63 - fraction), x.known(64, 1n << 63n));
  const sign = x.and(x.truncate(x.shr(wide, w - 16), 32), x.known(32, 0x8000));
  return {
    head: x.or(sign, x.select(hasNone, x.known(32, 0), x.add(exponent, x.known(32, bias)))),
    significand: x.select(hasNone, x.known(64, 0), significand),
    isNumber: x.or(hasNone, x.ltu(x.sub(exponent, x.known(32, 1)), x.known(32, last))),
  };
};

const loadFloat =
  (format: FloatFormat): QuickRun =>
  (quick, { place, done }) => {
    const { x } = quick;
    const loaded = floatAt(quick, format, place);
    x.when(x.and(loaded.isNumber, x.not(quick.isFull(7))), () => {
      quick.push(loaded);
      done();
    });
  };

const storeFloat =
  ({ w, fraction, bias, last }: FloatFormat, pops: 0 | 1): QuickRun =>
  (quick, { place, done }) => {
    const { x } = quick;
    const number = quick.read(quick.at(0));
    const { head, significand } = number;
    const exponent = x.sub(x.and(head, x.known(32, 0x7fff)), x.known(32, bias));
    const isNothing = isZero(x, number);
    // One below the last: it may be rounded up.
    const isWithin = x.and(x.ltu(x.sub(exponent, x.known(32, 1)), x.known(32, last - 1)), x.msb(significand));
    const claim = x.and(x.or(isNothing, isWithin), x.and(quick.isFull(0), quick.isUsual));
    x.when(claim, () => {
      const cut = 63 - fraction;
      const kept = x.shr(significand, cut);
      const rest = x.and(significand, x.known(64, (1n << BigInt(cut)) - 1n));
      const half = x.known(64, 1n << BigInt(cut - 1));
      const isUp = x.or(x.ltu(half, rest), x.and(x.eq(half, rest), x.bit(kept, 0)));
      // The hidden bit counts the exponent up by one, and so does one that is carried.
      const counted = x.shl(x.zext(x.sub(exponent, x.known(32, 1)), 64), fraction);
      const magnitude = x.select(isNothing, x.known(64, 0), x.add(counted, x.add(kept, x.zext(isUp, 64))));
      const sign = x.shl(x.zext(x.bit(head, 15), 64), w - 1);
      x.store(x.truncate(x.or(magnitude, sign), w), place);
      quick.done(pops, roundingFlags(x, x.nez(rest), isUp));
      done();
    });
  };

const constant =
  (significand: bigint, head: number): QuickRun =>
  (quick, { done }) => {
    const { x } = quick;
    x.when(x.not(quick.isFull(7)), () => {
      quick.push({ significand: x.known(64, significand), head: x.known(32, head) });
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
      const { head, significand } = quick.read(place);
      quick.write(place, { significand, head: make(quick, head) });
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
      quick.write(quick.at(index), quick.read(quick.at(0)));
      quick.done(pops);
      done();
    });
  };

const copies: Readonly<Record<string, QuickRun>> = {
  'fld st': (quick, { index, done }) => {
    const { x } = quick;
    x.when(x.and(quick.isFull(index), x.not(quick.isFull(7))), () => {
      quick.push(quick.read(quick.at(index)));
      done();
    });
  },
  'fld m80': (quick, { place, done }) => {
    const { x } = quick;
    x.when(x.not(quick.isFull(7)), () => {
      quick.push({ significand: x.load(64, place), head: x.zext(x.load(16, place, 8), 32) });
      done();
    });
  },
  'fstp m80': (quick, { place, done }) => {
    const { x } = quick;
    x.when(quick.isFull(0), () => {
      const { head, significand } = quick.read(quick.at(0));
      x.store(significand, place);
      x.store(x.truncate(head, 16), place, 8);
      quick.done(1);
      done();
    });
  },
  fcmov: (quick, { index, place: holds, done }) => {
    const { x } = quick;
    x.when(x.and(quick.isFull(0), quick.isFull(index)), () => {
      x.when(x.nez(holds), () => quick.write(quick.at(0), quick.read(quick.at(index))));
      done();
    });
  },
  fxch: (quick, { index, done }) => {
    const { x } = quick;
    x.when(x.and(quick.isFull(0), quick.isFull(index)), () => {
      const places = [quick.at(0), quick.at(index)] as const;
      const [a, b] = [quick.read(places[0]), quick.read(places[1])];
      quick.write(places[0], b);
      quick.write(places[1], a);
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
  ...{ 'fst st': storeRegister(0), 'fstp st': storeRegister(1) },
  ...{ fldz: constant(0n, 0), fld1: constant(1n << 63n, 0x3fff) },
  fabs: signing(({ x }, head) => x.and(head, x.known(32, 0x7fff))),
  fchs: signing(({ x }, head) => x.xor(head, x.known(32, 0x8000))),
};
