/** Segment registers. Who writes one loads it, as the processor would: SDM Vol. 3A, 3.4.3 to 3.4.5, and 22.1 of real-address mode. */
import type { CpuState, SegmentState } from '../../machine/index.ts';
import { littleValue } from '../hex.ts';
import type { Target } from '../target.ts';
import type { Register } from './register.ts';

export const segmentNames = ['cs', 'ss', 'ds', 'es', 'fs', 'gs'] as const;
export type SegmentName = (typeof segmentNames)[number];

const [protectedMode, virtual] = [1, 1 << 17];
/** Bits of a selector, and of a descriptor's rights. */
const Selector = { local: 4, place: 0xfff8 } as const;
const Right = { accessed: 1, program: 0x10, present: 0x80, granular: 0x8000 } as const;

export const selector = (name: SegmentName): Register => ({
  ...{ name, bits: 32, type: 'int32' },
  read: (state) => BigInt(state[name].selector),
  write: (state, value, target) => {
    const loaded = load(state, name, Number(value & 0xffffn), target);
    return loaded === undefined ? undefined : { ...state, [name]: loaded };
  },
});

export const base = (name: SegmentName, bits: number): Register => ({
  ...{ name: `${name}_base`, bits, type: `int${bits}` },
  read: (state) => BigInt.asUintN(bits, state[name].base),
  write: (state, value) => ({ ...state, [name]: { ...state[name], base: value } }),
});

const load = (state: CpuState, name: SegmentName, value: number, target: Target): SegmentState | undefined => {
  const isReal = (state.cr0 & protectedMode) === 0 || (state.flags & virtual) !== 0;
  if (isReal) return { ...state[name], selector: value, base: BigInt(value) << 4n };
  // gdb writes all registers at once where it restores them: what is the same stays loaded.
  if (value === state[name].selector) return state[name];
  if ((value & ~3) === 0)
    return name === 'cs' ? undefined : { selector: value, base: 0n, limit: 0, rights: name === 'ss' ? state.cpl << 5 : 0 };
  const place = value & Selector.place;
  const table = (value & Selector.local) === 0 ? state.gdtr : state.ldtr;
  if (place + 7 > table.limit) return undefined;
  const bytes = target.read(table.base + BigInt(place), 8);
  return bytes === undefined ? undefined : described(value, littleValue(bytes));
};

/** Figure 3-8. Undefined of what is no present segment of code or data. */
const described = (value: number, descriptor: bigint): SegmentState | undefined => {
  const rights = Number((descriptor >> 40n) & 0xf0ffn);
  if ((rights & Right.present) === 0 || (rights & Right.program) === 0) return undefined;
  const base = ((descriptor >> 16n) & 0xff_ffffn) | ((descriptor >> 32n) & 0xff00_0000n);
  const units = Number((descriptor & 0xffffn) | ((descriptor >> 32n) & 0xf_0000n));
  const limit = (rights & Right.granular) === 0 ? units : units * 4096 + 4095;
  return { selector: value, base, limit, rights: rights | Right.accessed };
};
