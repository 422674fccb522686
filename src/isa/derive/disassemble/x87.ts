/** What AT&T's syntax has of its own for x87. */
import type { Form } from '../../spec/row.ts';
import type { Instruction } from '../decode/instruction.ts';
import type { Syntax } from './shown.ts';

export const isX87 = ({ map, opcode, vex }: Form): boolean => map === 'one' && vex === undefined && (opcode & 0xf8) === 0xd8;

export const x87AttName = (form: Form, name: string): string => `${isTurned(form) ? turned(name) : name}${suffixOf(form, name)}`;

/** Since Unix had them so, FSUB and FSUBR, FDIV and FDIVR are in each other's place where ST(i) is the destination: GNU as, 9.16.16. */
const isTurned = ({ opcode, operands }: Form): boolean => (opcode === 0xdc || opcode === 0xde) && operands[0] === 'STi';

const turned = (name: string): string => name.replace(/^(fsub|fdiv)(r?)(p?)$/, (_all, verb, r, p) => `${verb}${r === '' ? 'r' : ''}${p}`);

/** 66 before what stores or loads an image; binutils heeds no REX.W then. */
export const imageSuffix = ({ form, mode, prefixes }: Instruction, syntax: Syntax): string => {
  if (!form.attributes.has('z') || !prefixes.hasOperandSize) return '';
  return (mode === 16 ? { intel: 'd', att: 'l' } : { intel: 'w', att: 's' })[syntax];
};

/** How an operand in memory is told of: integers have other letters than numbers of floating point, and control words none. */
const suffixOf = ({ operands }: Form, name: string): string => {
  const [code = ''] = operands;
  if (/^f(n?st[cs]w|ldcw|bld|bstp)$/.test(name)) return '';
  return (/^fi/.test(name) ? integers : floats)[code] ?? '';
};

const floats: Readonly<Record<string, string>> = { Md: 's', Mq: 'l', Mt: 't' };
const integers: Readonly<Record<string, string>> = { Mw: 's', Md: 'l', Mq: 'll' };
