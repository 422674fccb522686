/** Opcodes of loads and stores by their width; narrow ones extend with zeros. */
import { unsigned } from './bytes.ts';
import type { Code, Home } from './value.ts';

export const loadOf = (w: number): number[] => {
  const code = { 1: [0x2d], 8: [0x2d], 16: [0x2f], 32: [0x28], 64: [0x29], 128: [0xfd, 0x00] }[w];
  if (code === undefined) throw new Error(`nothing loads ${w} bits`);
  return code;
};

export const storeOf = (w: number): number[] => {
  const code = { 1: [0x3a], 8: [0x3a], 16: [0x3b], 32: [0x36], 64: [0x37], 128: [0xfd, 0x0b] }[w];
  if (code === undefined) throw new Error(`nothing stores ${w} bits`);
  return code;
};

export const offsetOf = (offset: number | Home): Code => (typeof offset === 'number' ? unsigned(offset) : [offset]);
