/** Operands in memory: SDM Vol. 1, 3.7.5. */
import { Segment } from '../../runtime/state.ts';
import type { Size } from '../../spec/binding.ts';
import { isVsib } from '../decode/decode.ts';
import type { Instruction, MemoryFields } from '../decode/instruction.ts';
import { isUntracked } from './branch.ts';
import { generalName, segmentName, vectorName } from './registers.ts';
import type { MemoryShown } from './shown.ts';

/** What ModRM names. */
export const modrmMemory = (instruction: Instruction, memory: MemoryFields, bits: number): MemoryShown => {
  const { address, mode, prefixes } = instruction;
  const { base, index, displacementBytes, isRipRelative } = memory;
  // Of 32 bits in 64-bit mode, one that stands alone is no negative number.
  const isAlone = mode === 64 && address === 32 && base === undefined && index === undefined && !isRipRelative;
  const displacement = isAlone ? BigInt.asUintN(32, memory.displacement) : memory.displacement;
  const name = (number: number | undefined): string | undefined => (number === undefined ? undefined : generalName(number, address, false));
  return {
    ...{ kind: 'memory', bits, displacement },
    segment: prefixes.segment === undefined || isUntracked(instruction) ? undefined : segmentName(prefixes.segment),
    base: isRipRelative ? instructionPointer(address) : name(base),
    index: isVsib(instruction.form)
      ? vectorName(memory.index ?? 0, instruction.form.attributes.has('vsiby') ? 256 : 128)
      : indexName(instruction, memory),
    scale: memory.hasSib ? 1 << memory.shift : undefined,
    isRipRelative,
    hasDisplacement: displacementBytes !== 0,
    width: mode === 64 ? 64 : address,
  };
};

/** What a string instruction or XLAT reaches through one register; its segment is always written. */
export const registerMemory = ({ address, prefixes }: Instruction, register: number, bits: number, isFixed: boolean): MemoryShown => ({
  ...{ kind: 'memory', bits, displacement: 0n, hasDisplacement: false, isRipRelative: false, width: address },
  segment: segmentName(isFixed ? Segment.es : (prefixes.segment ?? Segment.ds)),
  base: generalName(register, address, false),
  ...{ index: undefined, scale: undefined },
});

/** An offset that stands in the code; a register says how much is there. */
export const absoluteMemory = ({ address, prefixes, immediates }: Instruction): MemoryShown => ({
  ...{ kind: 'memory', bits: 0, displacement: immediates[0] ?? 0n, hasDisplacement: true, isRipRelative: false, width: address },
  segment: prefixes.segment === undefined ? undefined : segmentName(prefixes.segment),
  ...{ base: undefined, index: undefined, scale: undefined },
});

const instructionPointer = (address: Size): string => (address === 64 ? 'rip' : 'eip');

/**
 * SIB can name no index; binutils calls that `riz` or `eiz` where the same address has a shorter code: a scale, a base other than SP, or no base
 * at all (in 64-bit mode, where that is the only code of a plain address, only with a size of 32 bits; in 16-bit mode never).
 */
const indexName = ({ address, mode }: Instruction, { base, index, shift, hasSib }: MemoryFields): string | undefined => {
  if (index !== undefined) return generalName(index, address, false);
  if (!hasSib) return undefined;
  const isOdd = shift !== 0 || (base === undefined ? mode === 32 || (mode === 64 && address === 32) : (base & 7) !== 4);
  return isOdd ? (address === 64 ? 'riz' : 'eiz') : undefined;
};
