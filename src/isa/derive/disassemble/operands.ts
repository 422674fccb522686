/** Operands by their codes in the row: SDM Vol. 2D, A.2.1. */
import { widthOf } from '../../spec/width.ts';
import { isVsib } from '../decode/decode.ts';
import type { Instruction } from '../decode/instruction.ts';
import { impliedOperands, isOfAnyWidth } from './implied.ts';
import { absoluteMemory, modrmMemory, registerMemory } from './memory.ts';
import { generalName, segmentName, vectorName } from './registers.ts';
import type { Shown, Syntax } from './shown.ts';

/** In the order of the row. `address` is where the instruction stands. */
export const operandsOf = (instruction: Instruction, address: bigint, syntax: Syntax): readonly Shown[] =>
  withoutSharing(instruction, [
    ...instruction.form.operands.map((code) => operandOf(instruction, code, address)),
    ...impliedOperands(instruction, syntax),
  ]);

/** Of a gather, destination, index and mask must be three registers: binutils says which are not. */
const withoutSharing = ({ form, reg, vvvv, memory }: Instruction, shown: readonly Shown[]): readonly Shown[] => {
  if (!isVsib(form)) return shown;
  const numbers = [reg, memory?.index ?? 0, vvvv];
  return shown.map((one, at) => {
    if (numbers.every((number, other) => other === at || number !== numbers[at])) return one;
    return one.kind === 'register' ? register(`${one.name}/(bad)`) : one.kind === 'memory' ? { ...one, isBad: true } : one;
  });
};

const operandOf = (instruction: Instruction, code: string, address: bigint): Shown => {
  const { form, size, rm, reg, vvvv, memory, immediates, prefixes } = instruction;
  const w = code === 'Mp' && prefixes.hasOperandSize && instruction.mode === 64 ? 32 : widthOf(code, size);
  if (code === 'ST') return register('st');
  if (code === 'STi') return register(`st(${rm & 7})`);
  const isWide = ((prefixes.rex ?? 0) & 8) !== 0;
  const general = (number: number): Shown => register(generalName(number, w, prefixes.rex !== undefined));
  const implied = accumulators[code];
  if (code === 'XMM0') return register('xmm0');
  if (implied !== undefined) return register(generalName(implied, w, false));
  if (isSegmentName(code)) return register(code.toLowerCase());
  // binutils shows all of a register of which a segment register has the low half.
  if (code === 'Ew' && form.operands.includes('Sw') && memory === undefined)
    return register(generalName(rm, isWide ? 64 : (instruction.mode === 16) !== prefixes.hasOperandSize ? 16 : 32, true));
  switch (code[0]) {
    case '1':
      return { kind: 'one' };
    case 'A':
      return code === 'AH' ? register('ah') : { kind: 'far', selector: immediates[1] ?? 0n, offset: immediates[0] ?? 0n };
    case 'E':
    case 'M':
      return memory === undefined
        ? general(rm)
        : modrmMemory(instruction, memory, unsized.has(form.op.name) ? 0 : code === 'Mp' ? Math.min(w, 48) : w);
    case 'R':
    case 'Z':
      return general(rm);
    case 'G':
      return isWide && isOfAnyWidth(form) ? register(generalName(reg, 64, true)) : general(reg);
    case 'B':
      return general(vvvv);
    case 'P':
      return register(mmxName(instruction, reg));
    case 'N':
      return register(mmxName(instruction, rm));
    case 'Q':
      return memory === undefined ? register(`mm${rm & 7}`) : modrmMemory(instruction, memory, w);
    case 'V':
      return register(vectorName(reg, w));
    case 'W':
      return memory === undefined ? register(vectorName(rm, w)) : modrmMemory(instruction, memory, unsized.has(form.op.name) ? 0 : w);
    case 'U':
      return register(vectorName(rm, w));
    case 'H':
      return register(vectorName(vvvv, w));
    case 'L':
      return register(vectorName((Number(immediates[0]) >> 4) & (instruction.mode === 64 ? 15 : 7), w));
    case 'S':
      return register(segmentName(reg & 7));
    case 'C':
      return register(`cr${reg}`);
    case 'D':
      return register(`dr${reg}`);
    case 'I':
      return { kind: 'immediate', value: immediateOf(instruction, code) };
    case 'J':
      return { kind: 'target', address: targetOf(instruction, code, address) };
    case 'O':
      return absoluteMemory(instruction);
    case 'X':
      return registerMemory(instruction, 6, w, false);
    case 'Y':
      return registerMemory(instruction, 7, w, true);
    default:
      return register(code.toLowerCase());
  }
};

/** Between MOVQ2DQ and its opposite, binutils takes 66 for one that makes a vector of it. */
export const isShownWide = ({ form, prefixes }: Instruction): boolean =>
  prefixes.hasOperandSize && (form.prefix === 'F2' || form.prefix === 'F3') && form.operands.some((code) => /^[PN]q$/.test(code));

const mmxName = (instruction: Instruction, number: number): string =>
  isShownWide(instruction) ? vectorName(number, 128) : `mm${number & 7}`;

/** Whether an operand is a segment register that the opcode names. */
export const isSegmentName = (code: string): boolean => /^[CDEFGS]S$/.test(code);

/** What binutils writes no size of. */
const unsized: ReadonlySet<unknown> = new Set(['lddqu', 'vlddqu', 'invpcid']);

const accumulators: Readonly<Record<string, number>> = { AL: 0, AX: 0, eAX: 0, rAX: 0, CL: 1, DX: 2 };

const register = (name: string): Shown => ({ kind: 'register', name });

/** As wide as the operation, but for a byte or word that is not extended. */
const immediateOf = ({ form, size, immediates }: Instruction, code: string): bigint => {
  const index = form.operands.filter((one) => one.startsWith('I')).indexOf(code) === 1 ? 1 : 0;
  const w = code === 'Ib' ? 8 : code === 'Iw' ? 16 : size;
  return BigInt.asUintN(w, immediates[index] ?? 0n);
};

/** By a word, a branch stays within 64 KiB: SDM Vol. 2A, JMP. By a byte it does, too, but binutils doesn't cut that. */
const targetOf = ({ mode, size, prefixes, immediates, lengthBytes }: Instruction, code: string, address: bigint): bigint => {
  const next = address + BigInt(lengthBytes);
  const whole = BigInt.asUintN(mode === 64 ? 64 : 32, next + (immediates[0] ?? 0n));
  if (mode === 64 || size !== 16 || code !== 'Jz') return whole;
  const above = prefixes.hasOperandSize ? 0n : (next >> 16n) << 16n;
  return above | BigInt.asUintN(16, whole);
};
