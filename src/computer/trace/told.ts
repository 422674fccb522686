/** Words of a trace's lines. */
import type { Direction, Interruption } from '../../cpu/index.ts';
import { State } from '../../isa/index.ts';

/** SDM Vol. 3A, table 7-1. */
const exceptions: Readonly<Record<number, string>> = {
  ...{ 0: '#DE', 1: '#DB', 2: 'NMI', 3: '#BP', 4: '#OF', 5: '#BR', 6: '#UD', 7: '#NM', 8: '#DF', 10: '#TS', 11: '#NP', 12: '#SS' },
  ...{ 13: '#GP', 14: '#PF', 16: '#MF', 17: '#AC', 18: '#MC', 19: '#XM', 21: '#CP' },
};
const pageFault = 14;

export const hex = (value: bigint | number, digits: number): string => value.toString(16).padStart(digits, '0');

const pointed = (direction: Direction): string => (direction === 'read' ? '->' : '<-');

export const told = {
  /** `exception 14 #PF(0002) at 1000` · `interrupt 32` · `int 80` */
  interrupt: ({ vector, code, isException, external }: Interruption, state: DataView | undefined): string => {
    if (!isException) return `${external === 0 ? 'int' : 'interrupt'} 0x${hex(vector, 2)}${vector === 2 && external === 1 ? ' NMI' : ''}`;
    const error = code === undefined ? '' : `(${hex(code, 4)})`;
    const where = vector === pageFault && state !== undefined ? ` at ${hex(state.getBigUint64(State.cr2, true), 8)}` : '';
    return `exception 0x${hex(vector, 2)} ${exceptions[vector] ?? ''}${error}${where}`;
  },
  port: (direction: Direction, port: number, bytes: number, value: number, name: string | undefined): string =>
    `${direction === 'read' ? 'in' : 'out'} 0x${hex(port, 4)} ${pointed(direction)} ${hex(value, 2 * bytes)} (${name ?? 'nobody'})`,
  register: (direction: Direction, physical: number, bytes: Uint8Array, name: string): string =>
    `${direction} 0x${hex(physical, 8)} ${pointed(direction)} ${Buffer.from(bytes).reverse().toString('hex')} (${name})`,
  model: (direction: Direction, number: number, value: bigint): string =>
    `${direction === 'read' ? 'rdmsr' : 'wrmsr'} 0x${hex(number, 8)} ${pointed(direction)} ${hex(value, 16)}`,
} as const;
