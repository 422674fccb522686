/**
 * What vector instructions have in common. The legacy encodings read their first source from the destination, VEX names it (H): one
 * `run` for both.
 */
import type { Val } from '../../stage/index.ts';
import { type Op, type Operand, op } from '../op.ts';
import type { X } from '../vocabulary.ts';

export type Make = (x: X, a: Val, b: Val) => Val;

/** Where an instruction on this page of the manual is: they go by the alphabet. */
export const page = (name: string): string => {
  const letter = (name[0] ?? '').toUpperCase();
  const volume = letter < 'M' ? '2A' : letter < 'V' ? '2B' : letter === 'V' ? '2C' : '2D';
  return `Vol. ${volume}, ${name.toUpperCase()}`;
};

/** Destination, first and second source of two or three operands. */
export const threeOf = (operands: readonly Operand[]): readonly [Operand, Operand, Operand] => {
  const [destination, first, second = first] = operands;
  if (destination === undefined || first === undefined || second === undefined) throw new Error('there are fewer than two operands');
  return [destination, operands.length === 2 ? destination : first, second];
};

/** What is made of two vectors goes into the first. */
export const combining = (name: string, rows: readonly string[], make: Make, pageName = name): Op =>
  op({
    ...{ name, sdm: page(pageName), rows, isCombining: true },
    run(x, ...operands) {
      const [destination, first, second] = threeOf(operands);
      const b = second.get();
      destination.set(make(x, first.get(), b));
    },
  });

/** The same, by an immediate that stands last. */
export const combiningBy = (
  name: Op['name'],
  rows: readonly string[],
  make: (x: X, a: Val, b: Val, immediate: Val) => Val,
  pageName = String(name),
): Op =>
  op({
    ...{ name, sdm: page(pageName), rows, isCombining: true },
    run(x, ...operands) {
      const immediate = operands.at(-1);
      const [destination, first, second] = threeOf(operands.slice(0, -1));
      const b = second.get();
      destination.set(make(x, first.get(), b, immediate?.get() ?? x.known(8, 0)));
    },
  });

/** What is made of the source alone goes into the destination. */
export const mapping = (name: string, rows: readonly string[], make: (x: X, source: Val) => Val, pageName = name): Op =>
  op({
    ...{ name, sdm: page(pageName), rows },
    run(x, destination, source) {
      if (destination === undefined || source === undefined) throw new Error('there are fewer than two operands');
      destination.set(make(x, source.get()));
    },
  });

/** An operator of WebAssembly as it is. */
export const plainly =
  (operator: string): Make =>
  (x, a, b) =>
    x.lanes(operator, a, b);

/** The one row of most of them: 66, a map and an opcode. */
export const row = (encoding: string): readonly string[] => [`66 ${encoding} /r | Vx, Wx`];

/** 0, 1, 2, … in lanes of `w` bits. */
export const numbers = (x: X, w: number): Val =>
  x.constant(
    w,
    Array.from({ length: 128 / w }, (_, at) => at),
  );

/** All ones in each lane whose bit of an immediate is set, lane 0 having the lowest. */
export const lanesWithBit = (x: X, w: number, immediate: Val): Val => {
  const bits = x.constant(
    w,
    Array.from({ length: 128 / w }, (_, at) => 1 << at),
  );
  return x.lanes(`i${w}x${128 / w}.eq`, x.lanes('v128.and', x.splat(x.zext(immediate, w)), bits), bits);
};

/** Lanes of b where the mask has ones, else those of a. */
export const choose = (x: X, mask: Val, b: Val, a: Val): Val => x.lanes('v128.bitselect', b, a, mask);

/** Every second lane of a, then of b, from lane `from` on. */
export const everySecond = (x: X, w: number, a: Val, b: Val, from: 0 | 1): Val =>
  x.shuffleLanes(
    w,
    a,
    b,
    Array.from({ length: 128 / w }, (_, at) => 2 * at + from),
  );
