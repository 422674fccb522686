/** The x87 FPU as FSAVE tells it: SDM Vol. 1, 8.1. Registers are told from the top of the stack on. */
import type { CpuState } from '../../machine/index.ts';
import { lowOf, type Register, replaced } from './register.ts';

type X87 = CpuState['x87'];

const topOf = ({ status }: X87): number => (status >> 11) & 7;
const withX87 = (state: CpuState, part: Partial<X87>): CpuState => ({ ...state, x87: { ...state.x87, ...part } });

const stack = (number: number): Register => ({
  ...{ name: `st${number}`, bits: 80, type: 'i387_ext' },
  read: ({ x87 }) => x87.registers[(topOf(x87) + number) & 7] ?? 0n,
  write: (state, value) => withX87(state, { registers: replaced(state.x87.registers, (topOf(state.x87) + number) & 7, value) }),
});

/** Tags of two bits: valid, zero, special, empty. Figure 8-7. */
const Tag = { valid: 0, zero: 1, special: 2, empty: 3 } as const;
const eight = [0, 1, 2, 3, 4, 5, 6, 7] as const;

const tagOf = (register: bigint): number => {
  const exponent = (register >> 64n) & 0x7fffn;
  const isWhole = (register >> 63n) % 2n === 1n;
  if ((register & ((1n << 79n) - 1n)) === 0n) return Tag.zero;
  return isWhole && exponent !== 0n && exponent !== 0x7fffn ? Tag.valid : Tag.special;
};

const tags = ({ full, registers }: X87): number =>
  eight.reduce<number>((word, number) => {
    const tag = (full & (1 << number)) === 0 ? Tag.empty : tagOf(registers[number] ?? 0n);
    return word | (tag << (2 * number));
  }, 0);

const fullOf = (word: number): number =>
  eight.reduce<number>((full, number) => (((word >> (2 * number)) & 3) === Tag.empty ? full : full | (1 << number)), 0);

const control = (name: string, read: (x87: X87) => bigint, write: (x87: X87, value: bigint) => Partial<X87>): Register => ({
  ...{ name, bits: 32, type: 'int', group: 'float' },
  read: ({ x87 }) => read(x87) & 0xffff_ffffn,
  write: (state, value) => withX87(state, write(state.x87, value)),
});

const low16 = (value: bigint): number => Number(value & 0xffffn);

export const x87Registers: readonly Register[] = [
  ...eight.map(stack),
  control(
    'fctrl',
    ({ control }) => BigInt(control),
    (_, value) => ({ control: low16(value) }),
  ),
  control(
    'fstat',
    ({ status }) => BigInt(status),
    (_, value) => ({ status: low16(value) }),
  ),
  control(
    'ftag',
    (x87) => BigInt(tags(x87)),
    (_, value) => ({ full: fullOf(low16(value)) }),
  ),
  control(
    'fiseg',
    ({ codeSegment }) => BigInt(codeSegment),
    (_, value) => ({ codeSegment: low16(value) }),
  ),
  control(
    'fioff',
    ({ code }) => code,
    ({ code }, value) => ({ code: lowOf(code, value, 32) }),
  ),
  control(
    'foseg',
    ({ dataSegment }) => BigInt(dataSegment),
    (_, value) => ({ dataSegment: low16(value) }),
  ),
  control(
    'fooff',
    ({ data }) => data,
    ({ data }, value) => ({ data: lowOf(data, value, 32) }),
  ),
  control(
    'fop',
    ({ opcode }) => BigInt(opcode),
    (_, value) => ({ opcode: low16(value) & 0x7ff }),
  ),
];
