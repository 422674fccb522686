import { belonging, ofX87 } from '../belonging.ts';
import { x87Arithmetic, x87Compare } from './arithmetic.ts';
import { x87Control } from './control.ts';
import { x87Move } from './move.ts';
import { x87Transcendental } from './transcendental.ts';

/** x87 instructions, in families. */
export const x87 = belonging({ x87Move, x87Arithmetic, x87Compare, x87Control, x87Transcendental } as const, ofX87);
