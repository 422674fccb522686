/** Opcodes of loads and stores by their width; narrow ones extend with zeros. */
import { unsigned } from './bytes.ts';
import type { Code, Home } from './value.ts';

const loads: Readonly<Record<number, readonly number[]>> = { 1: [0x2d], 8: [0x2d], 16: [0x2f], 32: [0x28], 64: [0x29], 128: [0xfd, 0x00] };
const stores: Readonly<Record<number, readonly number[]>> = { 1: [0x3a], 8: [0x3a], 16: [0x3b], 32: [0x36], 64: [0x37], 128: [0xfd, 0x0b] };

export const loadOf = (w: number, offset: number | Home): Code => {
  const code = loads[w];
  if (code === undefined) throw new Error(`nothing loads ${w} bits`);
  return at(code, offset);
};

export const storeOf = (w: number, offset: number | Home): Code => {
  const code = stores[w];
  if (code === undefined) throw new Error(`nothing stores ${w} bits`);
  return at(code, offset);
};

/** Not aligned, for all that is known. */
const at = (code: readonly number[], offset: number | Home): Code =>
  typeof offset === 'number' ? [...code, 0, ...unsigned(offset)] : [...code, 0, offset];
