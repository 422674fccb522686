/** Instructions of MMX are those on vectors, on their lower halves: made of them by what they are given and what is taken of their results. */
import type { Val } from '../../stage/index.ts';
import { type Op, type Operand, op } from '../op.ts';
import { integer } from '../vector/integer.ts';
import { logic } from '../vector/logic.ts';
import { shift } from '../vector/shift.ts';
import { shuffle } from '../vector/shuffle.ts';
import type { X } from '../vocabulary.ts';
import { begin } from './begin.ts';

export type Adapt = (x: X, operands: readonly Operand[]) => readonly Operand[];

/** One that is there for vectors. Throws where none is called so: a defect of the specification. */
const vectorOp = (name: string): Op => {
  const found = [...integer, ...logic, ...shift, ...shuffle].find((one) => one.name === name);
  if (found === undefined) throw new Error(`no vector instruction is called ${name}`);
  return found;
};

/** Rows of vectors as MMX has them. */
const rowsOf = ({ rows }: Op): readonly string[] =>
  rows.map((row) => row.replace(/^66/, 'NP').replace('Vx, Wx', 'Pq, Qq').replace('Vx, Wdq', 'Pq, Qq').replace('Ux, Ib', 'Nq, Ib'));

/** The instruction of vectors that `name` names, or `of` does. */
export const narrowed = (name: string, adapt: Adapt = widened, { of = name, rows = rowsOf(vectorOp(name)) } = {}): Op => {
  const wide = vectorOp(of);
  return op({
    ...{ name, sdm: wide.sdm, rows },
    run(x, ...operands) {
      begin(x);
      wide.run(x, ...adapt(x, operands));
    },
  });
};

/** As a vector whose other half is 0. */
export const wideOperand = (x: X, operand: Operand, get: () => Val = () => x.lowest(operand.get())): Operand => ({
  ...operand,
  w: 128,
  get,
  set: (value, claim) => operand.set(x.extract(value, 64, 0), claim),
});

export const widened: Adapt = (x, operands) => operands.map((operand) => (operand.w === 8 ? operand : wideOperand(x, operand)));

/** Both in one vector, the first below: of what goes from each by itself to half of the result. */
export const joined: Adapt = (x, [first, second]) => {
  if (first === undefined || second === undefined) throw new Error('there are fewer than two operands');
  const b = second.get();
  const both = x.insert(x.lowest(first.get()), 1, b);
  return [wideOperand(x, first, () => both), wideOperand(x, second, () => both)];
};

/** Their upper halves. */
export const upper: Adapt = (x, operands) => operands.map((operand) => wideOperand(x, operand, () => x.lowest(x.shr(operand.get(), 32))));
