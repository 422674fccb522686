/** Flags between blocks of a region: which operation of which numbers they are those of, by a number; the words are computed where the region is left. */
import { State } from '../../runtime/state.ts';
import { difference, logical, sum } from '../../spec/carries.ts';
import type { FlagOperation, FlagUpdate } from '../../spec/op.ts';
import { X } from '../../spec/vocabulary.ts';
import { opcode, type StagedFunction, type Val } from '../../stage/index.ts';
import { LazyFlags } from '../interpret/flags.ts';

/** The words have them. */
export const settled = 0;

const operations: readonly FlagOperation[] = ['difference', 'sum', 'logical'];
const widths = [8, 16, 32, 64] as const;

/** Above `settled`. */
export const kindOf = (operation: FlagOperation, w: number): number => {
  const width = widths.indexOf(w as 8);
  return width === -1 ? settled : 1 + widths.length * operations.indexOf(operation) + width;
};

export const wordOffsets = [
  { name: 'result of', offset: State.result, w: 64 },
  { name: 'carry of', offset: State.carry, w: 32 },
  { name: 'aux of', offset: State.aux, w: 32 },
] as const;

/** By the offset of a word, what computes it. */
export const nameOf = (offset: number): string => wordOffsets.find((one) => one.offset === offset)?.name ?? '';

/** (kind, a, b) → one of the words. */
export const wordFunctions = (): readonly StagedFunction[] =>
  wordOffsets.map(({ name, offset, w }) => {
    const x = new X(['i32', 'i64', 'i64']);
    x.dispatch(
      () => x.sub(x.parameter(0, 32), x.known(32, 1)),
      operations.flatMap((operation) => widths.map((width) => wordOf(operation, width, offset))),
      () => x.do([opcode.unreachable]),
    );
    return { name, stage: x, results: [w === 64 ? 'i64' : 'i32'] };
  });

const wordOf = (operation: FlagOperation, w: number, offset: number): X => {
  const x = new X(['i32', 'i64', 'i64']);
  const [a, b] = [x.truncate(x.parameter(1, 64), w), x.truncate(x.parameter(2, 64), w)];
  const flags = new LazyFlags(x, {
    // What these set they set whole.
    load: (_, width) => x.known(width, 0),
    store: (at, value) => {
      if (at === offset) x.do([opcode.return], value);
    },
  });
  flags.write(updateOf(x, operation, a, b));
  x.do([opcode.unreachable]);
  return x;
};

const updateOf = (x: X, operation: FlagOperation, a: Val, b: Val): FlagUpdate => {
  if (operation === 'logical') return logical(x, a);
  return operation === 'sum' ? sum(x, a, b, x.add(a, b)) : difference(x, a, b, x.sub(a, b));
};

/** Parameters and results of those functions, by their names. */
export const wordSignatures = Object.fromEntries(
  wordOffsets.map(({ name, w }) => [name, { parameters: ['i32', 'i64', 'i64'], results: [w === 64 ? 'i64' : 'i32'] }] as const),
);
