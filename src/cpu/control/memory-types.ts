/** What says how memory is cached, which nothing here depends on: PAT and MTRRs. SDM Vol. 3A, 13.11 and 13.12. */
import { State } from '../../isa/index.ts';
import { physicalBits } from '../memory/paging.ts';
import type { Msr } from './msr.ts';
import { require, type SystemState } from './system-state.ts';

/** UC, WC, WT, WP, WB; and for PAT UC-. */
const rangeTypes: readonly number[] = [0, 1, 4, 5, 6];
const pageTypes: readonly number[] = [...rangeTypes, 7];

export const variableRanges = 8;
/** IA32_MTRRCAP: fixed ranges, and WC. */
const capabilities = 0x500n | BigInt(variableRanges);
const fixedNumbers = [0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f];
/** WB, WT, UC-, UC, twice. */
const patAfterReset = 0x0007_0406_0007_0406n;
const tooHigh = ~((1n << BigInt(physicalBits)) - 1n);

export const memoryTypes = (state: SystemState): readonly (readonly [number, Msr])[] => {
  const at = (place: number, check: (value: bigint) => boolean): Msr => ({
    read: () => state.get(place),
    write: (value) => {
      require(check(value));
      state.set(place, value);
    },
  });
  const eachOf = (types: readonly number[]) => (value: bigint) => bytesOf(value).every((byte) => types.includes(byte));
  const isType = (value: bigint): boolean => rangeTypes.includes(Number(value & 0xffn));
  return [
    [0xfe, { read: () => capabilities }],
    [0x277, at(State.pat, eachOf(pageTypes))],
    [0x2ff, at(State.mtrrDefault, (value) => (value & ~0xcffn) === 0n && isType(value))],
    ...fixedNumbers.map((number, index) => [number, at(State.mtrrFixed + 8 * index, eachOf(rangeTypes))] as const),
    ...Array.from({ length: variableRanges }, (_, range): readonly (readonly [number, Msr])[] => [
      [0x200 + 2 * range, at(State.mtrrVariable + 16 * range, (value) => (value & (tooHigh | 0xf00n)) === 0n && isType(value))],
      [0x201 + 2 * range, at(State.mtrrVariable + 16 * range + 8, (value) => (value & (tooHigh | 0x7ffn)) === 0n)],
    ]).flat(),
  ];
};

export const resetMemoryTypes = (state: SystemState): void => state.set(State.pat, patAfterReset);

const bytesOf = (value: bigint): readonly number[] => Array.from({ length: 8 }, (_, at) => Number((value >> BigInt(8 * at)) & 0xffn));
