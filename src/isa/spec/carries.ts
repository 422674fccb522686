/** Carries and borrows of sums and differences, bit by bit; CF, OF and AF come from them: SDM Vol. 1, 3.4.3.1. */
import type { Val } from '../stage/index.ts';
import type { FlagUpdate } from './op.ts';
import type { X } from './vocabulary.ts';

/** Of a + b (+ a carry) = r: a bit carries where both are set, or one is and the sum's isn't. */
export const carriesOf = (x: X, a: Val, b: Val, r: Val): Val => x.or(x.and(a, b), x.and(x.or(a, b), x.not(r)));

export const sum = (x: X, a: Val, b: Val, r: Val): FlagUpdate => ({ result: r, carries: () => carriesOf(x, a, b, r) });

/** Of a - b (- a borrow) = r. */
export const difference = (x: X, a: Val, b: Val, r: Val): FlagUpdate => ({
  result: r,
  carries: () => x.or(x.and(x.not(a), b), x.and(x.or(x.not(a), b), r)),
});

/** Of AND, OR, XOR and TEST: CF and OF are clear, and so is AF on all processors, though undefined. */
export const logical = (x: X, r: Val): FlagUpdate => ({
  ...{ result: r, carries: () => x.known(r.w, 0), of: { operation: 'logical', a: r, b: r } },
});
