/** Prefixes that are written out: those that nothing else in the text shows. */
import type { Instruction } from '../decode/instruction.ts';
import { hintOf, isLoop, isNearBranch, isUntracked, segmentBytes } from './branch.ts';
import { isExchangeOfNothing } from './implied.ts';
import { isShownWide } from './operands.ts';
import { rexName, usesRex } from './rex.ts';
import type { Syntax } from './shown.ts';

/** Their names in the order of the code. Of a few opcodes binutils has one instruction for each prefix, so that 66 is part of them unless F2 or F3 is. */
export const writtenPrefixes = (instruction: Instruction, syntax: Syntax): readonly string[] => {
  const { bytes, repeat } = instruction.prefixes;
  const silent = new Set<number>();
  const silence = (isUsed: boolean, ...alike: readonly number[]): void => {
    const last = bytes.findLastIndex((byte) => alike.includes(byte));
    if (isUsed && last >= 0) silent.add(last);
  };
  const { prefix, text } = instruction.form;
  const isChosen = prefix === 'NFx' || /^0F (1[CE]|B[CD]) \/r/.test(text);
  silence(prefix === 'F2', 0xf2);
  silence(prefix === 'F3', 0xf3);
  silence(
    isChosen
      ? repeat === undefined
      : prefix === '66' || usesOperandSize(instruction) || isShownWide(instruction) || sizesPointer(instruction, syntax),
    0x66,
  );
  silence(usesAddressSize(instruction, syntax), 0x67);
  silence(usesSegment(instruction) || (syntax === 'att' && hintOf(instruction) !== ''), ...segmentBytes);
  silence(usesRex(instruction), instruction.prefixes.rex ?? 0);
  return bytes.flatMap((byte, at) => (silent.has(at) ? [] : [nameOf(byte, instruction, bytes.lastIndexOf(byte) === at)]));
};

/** A size of 64 bits by REX.W leaves nothing to 66. */
export const usesOperandSize = (instruction: Instruction): boolean => {
  const { form, mode, prefixes } = instruction;
  if (isExchangeOfNothing(instruction)) return true;
  if (!prefixes.hasOperandSize || form.prefix === '66' || (mode === 64 && form.attributes.has('f64'))) return false;
  return form.sizes.includes(16) && !form.operands.includes('Jb') && (form.attributes.has('z') || ((prefixes.rex ?? 0) & 8) === 0);
};

/** Of a far pointer the size that Intel's syntax shows comes from 66, of its register from REX.W. */
const sizesPointer = ({ form, prefixes }: Instruction, syntax: Syntax): boolean =>
  syntax === 'intel' && prefixes.hasOperandSize && form.operands.includes('Mp');

/** AT&T tells it of LOOP by a letter. */
export const usesAddressSize = ({ form, mode, memory, address }: Instruction, syntax: Syntax): boolean => {
  if (isLoop(form) || form.op.name === 'monitor') return syntax === 'att';
  if (form.attributes.has('a') || form.operands.some((code) => /^[XY][a-z]*$/.test(code))) return true;
  if (memory === undefined) return false;
  const { base, index, isRipRelative, hasSib } = memory;
  return address === 16 || base !== undefined || index !== undefined || isRipRelative || (hasSib && mode !== 16);
};

/** What always has its segment written leaves none to write before it. */
const usesSegment = (instruction: Instruction): boolean => {
  const { form, memory, prefixes } = instruction;
  if (isUntracked(instruction)) return false;
  return (
    form.op.name === 'xlatb' ||
    form.operands.some((code) => /^X[a-z]*$/.test(code)) ||
    (prefixes.segment !== undefined && (memory !== undefined || form.operands.some((code) => code.startsWith('O'))))
  );
};

/** The last of a kind is the one that means something. */
const nameOf = (byte: number, instruction: Instruction, isLast: boolean): string => {
  const { mode } = instruction;
  if (mode === 64 && (byte & 0xf0) === 0x40) return rexName(byte);
  if (byte === 0x66) return mode === 16 ? 'data32' : 'data16';
  if (byte === 0x67) return mode === 32 ? 'addr16' : 'addr32';
  if (isLast && (byte === 0xf2 || byte === 0xf3)) return repeatName(byte, instruction);
  if (isLast && byte === 0x3e && isUntracked(instruction)) return 'notrack';
  return plain[byte] ?? '';
};

const plain: Readonly<Record<number, string>> = {
  ...{ 38: 'es', 46: 'cs', 54: 'ss', 62: 'ds', 100: 'fs', 101: 'gs' },
  ...{ 240: 'lock', 242: 'repnz', 243: 'repz' },
};

/** SDM Vol. 2A, 2.1.1; XACQUIRE and XRELEASE: Vol. 1, 16.3; BND: Vol. 1, appendix E. */
const repeatName = (byte: 0xf2 | 0xf3, instruction: Instruction): string => {
  const { form, memory, prefixes } = instruction;
  const isExchange = form.op.name === 'xchg';
  const isStore =
    byte === 0xf3 && prefixes.repeat === 'F3' && form.op.name === 'mov' && form.operands.some((code, at) => at === 1 && /^[GI]/.test(code));
  const mayElide =
    memory !== undefined && !form.attributes.has('w1') && (form.attributes.has('lock') ? prefixes.isLocked || isExchange : isStore);
  if (mayElide) return byte === 0xf2 ? 'xacquire' : 'xrelease';
  if (byte === 0xf2) return isNearBranch(instruction) ? 'bnd' : 'repnz';
  return form.attributes.has('rep') ? 'rep' : 'repz';
};
