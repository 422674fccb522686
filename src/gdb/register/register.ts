/** What a register is to gdb. */
import type { CpuState } from '../../machine/index.ts';
import type { Target } from '../target.ts';

export interface Register {
  readonly name: string;
  readonly bits: number;
  /** In the description: appendix G.3. */
  readonly type: string;
  /** `info registers` shows it with these, or all. */
  readonly group?: string;
  read(state: CpuState): bigint;
  /** With what segment registers are loaded from. Undefined where there is no such value. */
  write(state: CpuState, value: bigint, target: Target): CpuState | undefined;
}

/** Registers that gdb knows by their names, under a feature's: appendix G.5.5. */
export interface Feature {
  readonly name: string;
  readonly registers: readonly Register[];
}

/** An item of a list replaced. */
export const replaced = <T>(list: readonly T[], index: number, item: T): T[] => list.map((one, at) => (at === index ? item : one));

/** The low bits of a value replaced. */
export const lowOf = (before: bigint, value: bigint, bits: number): bigint => ((before >> BigInt(bits)) << BigInt(bits)) | value;

const numbers = ['cr0', 'cr4', 'efer', 'dr6', 'dr7', 'mxcsr'] as const;
const words = ['rip', 'cr2', 'cr3', 'xcr0'] as const;

/** One that is a field of the state, of at most 32 bits. */
export const ofNumber = (name: (typeof numbers)[number], type = 'int32', bits = 32): Register => ({
  ...{ name, bits, type },
  read: (state) => BigInt(state[name]),
  write: (state, value) => ({ ...state, [name]: Number(value & 0xffff_ffffn) }),
});

/** One that is a field of the state, of at most 64 bits. */
export const ofWord = (name: (typeof words)[number], bits: number, type = `int${bits}`): Register => ({
  ...{ name, bits, type },
  read: (state) => BigInt.asUintN(bits, state[name]),
  write: (state, value) => ({ ...state, [name]: value }),
});
