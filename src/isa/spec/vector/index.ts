import { integer } from './integer.ts';
import { logic } from './logic.ts';
import { move } from './move.ts';
import { shift } from './shift.ts';

/** Vector instructions, in families. */
export const vectors = { vectorMove: move, vectorLogic: logic, vectorInteger: integer, vectorShift: shift } as const;
