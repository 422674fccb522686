/** Comparisons, and what ST(0) is: SDM Vol. 1, 8.1.3.1 and 8.3.6. */
import { compare, Relation } from '../float/arithmetic.ts';
import { extended, partsOf } from '../float/format.ts';
import { X87Status } from '../state.ts';
import type { Operation } from './operation.ts';
import { type Memory, type Source, sources } from './source.ts';

const { c0, c1, c2, c3, conditions } = X87Status;

/** Codes of a relation: C3, C2 and C0. */
const codesOf = (relation: number): number =>
  relation === Relation.less ? c0 : relation === Relation.equal ? c3 : relation === Relation.greater ? 0 : c0 | c2 | c3;

interface Manner {
  /** Of FCOM and its like: quiet NaNs are invalid, too. */
  readonly signalsQuiet: boolean;
  readonly pops: 0 | 1 | 2;
  /** FCOMI and its like: the relation goes to EFLAGS. */
  readonly isFlags: boolean;
}

const comparing =
  (source: Source, { signalsQuiet, pops, isFlags }: Manner): Operation =>
  (registers, index, place) => {
    const on = registers.tolerant();
    const a = registers.read(0);
    const b = source(registers, on, index, place);
    const isMissing = a === undefined || b === undefined;
    const relation = isMissing ? Relation.unordered : Number(compare(on, extended, a, b, signalsQuiet));
    const isThrough = isMissing ? registers.underflows() : registers.settle(on);
    // AMD's processors leave C1 as it was where EFLAGS tell.
    registers.condition(isFlags ? c1 : conditions, isFlags ? 0 : codesOf(relation));
    if (isThrough) for (let count = 0; count < pops; count++) registers.pop();
    return relation;
  };

const zero: Source = () => 0n;

const manner = (signalsQuiet: boolean, pops: 0 | 1 | 2 = 0, isFlags = false): Manner => ({ signalsQuiet, pops, isFlags });

const examined: Operation = (registers) => {
  const bits = registers.bits(0);
  const parts = partsOf(extended, bits);
  const kind = registers.isEmpty(0) ? 'empty' : parts.kind === 'finite' ? finiteKind(parts) : parts.kind;
  registers.condition(conditions, classes[kind] | (parts.sign === 1 ? c1 : 0));
  return 0;
};

const finiteKind = ({ significand, isDenormal }: { readonly significand: bigint; readonly isDenormal: boolean }): keyof typeof classes =>
  significand === 0n ? 'zero' : isDenormal ? 'denormal' : 'normal';

/** SDM Vol. 2A, FXAM. */
const classes = {
  ...{ unsupported: 0, nan: c0, normal: c2, infinite: c2 | c0, zero: c3, empty: c3 | c0, denormal: c3 | c2 },
} as const;

const ofMemory = (name: string, pops: 0 | 1): readonly (readonly [string, Operation])[] =>
  (['m32', 'm64', 'i16', 'i32'] as const satisfies readonly Memory[]).map((kind) => [
    `${name} ${kind}`,
    comparing(sources[kind], manner(true, pops)),
  ]);

export const comparisons: Readonly<Record<string, Operation>> = {
  ...{ 'fcom st': comparing(sources.st, manner(true)), 'fcomp st': comparing(sources.st, manner(true, 1)) },
  fcompp: comparing(sources.st, manner(true, 2)),
  ...Object.fromEntries([...ofMemory('fcom', 0), ...ofMemory('fcomp', 1)]),
  ...{ 'fucom st': comparing(sources.st, manner(false)), 'fucomp st': comparing(sources.st, manner(false, 1)) },
  fucompp: comparing(sources.st, manner(false, 2)),
  ...{ fcomi: comparing(sources.st, manner(true, 0, true)), fcomip: comparing(sources.st, manner(true, 1, true)) },
  ...{ fucomi: comparing(sources.st, manner(false, 0, true)), fucomip: comparing(sources.st, manner(false, 1, true)) },
  ftst: comparing(zero, manner(true)),
  fxam: examined,
};
