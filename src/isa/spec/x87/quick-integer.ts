/** Integers of memory, and numbers rounded to integers, of what is usual. */
import type { Val } from '../../stage/index.ts';
import { type Extended, isNumber, roundingFlags } from './calculation.ts';
import type { Quick, QuickRun } from './quick.ts';

const bias = 0x3fff;
const integerBit = 1n << 63n;

export type IntegerWidth = 16 | 32 | 64;

/** A magnitude of 64 bits as a number: each has its own. */
const numberOf = ({ x }: Quick, sign: Val, magnitude: Val): Extended => {
  const zeros = x.and(x.truncate(x.clz(magnitude), 32), x.known(32, 63));
  const exponent = x.select(x.eqz(magnitude), x.known(32, 0), x.sub(x.known(32, bias + 63), zeros));
  return { head: x.or(sign, exponent), significand: x.shl(magnitude, zeros) };
};

export const integerAt = (quick: Quick, w: IntegerWidth, place: Val): Extended => {
  const { x } = quick;
  const value = x.sext(x.load(w, place), 64);
  const sign = x.and(x.truncate(x.shr(value, 48), 32), x.known(32, 0x8000));
  return numberOf(quick, sign, x.select(x.msb(value), x.neg(value), value));
};

const loadInteger =
  (w: IntegerWidth): QuickRun =>
  (quick, { place, done }) => {
    const { x } = quick;
    const number = integerAt(quick, w, place);
    x.when(x.not(quick.isFull(7)), () => {
      quick.push(number);
      done();
    });
  };

interface Integral {
  readonly magnitude: Val;
  readonly isInexact: Val;
  readonly isUp: Val;
}

/** The magnitude of a number below 2^63, or 0, by one of the ways of RC. */
const integralOf = ({ x }: Quick, { head, significand }: Extended, rounding: Val): Integral => {
  // Bits behind the point: one at least.
  const behind = x.sub(x.known(32, bias + 63), x.and(head, x.known(32, 0x7fff)));
  const within = x.known(32, 63);
  const isWhole = x.ltu(behind, x.known(32, 64));
  const kept = x.select(isWhole, x.shr(significand, x.and(behind, within)), x.known(64, 0));
  // As parts of 2^64; of what is below half of one, whether there is anything.
  const isSmall = x.ltu(x.known(32, 64), behind);
  const left = x.shl(significand, x.and(x.sub(x.known(32, 64), behind), within));
  const rest = x.select(isSmall, x.zext(x.nez(significand), 64), left);
  const half = x.known(64, integerBit);
  const isInexact = x.nez(rest);
  const isNearer = x.or(x.ltu(half, rest), x.and(x.eq(half, rest), x.bit(kept, 0)));
  // Down is away from zero where there is a sign, up where there is none.
  const isAway = x.and(isInexact, x.eq(rounding, x.sub(x.known(32, 2), x.and(x.shr(head, 15), x.known(32, 1)))));
  const isUp = x.or(x.and(x.eqz(rounding), isNearer), isAway);
  return { magnitude: x.add(kept, x.zext(isUp, 64)), isInexact, isUp };
};

const isBelow = ({ x }: Quick, { head }: Extended, bits: number): Val => x.ltu(x.and(head, x.known(32, 0x7fff)), x.known(32, bias + bits));

/** `cuts`: towards zero whatever RC says. */
const storeInteger =
  (w: IntegerWidth, pops: 0 | 1, cuts = false): QuickRun =>
  (quick, { place, done }) => {
    const { x } = quick;
    const number = quick.read(quick.at(0));
    const isFitting = x.and(isNumber(x, number), isBelow(quick, number, w - 1));
    x.when(x.and(isFitting, x.and(quick.isFull(0), quick.mayLose)), () => {
      const { magnitude, isInexact, isUp } = integralOf(quick, number, cuts ? x.known(32, 3) : quick.rounding);
      x.when(x.not(x.bit(magnitude, w - 1)), () => {
        x.store(x.truncate(x.select(x.bit(number.head, 15), x.neg(magnitude), magnitude), w), place);
        quick.done(pops, roundingFlags(x, isInexact, isUp));
        done();
      });
    });
  };

/** Numbers of 2^63 and above are integers. */
const frndint: QuickRun = (quick, { done }) => {
  const { x } = quick;
  const place = quick.at(0);
  const number = quick.read(place);
  x.when(x.and(x.and(isNumber(x, number), isBelow(quick, number, 63)), x.and(quick.isFull(0), quick.mayLose)), () => {
    const { magnitude, isInexact, isUp } = integralOf(quick, number, quick.rounding);
    quick.write(place, numberOf(quick, x.and(number.head, x.known(32, 0x8000)), magnitude));
    quick.done(0, roundingFlags(x, isInexact, isUp));
    done();
  });
};

export const integers: Readonly<Record<string, QuickRun>> = {
  ...{ 'fild i16': loadInteger(16), 'fild i32': loadInteger(32), 'fild i64': loadInteger(64) },
  ...{ 'fist i16': storeInteger(16, 0), 'fistp i16': storeInteger(16, 1), 'fisttp i16': storeInteger(16, 1, true) },
  ...{ 'fist i32': storeInteger(32, 0), 'fistp i32': storeInteger(32, 1), 'fisttp i32': storeInteger(32, 1, true) },
  ...{ 'fistp i64': storeInteger(64, 1), 'fisttp i64': storeInteger(64, 1, true) },
  frndint,
};
