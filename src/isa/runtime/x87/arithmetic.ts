/** Sums, products and quotients, to a register: SDM Vol. 2A, FADD to FDIVR. */
import { add, divide, multiply, squareRoot } from '../float/arithmetic.ts';
import { extended, indefinite } from '../float/format.ts';
import type { X87Environment } from './environment.ts';
import type { Operation } from './operation.ts';
import { type Memory, type Source, sources } from './source.ts';

type Calculate = (on: X87Environment, a: bigint, b: bigint) => bigint;

/** Of the destination and the source. */
const calculations = {
  fadd: (on, a, b) => add(on, extended, a, b, 0),
  fmul: (on, a, b) => multiply(on, extended, a, b),
  fsub: (on, a, b) => add(on, extended, a, b, 1),
  fsubr: (on, a, b) => add(on, extended, b, a, 1),
  fdiv: (on, a, b) => divide(on, extended, a, b),
  fdivr: (on, a, b) => divide(on, extended, b, a),
} as const satisfies Record<string, Calculate>;

/** ST(0) with a source; or ST(i) with ST(0), which may be taken off then. */
const calculating =
  (calculate: Calculate, source: Source, isReversed: boolean, pops: boolean): Operation =>
  (registers, index, place) => {
    const on = registers.environment(true);
    const destination = isReversed ? index : 0;
    const a = registers.read(destination);
    const b = source(registers, on, isReversed ? 0 : index, place);
    if (a === undefined || b === undefined) {
      if (!registers.underflows()) return 0;
      registers.write(destination, indefinite(extended));
    } else {
      const result = calculate(on, a, b);
      if (!registers.settle(on)) return 0;
      registers.write(destination, result);
    }
    if (pops) registers.pop();
    return 0;
  };

const variants = {
  st: (calculate) => calculating(calculate, sources.st, false, false),
  to: (calculate) => calculating(calculate, sources.st, true, false),
  pop: (calculate) => calculating(calculate, sources.st, true, true),
  m32: (calculate) => calculating(calculate, sources.m32, false, false),
  m64: (calculate) => calculating(calculate, sources.m64, false, false),
  i16: (calculate) => calculating(calculate, sources.i16, false, false),
  i32: (calculate) => calculating(calculate, sources.i32, false, false),
} as const satisfies Record<'st' | 'to' | 'pop' | Memory, (calculate: Calculate) => Operation>;

const all: readonly (readonly [string, Operation])[] = Object.entries(calculations).flatMap(([name, calculate]) =>
  Object.entries(variants).map(([variant, make]) => [`${name} ${variant}`, make(calculate)] as const),
);

/** What is made of ST(0) alone, and takes its place. */
export const replacing =
  (make: (on: X87Environment, a: bigint) => bigint, heedsPrecision = false): Operation =>
  (registers) => {
    const on = registers.environment(heedsPrecision);
    const a = registers.read(0);
    if (a === undefined) {
      if (registers.underflows()) registers.write(0, indefinite(extended));
      return 0;
    }
    const result = make(on, a);
    if (registers.settle(on)) registers.write(0, result);
    return 0;
  };

export const arithmetic: Readonly<Record<string, Operation>> = {
  ...Object.fromEntries(all),
  fsqrt: replacing((on, a) => squareRoot(on, extended, a), true),
};
