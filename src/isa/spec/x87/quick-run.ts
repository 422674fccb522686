/** The quick way of each x87 instruction that has one. */
import { Relation } from '../../runtime/float.ts';
import type { Val } from '../../stage/index.ts';
import type { Normal, QuickRun } from './quick.ts';
import { calculate, isQuickCalculation, type QuickCalculation } from './quick-arithmetic.ts';
import { type FloatFormat, floatAt, formats, moves } from './quick-move.ts';

/** Of one of the operations of runtime/x87.ts, by its name. */
export const quickRun = (operation: string): QuickRun | undefined => {
  const [name = '', variant = ''] = operation.split(' ');
  return moves[operation] ?? orderings[operation] ?? calculating(name, variant);
};

const calculating = (name: string, variant: string): QuickRun | undefined => {
  if (!isQuickCalculation(name)) return undefined;
  if (variant === 'm32' || variant === 'm64') return ofMemory(name, formats[variant]);
  return variant === 'st' || variant === 'to' || variant === 'pop' ? ofRegisters(name, variant) : undefined;
};

/** ST(0) with memory. */
const ofMemory =
  (name: QuickCalculation, format: FloatFormat): QuickRun =>
  (quick, { place, done }) => {
    const { x } = quick;
    const here = quick.at(0);
    const [a, b] = [quick.normal(here), floatAt(quick, format, place)] as const;
    x.when(x.and(x.and(quick.isNormal(a), b.isNormal), x.and(quick.isUsual(true), quick.isFull(0))), () =>
      calculate(quick, name, [a, b], (significand, head, flags) => {
        quick.write(here, significand, head);
        quick.done(0, flags);
        done();
      }),
    );
  };

/** ST(0) with ST(i); or ST(i) with ST(0), which may be taken off then. */
const ofRegisters =
  (name: QuickCalculation, variant: 'st' | 'to' | 'pop'): QuickRun =>
  (quick, { index, done }) => {
    const { x } = quick;
    const [here, there] = [quick.at(0), quick.at(index)];
    const [destination, source] = variant === 'st' ? [here, there] : [there, here];
    const [a, b] = [quick.normal(destination), quick.normal(source)];
    const areNormal = x.and(quick.isNormal(a), quick.isNormal(b));
    x.when(x.and(x.and(areNormal, quick.isUsual(true)), x.and(quick.isFull(0), quick.isFull(index))), () =>
      calculate(quick, name, [a, b], (significand, head, flags) => {
        quick.write(destination, significand, head);
        quick.done(variant === 'pop' ? 1 : 0, flags);
        done();
      }),
    );
  };

/** Of ST(0) and ST(i), normal numbers or zeros, to EFLAGS. */
const ordering =
  (pops: 0 | 1): QuickRun =>
  (quick, { index, done }) => {
    const { x } = quick;
    const [a, b] = [quick.normal(quick.at(0)), quick.normal(quick.at(index))];
    const isZero = ({ exponent, significand }: Normal): Val => x.and(x.eqz(exponent), x.eqz(significand));
    const areNumbers = x.and(x.or(isZero(a), quick.isNormal(a)), x.or(isZero(b), quick.isNormal(b)));
    x.when(x.and(areNumbers, x.and(quick.isFull(0), quick.isFull(index))), () => {
      const hasOneExponent = x.eq(a.exponent, b.exponent);
      const isBelow = x.or(x.ltu(a.exponent, b.exponent), x.and(hasOneExponent, x.ltu(a.significand, b.significand)));
      const isSame = x.and(hasOneExponent, x.and(x.eq(a.significand, b.significand), x.eq(a.sign, b.sign)));
      const isEqual = x.or(x.and(isZero(a), isZero(b)), isSame);
      // Of one sign, the greater magnitude is the lesser number where that is negative.
      const isLess = x.select(x.eq(a.sign, b.sign), x.xor(isBelow, a.sign), a.sign);
      const relation = (which: number): Val => x.known(32, which);
      quick.done(pops);
      done(x.select(isEqual, relation(Relation.equal), x.select(isLess, relation(Relation.less), relation(Relation.greater))));
    });
  };

const orderings: Readonly<Record<string, QuickRun>> = {
  ...{ fcomi: ordering(0), fcomip: ordering(1), fucomi: ordering(0), fucomip: ordering(1) },
};
