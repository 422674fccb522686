/** The x87 instructions, done at once when nothing can fault any more: SDM Vol. 1, chapter 8. Handlers call them by their numbers. */
import { arithmetic } from './x87/arithmetic.ts';
import { comparisons } from './x87/compare.ts';
import { constant } from './x87/constant.ts';
import { control } from './x87/control.ts';
import { moves } from './x87/move.ts';
import type { Operation } from './x87/operation.ts';
import { Registers } from './x87/registers.ts';
import { remainders } from './x87/remainder.ts';
import { transcendentals } from './x87/transcendental.ts';

const operations: ReadonlyMap<string, Operation> = new Map(
  [arithmetic, comparisons, constant, control, moves, remainders, transcendentals].flatMap((family) => Object.entries(family)),
);
const numbered = [...operations.values()];
const names = [...operations.keys()];

/** The number of an operation. Throws where none is called so: a defect of the specification. */
export const x87Operation = (name: string): number => {
  const number = names.indexOf(name);
  if (number < 0) throw new Error(`no x87 operation is called ${name}`);
  return number;
};

/** What `host.x87` does for the processor whose state begins at `base`: (operation, i of ST(i), place of the operand in memory) → what it says. */
export const x87Of = (memory: DataView, base = 0): ((operation: number, index: number, place: number) => number) => {
  const registers = new Registers(memory, base);
  return (operation, index, place) => {
    const perform = numbered[operation];
    if (perform === undefined) throw new Error(`no x87 operation has number ${operation}`);
    return perform(registers, index, place);
  };
};
