/**
 * Memory that a test's guest leaves to the next one. V8 counts all that a new one might hold, and collects garbage for each or each second one: 15 ms of processor
 * time, where most guests run for less than one.
 */
import { Homes, type Memory } from '../../isa/index.ts';
import { Ram } from '../memory/ram.ts';

const guestBytes = 2 ** 21;
/** For more blocks than a test has. */
const recordBytes = 2 ** 22;

const spare: Memory[] = [];

/** For one processor. */
export const takeRam = (): Ram => new Ram(guestBytes, 1, { recordBytes, memory: spare.pop() });

/** Nobody may use it any more, nor its processor. */
export const leaveRam = ({ memory }: Ram): void => {
  const bytes = new Uint8Array(memory.buffer);
  bytes.fill(0, 0, Homes.each);
  bytes.fill(0, Homes.end);
  spare.push(memory);
};
