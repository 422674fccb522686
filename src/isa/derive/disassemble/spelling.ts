/** Mnemonics: what the manual calls an instruction, as binutils spells it in each syntax. */
import { widthOf } from '../../spec/width.ts';
import type { Instruction } from '../decode/instruction.ts';
import { hintOf, isLoop } from './branch.ts';
import { isExchangeOfNothing } from './implied.ts';
import { isSegmentName } from './operands.ts';
import { predicateName } from './predicates.ts';
import type { Shown } from './shown.ts';
import { imageSuffix, isX87, x87AttName } from './x87.ts';

export interface Spelling {
  readonly intel: string;
  readonly att: string;
  readonly operands: readonly Shown[];
  /** A branch to what a register or memory says: AT&T writes `*`. */
  readonly isIndirect: boolean;
  /** Operands stand in AT&T's syntax as in Intel's. */
  readonly isKept: boolean;
  /** Whether vectors are among its operands: 128 bits of memory have another name there. */
  readonly isVector: boolean;
  /** DX is a port. */
  readonly isPort: boolean;
}

export const spellingOf = (instruction: Instruction, all: readonly Shown[]): Spelling => {
  const { form } = instruction;
  const given = nameOf(instruction);
  const predicate = predicateName(given, instruction);
  const name = predicate ?? given;
  const operands = predicate === undefined ? all : all.filter(({ kind }) => kind !== 'immediate');
  const isFar = /^(call|jmp)$/.test(name) && form.operands.some((code) => code.endsWith('p'));
  const isHidden = hidesSize(instruction, operands);
  const suffix = isHidden && !isFar ? oddSuffix(instruction, 'd') : tableSuffix(instruction, 'd');
  const intel = `${bases[name] ?? name}${suffix}${imageSuffix(instruction, 'intel')}`;
  return {
    intel,
    att: `${attName(instruction, { name: bases[name] ?? name, operands, isFar, isHidden })}${hintOf(instruction)}`,
    operands,
    isIndirect: /^(call|jmp)/.test(name) && form.operands.some((code) => /^[EM]/.test(code)),
    isKept: form.operands.every((code) => code.startsWith('I')) || /^(bound|monitor|mwait)$/.test(name),
    isVector: form.operands.some((code) => /^[VWUHL]/.test(code)),
    isPort: form.operands.includes('DX'),
  };
};

const nameOf = (instruction: Instruction): string => {
  if (isExchangeOfNothing(instruction)) return 'xchg';
  const { form, size, condition, address } = instruction;
  const { name } = form.op;
  const given = typeof name === 'string' ? name : name(form, size, condition, address);
  const isWhole = (form.operands.includes('Iv') && size === 64) || (form.operands.some((code) => code.startsWith('O')) && address === 64);
  if (isWhole) return 'movabs';
  // Lengths of 64 bits.
  return form.attributes.has('w1') && /pcmpestr[im]$/.test(given) ? `${given}q` : given;
};

/** Names of several sizes that binutils has one for. */
const bases: Readonly<Record<string, string>> = {
  ...{ pushaw: 'pusha', popaw: 'popa' },
  ...{ iretd: 'iret', iretq: 'iret', pushad: 'pusha', popad: 'popa', pushfd: 'pushf', pushfq: 'pushf', popfd: 'popf', popfq: 'popf' },
  ...{ xlatb: 'xlat' },
};

/** AT&T's own names. */
const translated: Readonly<Record<string, string>> = {
  ...{ cbw: 'cbtw', cwde: 'cwtl', cdqe: 'cltq', cwd: 'cwtd', cdq: 'cltd', cqo: 'cqto', retf: 'lret' },
  ...{ sysretd: 'sysretl', sysexitd: 'sysexitl' },
};

interface Facts {
  readonly name: string;
  readonly operands: readonly Shown[];
  readonly isFar: boolean;
  readonly isHidden: boolean;
}

