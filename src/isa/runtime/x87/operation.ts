import type { Registers } from './registers.ts';

/** What an instruction does once nothing can fault any more: `index` names ST(i), `place` is where its operand in memory is. */
export type Operation = (registers: Registers, index: number, place: number) => number;
