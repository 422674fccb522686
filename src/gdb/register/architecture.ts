/** Processors as gdb may know this one: the same registers, as wide and as many as there are in the mode that is looked at. Appendix G.5.5, and how QEMU tells them. */
import type { CpuState } from '../../machine/index.ts';
import { type Feature, lowOf, ofNumber, ofWord, type Register, replaced } from './register.ts';
import { base, segmentNames, selector } from './segments.ts';
import { x87Registers } from './x87.ts';

/** What is chosen by, and gdb's own name. */
export const architectures = { 'x86-64': 'i386:x86-64', i386: 'i386', i8086: 'i8086' } as const;
export type Architecture = keyof typeof architectures;

/** Their numbers in the state are those of instructions; gdb's order is another one. */
const generalOf = { ax: 0, bx: 3, cx: 1, dx: 2, si: 6, di: 7, bp: 5, sp: 4 } as const;
const inOrder64 = ['ax', 'bx', 'cx', 'dx', 'si', 'di', 'bp', 'sp'] as const;
const inOrder32 = ['ax', 'cx', 'dx', 'bx', 'sp', 'bp', 'si', 'di'] as const;

const general = (name: string, number: number, bits: number): Register => ({
  ...{ name, bits, type: /[bs]p$/.test(name) ? 'data_ptr' : `int${bits}` },
  read: (state) => BigInt.asUintN(bits, state.general[number] ?? 0n),
  write: (state, value) => ({ ...state, general: replaced(state.general, number, value) }),
});

const flags: Register = {
  ...{ name: 'eflags', bits: 32, type: 'i386_eflags' },
  read: (state) => BigInt(state.flags),
  write: (state, value) => ({ ...state, flags: Number(value) }),
};

/** One that was sent on by a jump no longer waits for an interrupt. */
const pointer = (name: string, bits: number): Register => {
  const rip = ofWord('rip', bits, 'code_ptr');
  return {
    ...rip,
    name,
    write: (state, value) => ({
      ...state,
      rip: value,
      activity: state.activity === 'halted' && value !== state.rip ? 'active' : state.activity,
    }),
  };
};

const vector = (name: string, number: number, from: number, type: string): Register => ({
  ...{ name, bits: 128, type },
  read: (state) => BigInt.asUintN(128, (state.vectors[number] ?? 0n) >> BigInt(from)),
  write: (state, value) => {
    const before = state.vectors[number] ?? 0n;
    const after = from === 0 ? lowOf(before, value, 128) : BigInt.asUintN(128, before) | (value << 128n);
    return { ...state, vectors: replaced(state.vectors, number, after) };
  },
});

const table = (name: 'gdtr' | 'idtr', bits: number): readonly Register[] => [
  {
    ...{ name: `${name}_base`, bits, type: `int${bits}` },
    read: (state) => BigInt.asUintN(bits, state[name]?.base ?? 0n),
    write: (state, value) => ({ ...state, [name]: { base: value, limit: state[name]?.limit ?? 0 } }),
  },
  {
    ...{ name: `${name}_limit`, bits: 32, type: 'int32' },
    read: (state) => BigInt(state[name]?.limit ?? 0),
    write: (state, value) => ({ ...state, [name]: { base: state[name]?.base ?? 0n, limit: Number(value & 0xffffn) } }),
  },
];

/** Shown, and left as they are: what is loaded with them has more than a number. */
const shownOnly = (name: string, bits: number, read: (state: CpuState) => bigint): Register => ({
  ...{ name, bits, type: `int${bits}` },
  read,
  write: (state, value) => (value === read(state) ? state : undefined),
});

/** IA32_KERNEL_GS_BASE: SDM Vol. 4, table 2-2. */
const kernelGsBase = 0xc000_0102;
/** TPR's number among the local APIC's registers. */
const taskPriority = 8;

const swapped: Register = {
  ...{ name: 'k_gs_base', bits: 64, type: 'int64' },
  read: ({ models }) => models.find(({ number }) => number === kernelGsBase)?.value ?? 0n,
  write: (state, value) => ({ ...state, models: state.models.map((one) => (one.number === kernelGsBase ? { ...one, value } : one)) }),
};

const priority: Register = {
  ...{ name: 'cr8', bits: 64, type: 'int64' },
  read: ({ apic }) => BigInt((apic.registers[taskPriority] ?? 0) >>> 4),
  write: (state, value) => ({
    ...state,
    apic: { ...state.apic, registers: replaced(state.apic.registers, taskPriority, Number(value & 0xfn) << 4) },
  }),
};

const breakpoint = (number: number, bits: number): Register => ({
  ...{ name: `dr${number}`, bits, type: `int${bits}` },
  read: (state) => BigInt.asUintN(bits, state.breakpoints[number] ?? 0n),
  write: (state, value) => ({ ...state, breakpoints: replaced(state.breakpoints, number, value) }),
});

const system = (bits: number): readonly Register[] => [
  ...(['cs', 'ss', 'ds', 'es'] as const).map((name) => base(name, bits)),
  ...[...table('gdtr', bits), ...table('idtr', bits)],
  shownOnly('ldtr', 32, ({ ldtr }) => BigInt(ldtr.selector)),
  shownOnly('tr', 32, ({ tr }) => BigInt(tr.selector)),
  ...[ofNumber('cr0'), ofWord('cr2', bits), ofWord('cr3', bits), ofNumber('cr4')],
  ...[0, 1, 2, 3].map((number) => breakpoint(number, bits)),
  ...[ofNumber('dr6'), ofNumber('dr7')],
];

const sixteen = Array.from({ length: 16 }, (_, number) => number);
const vectors = (count: number): readonly Feature[] => [
  {
    name: 'org.gnu.gdb.i386.sse',
    registers: [...sixteen.slice(0, count).map((number) => vector(`xmm${number}`, number, 0, 'vec128')), ofNumber('mxcsr', 'i386_mxcsr')],
  },
  { name: 'org.gnu.gdb.i386.avx', registers: sixteen.slice(0, count).map((number) => vector(`ymm${number}h`, number, 128, 'uint128')) },
];

const wide: readonly Feature[] = [
  {
    name: 'org.gnu.gdb.i386.core',
    registers: [
      ...inOrder64.map((name) => general(`r${name}`, generalOf[name], 64)),
      ...sixteen.slice(8).map((number) => general(`r${number}`, number, 64)),
      ...[pointer('rip', 64), flags, ...segmentNames.map(selector), ...x87Registers],
    ],
  },
  ...vectors(16),
  { name: 'org.gnu.gdb.i386.segments', registers: [base('fs', 64), base('gs', 64)] },
  { name: 'org.isola.x86.system', registers: [...system(64), swapped, priority, ofNumber('efer'), ofWord('xcr0', 64)] },
];

const narrow: readonly Feature[] = [
  {
    name: 'org.gnu.gdb.i386.core',
    registers: [
      ...inOrder32.map((name) => general(`e${name}`, generalOf[name], 32)),
      ...[pointer('eip', 32), flags, ...segmentNames.map(selector), ...x87Registers],
    ],
  },
  ...vectors(8),
  { name: 'org.isola.x86.system', registers: [...system(32), base('fs', 32), base('gs', 32), ofNumber('efer')] },
];

export const featuresOf = (architecture: Architecture): readonly Feature[] => (architecture === 'x86-64' ? wide : narrow);
