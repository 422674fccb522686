/** Operands that binutils writes though no row names them. */
import type { Form } from '../../spec/row.ts';
import type { Instruction } from '../decode/instruction.ts';
import { registerMemory } from './memory.ts';
import { generalName } from './registers.ts';
import type { Shown, Syntax } from './shown.ts';

export const impliedOperands = (instruction: Instruction, syntax: Syntax): readonly Shown[] => {
  if (instruction.form.op.name === 'xlatb') return [registerMemory(instruction, 3, 8, false)];
  if (instruction.form.op.name === 'monitor' || instruction.form.op.name === 'mwait') return syntax === 'att' ? waitedFor(instruction) : [];
  if (!isExchangeOfNothing(instruction)) return [];
  const isWide = ((instruction.prefixes.rex ?? 0) & 8) !== 0;
  const accumulator: Shown = { kind: 'register', name: generalName(0, isWide ? 64 : instruction.mode === 16 ? 32 : 16, false) };
  return [accumulator, accumulator];
};

/** Registers that only AT&T's syntax shows. */
const waitedFor = ({ form, address }: Instruction): readonly Shown[] => {
  const names = form.op.name === 'monitor' ? [generalName(0, address, false), 'ecx', 'edx'] : ['eax', 'ecx'];
  return names.map((name) => ({ kind: 'register', name }));
};

/** NOP of another operand size than the mode's is an exchange of AX with itself: SDM Vol. 2B, NOP. */
export const isExchangeOfNothing = ({ form, prefixes }: Instruction): boolean =>
  form.op.name === 'nop' && form.operands.length === 0 && prefixes.hasOperandSize;

/** Masks of a vector's signs are written to a register of 32 bits, or what is as good, of 64: SDM Vol. 2B, MOVMSKPS. */
export const isOfAnyWidth = ({ operands }: Form): boolean => operands[0] === 'Gd' && operands.length === 2;
