/** Comparisons of numbers, and what a number is. */
import { Relation } from '../../runtime/float.ts';
import { X87Status } from '../../runtime/state.ts';
import type { Val } from '../../stage/index.ts';
import { type Extended, isNormal, isNumber, isZero } from './calculation.ts';
import type { Quick, QuickRun, Task } from './quick.ts';
import { integerAt } from './quick-integer.ts';
import { floatAt, formats } from './quick-move.ts';

const { c0, c1, c2, c3, conditions } = X87Status;

interface Order {
  readonly isEqual: Val;
  readonly isLess: Val;
}

/** Of two numbers. */
const orderOf = ({ x }: Quick, a: Extended, b: Extended): Order => {
  const exponent = ({ head }: Extended): Val => x.and(head, x.known(32, 0x7fff));
  const isNegative = x.bit(a.head, 15);
  const hasOneSign = x.eq(isNegative, x.bit(b.head, 15));
  const hasOneExponent = x.eq(exponent(a), exponent(b));
  const isBelow = x.or(x.ltu(exponent(a), exponent(b)), x.and(hasOneExponent, x.ltu(a.significand, b.significand)));
  const isSame = x.and(x.eq(a.head, b.head), x.eq(a.significand, b.significand));
  return {
    isEqual: x.or(x.and(isZero(x, a), isZero(x, b)), isSame),
    // Of one sign, the greater magnitude is the lesser number where that is negative.
    isLess: x.select(hasOneSign, x.xor(isBelow, isNegative), isNegative),
  };
};

/** Of those, what is equal; else what is less; else what is greater. */
const one = ({ x }: Quick, { isEqual, isLess }: Order, [equal, less, greater]: readonly [number, number, number]): Val =>
  x.select(isEqual, x.known(32, equal), x.select(isLess, x.known(32, less), x.known(32, greater)));

/** The second operand, and whether it may be compared. */
type Source = (quick: Quick, task: Task) => readonly [Extended, Val];

const sources = {
  st: (quick, { index }) => {
    const there = quick.read(quick.at(index));
    return [there, quick.x.and(quick.isFull(index), isNumber(quick.x, there))];
  },
  m32: (quick, { place }) => {
    const loaded = floatAt(quick, formats.m32, place);
    return [loaded, loaded.isNumber];
  },
  m64: (quick, { place }) => {
    const loaded = floatAt(quick, formats.m64, place);
    return [loaded, loaded.isNumber];
  },
  i16: (quick, { place }) => [integerAt(quick, 16, place), quick.x.known(1, 1)],
  i32: (quick, { place }) => [integerAt(quick, 32, place), quick.x.known(1, 1)],
  zero: ({ x }) => [{ head: x.known(32, 0), significand: x.known(64, 0) }, x.known(1, 1)],
} as const satisfies Record<string, Source>;

/** ST(0) with another, of which the condition codes tell; or EFLAGS, by the relation that is said. */
const comparing =
  (source: Source, pops: 0 | 1 | 2, isFlags = false): QuickRun =>
  (quick, task) => {
    const { x } = quick;
    const a = quick.read(quick.at(0));
    const [b, mayBe] = source(quick, task);
    x.when(x.and(x.and(isNumber(x, a), quick.isFull(0)), mayBe), () => {
      const order = orderOf(quick, a, b);
      if (isFlags) {
        quick.done(pops);
        task.done(one(quick, order, [Relation.equal, Relation.less, Relation.greater]));
      } else {
        quick.done(pops, one(quick, order, [c3, c0, 0]), conditions);
        task.done();
      }
    });
  };

/** SDM Vol. 2A, FXAM: of a number or 0, in a register that is full. */
const fxam: QuickRun = (quick, { done }) => {
  const { x } = quick;
  const number = quick.read(quick.at(0));
  x.when(x.and(isNumber(x, number), quick.isFull(0)), () => {
    const kind = x.select(isNormal(x, number), x.known(32, c2), x.known(32, c3));
    quick.done(0, x.or(kind, x.select(x.bit(number.head, 15), x.known(32, c1), x.known(32, 0))), conditions);
    done();
  });
};

const ofMemory = (['m32', 'm64', 'i16', 'i32'] as const).flatMap((kind) => [
  [`fcom ${kind}`, comparing(sources[kind], 0)] as const,
  [`fcomp ${kind}`, comparing(sources[kind], 1)] as const,
]);

export const comparisons: Readonly<Record<string, QuickRun>> = {
  ...Object.fromEntries(ofMemory),
  ...{ 'fcom st': comparing(sources.st, 0), 'fcomp st': comparing(sources.st, 1), fcompp: comparing(sources.st, 2) },
  ...{ 'fucom st': comparing(sources.st, 0), 'fucomp st': comparing(sources.st, 1), fucompp: comparing(sources.st, 2) },
  ...{ fcomi: comparing(sources.st, 0, true), fcomip: comparing(sources.st, 1, true) },
  ...{ fucomi: comparing(sources.st, 0, true), fucomip: comparing(sources.st, 1, true) },
  ftst: comparing(sources.zero, 0),
  fxam,
};
