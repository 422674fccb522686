/** Whether two results are the same to the last bit, without a word: nearly all are, and what is not is told at length by `compare.ts`. */
import { Eflags } from '../../src/isa/runtime/state.ts';
import type { Case, Result } from './native.ts';

/** RF is set where a fault is reported. */
export const comparedFlags = ~(Eflags.rf | Eflags.vif | Eflags.vip);

const { cf, pf, af, zf, sf, of } = Eflags;
const flagLetters: Readonly<Record<string, number>> = { c: cf, p: pf, a: af, z: zf, s: sf, o: of };

/** Flags by their letters, as an instruction's specification names them. */
export const flagsNamed = (letters = ''): number => [...letters].reduce((mask, letter) => mask | (flagLetters[letter] ?? 0), 0);

/** Of 64-bit code. What is alike but for what nobody compares, may be taken for unlike here. */
export const areAlike = ({ mode }: Case, native: Result, ours: Result): boolean => {
  if (mode !== 64) return false;
  return (
    (native.trap === 3 ? ours.trap === 1 : native.trap === ours.trap) &&
    (native.trap === 3 ? native.rip - 1n : native.rip) === ours.rip &&
    (native.trap === 3 || (native.error & ~1) === (ours.error & ~1)) &&
    ((flagsOf(native) ^ flagsOf(ours)) & comparedFlags) === 0 &&
    native.mxcsr === ours.mxcsr &&
    areSame(native.registers, ours.registers, 128) &&
    areSame(native.vectors, ours.vectors, native.vectors.byteLength) &&
    areSame(native.data, ours.data, native.data.byteLength) &&
    areSameX87(native.x87, ours.x87)
  );
};

const flagsOf = ({ registers }: Result): number => Number(registers[16] ?? 0n);

/** Control, status and which are full stand before the opcode and addresses, which nobody compares; the registers behind them. */
const [beforeOpcode, registersAt] = [5, 24];

const areSameX87 = (a: Uint8Array, b: Uint8Array): boolean =>
  areSame(a, b, beforeOpcode) && areSame(a.subarray(registersAt), b.subarray(registersAt), a.byteLength - registersAt);

const areSame = (a: Uint8Array | BigUint64Array, b: Uint8Array | BigUint64Array, bytes: number): boolean =>
  Buffer.from(a.buffer, a.byteOffset, bytes).equals(Buffer.from(b.buffer, b.byteOffset, bytes));