const attName = (instruction: Instruction, { name, operands, isFar, isHidden }: Facts): string => {
  const { form, size } = instruction;
  const [, second = ''] = form.operands;
  if (name === 'movzx' || name === 'movsx') return `${name.slice(0, 4)}${letterOf(widthOf(second, size))}${letterOf(size)}`;
  if (name === 'movsxd' && size === 64) return 'movslq';
  const base = translated[name] ?? (isFar ? `l${name}` : `${name}${tableSuffix(instruction, 'l')}`);
  if (isHidden || isFar) return `${base}${oddSuffix(instruction, 'l')}`;
  if (isX87(form)) return `${x87AttName(form, name)}${imageSuffix(instruction, 'att')}`;
  if (isLoop(form)) return `${base}${loopSuffix(instruction)}`;
  const memory = operands.find((shown) => shown.kind === 'memory');
  if (memory !== undefined && /^vcvtt?pd2(ps|dq)$/.test(name)) return `${base}${memory.bits === 256 ? 'y' : 'x'}`;
  if (memory === undefined || !needsSuffix(instruction)) return base;
  return form.attributes.has('d64') || form.attributes.has('f64')
    ? `${base}${oddSuffix(instruction, 'l')}`
    : `${base}${letterOf(memory.bits)}`;
};

const letterOf = (bits: number): string => ({ 8: 'b', 16: 'w', 32: 'l', 64: 'q' })[bits] ?? '';

/** Whether no operand tells the size, and it isn't what it is by default. */
const hidesSize = ({ form, mode }: Instruction, operands: readonly Shown[]): boolean => {
  if (!form.sizes.includes(16) || (mode === 64 && form.attributes.has('f64')) || form.operands.includes('Jb')) return false;
  const isNamedBySize = typeof form.op.name !== 'string' && bases[nameAt(form, 32)] === undefined;
  if (form.operands.length === 1 && form.operands.every(isSegmentName)) return true;
  return !isNamedBySize && operands.every(({ kind }) => kind === 'immediate' || kind === 'target' || kind === 'far');
};

const nameAt = (form: Instruction['form'], size: number): string =>
  typeof form.op.name === 'string' ? form.op.name : form.op.name(form, size, 0, size);

/** The letter of a size other than the mode's own. */
const oddSuffix = ({ form, mode, size }: Instruction, double: 'd' | 'l'): string => {
  const own = mode === 16 ? 16 : mode === 64 && form.attributes.has('d64') ? 64 : 32;
  return size === own ? '' : size === 32 ? double : letterOf(size);
};

/** Of a table of descriptors the letter says how wide its base is, but in 64-bit mode, where there is one width. */
const tableSuffix = ({ form: { attributes }, mode, size }: Instruction, double: 'd' | 'l'): string =>
  mode === 64 || !attributes.has('f64') || !attributes.has('v') ? '' : size === 32 ? double : letterOf(size);

const loopSuffix = ({ prefixes, address }: Instruction): string => (prefixes.hasAddressSize ? letterOf(address) : '');

/** An operand in memory has a letter where no register says how wide it is: not the count of a shift, nor one that is of other kind or size. */
const needsSuffix = ({ form, mode }: Instruction): boolean => {
  const { operands, attributes, span, op } = form;
  if (operands.length > 0 && operands.every((code) => /^([XY][a-z]|DX)$/.test(code))) return true;
  if (span === 16 || (mode === 64 && attributes.has('f64')) || !operands.some((code) => code.startsWith('E'))) return false;
  const isConverted = mode === 64 && typeof op.name === 'string' && /^[VH]/.test(operands[0] ?? '') && operands.at(-1) === 'Ey';
  const isSummed = operands[0] === 'Gy' && /^E[bv]$/.test(operands[1] ?? '');
  return isConverted || isSummed || operands.every((code) => /^(E[bvy]|I.*|CL|1)$/.test(code));
};
