/** The quick way of each x87 instruction that has one. */
import { State, X87Control, X87Status } from '../../runtime/state.ts';
import type { Val } from '../../stage/index.ts';
import { type CalculationName, calculated, type Extended, resultFlags } from './calculation.ts';
import type { Quick, QuickRun, Task } from './quick.ts';
import { comparisons } from './quick-compare.ts';
import { integerAt, integers } from './quick-integer.ts';
import { floatAt, formats, moves } from './quick-move.ts';
import { remainders } from './quick-remainder.ts';

/** Of one of the operations of runtime/x87.ts, by its name. */
export const quickRun = (operation: string): QuickRun | undefined => {
  const [name = '', variant = ''] = operation.split(' ');
  return named[operation] ?? calculating(name, variant);
};

/** What the destination and the source are for each. */
const calculations: Readonly<Record<string, (quick: Quick, a: Extended, b: Extended) => readonly [CalculationName, Extended, Extended]>> = {
  fadd: (_quick, a, b) => ['sum', a, b],
  fsub: (quick, a, b) => ['sum', a, opposite(quick, b)],
  fsubr: (quick, a, b) => ['sum', b, opposite(quick, a)],
  fmul: (_quick, a, b) => ['product', a, b],
  fdiv: (_quick, a, b) => ['quotient', a, b],
  fdivr: (_quick, a, b) => ['quotient', b, a],
};

const opposite = ({ x }: Quick, { head, significand }: Extended): Extended => ({ head: x.xor(head, x.known(32, 0x8000)), significand });

/** The source, and whether it is there. */
type Source = (quick: Quick, task: Task) => readonly [Extended, Val];

const floating =
  (format: 'm32' | 'm64'): Source =>
  (quick, { place }) => {
    const loaded = floatAt(quick, formats[format], place);
    return [loaded, loaded.isNumber];
  };
const whole =
  (w: 16 | 32): Source =>
  (quick, { place }) => [integerAt(quick, w, place), quick.x.known(1, 1)];
const register: Source = (quick, { index }) => [quick.read(quick.at(index)), quick.isFull(index)];

const sources: Readonly<Record<string, Source>> = {
  ...{ m32: floating('m32'), m64: floating('m64'), i16: whole(16), i32: whole(32) },
  ...{ st: register, to: register, pop: register },
};

/** ST(0) with a source; or ST(i) with ST(0), which may be taken off then. */
const calculating = (name: string, variant: string): QuickRun | undefined => {
  const [calculation, source] = [calculations[name], sources[variant]];
  if (calculation === undefined || source === undefined) return undefined;
  const isTurned = variant === 'to' || variant === 'pop';
  return (quick, task) => {
    const { x } = quick;
    const here = quick.at(0);
    const first = quick.read(here);
    const [second, isThere] = source(quick, task);
    x.when(x.and(x.and(quick.isUsual, quick.isFull(0)), isThere), () => {
      const [which, a, b] = isTurned ? calculation(quick, second, first) : calculation(quick, first, second);
      const said = x.binding.calculate(which, { a, b, dropped: quick.dropped, place: isTurned ? quick.at(task.index) : here });
      x.when(x.nez(x.and(said, x.known(32, calculated))), () => {
        quick.done(variant === 'pop' ? 1 : 0, x.and(said, x.known(32, resultFlags)));
        task.done();
      });
    });
  };
};

/** Where nothing is pending by the new masks either. */
const fldcw: QuickRun = ({ x }, { place, done }) => {
  const word = x.load(16, place);
  const pending = x.and(
    x.state(State.x87Status, 16),
    x.or(x.known(16, X87Status.summary), x.not(x.and(word, x.known(16, X87Control.masks)))),
  );
  x.when(x.eqz(x.and(pending, x.known(16, X87Status.flags | X87Status.summary))), () => {
    x.binding.writeState(State.x87Control, x.or(x.and(word, x.known(16, X87Control.writable)), x.known(16, X87Control.always)));
    done();
  });
};

const named: Readonly<Record<string, QuickRun>> = { ...moves, ...integers, ...comparisons, ...remainders, fldcw };
