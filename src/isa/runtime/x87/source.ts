/** Where x87 instructions have their operands: in a register, or in memory in one of seven formats. */
import { widened } from '../float/convert.ts';
import { double, extended, type Format, partsOf, single } from '../float/format.ts';
import type { X87Environment } from './environment.ts';
import type { Content, Registers } from './registers.ts';

/** One of them, as an extended number: a signalling NaN stays one. Undefined where the register is empty. */
export type Source = (registers: Registers, on: X87Environment, index: number, place: number) => Content;

export type Memory = 'm32' | 'm64' | 'i16' | 'i32';

export const sources = {
  st: (registers, _on, index) => registers.read(index),
  m32: ({ memory }, on, _index, place) => extendedOf(on, single, BigInt(memory.getUint32(place, true))),
  m64: ({ memory }, on, _index, place) => extendedOf(on, double, memory.getBigUint64(place, true)),
  i16: ({ memory }, _on, _index, place) => integer(BigInt(memory.getInt16(place, true))),
  i32: ({ memory }, _on, _index, place) => integer(BigInt(memory.getInt32(place, true))),
} as const satisfies Record<'st' | Memory, Source>;

/** A denormal is a normal number now, and still told of. */
const extendedOf = (on: X87Environment, format: Format, bits: bigint): bigint => {
  const parts = partsOf(format, bits);
  on.hasDenormal = parts.kind === 'finite' && parts.isDenormal;
  return widened(format, extended, bits);
};

/** Of up to 64 bits: each has its number. */
export const integer = (value: bigint): bigint => {
  if (value === 0n) return 0n;
  const magnitude = value < 0n ? -value : value;
  const shift = 64 - magnitude.toString(2).length;
  const biased = BigInt(0x3fff + 63 - shift);
  return ((value < 0n ? 0x8000n : 0n) << 64n) | (biased << 64n) | (magnitude << BigInt(shift));
};
