/** REX, which is written out unless all of it shows in the operands: SDM Vol. 2A, 2.2.1. */
import type { Form } from '../../spec/row.ts';
import { widthOf } from '../../spec/width.ts';
import type { Instruction } from '../decode/instruction.ts';
import { isExchangeOfNothing, isOfAnyWidth } from './implied.ts';
import { isShownWide } from './operands.ts';

/** Each of its bits has a field to widen; one without bits has a byte register to name. */
export const usesRex = (instruction: Instruction): boolean => {
  const { form, memory, prefixes } = instruction;
  const bits = (prefixes.rex ?? 0) & 15;
  const hasField = (letters: RegExp): boolean => form.operands.some((code) => letters.test(code));
  const named = [
    [8, hasWideForm(form) || isExchangeOfNothing(instruction)],
    [4, hasField(/^[GVCD](?![A-Z])/) || (isShownWide(instruction) && hasField(/^P/))],
    [2, memory?.hasSib === true],
    [1, memory !== undefined || hasField(/^[ERZWU]/) || (isShownWide(instruction) && hasField(/^N/))],
  ] as const;
  const used = named.reduce((sum, [bit, isNamed]) => sum | (isNamed ? bit : 0), 0);
  return (bits & ~used) === 0 && (bits !== 0 || namesNewByte(instruction));
};

const hasWideForm = (form: Form): boolean => {
  const { sizes, attributes } = form;
  if (attributes.has('w1') || isOfAnyWidth(form)) return true;
  return sizes.includes(64) && !attributes.has('d64') && !attributes.has('f64');
};

/** SPL to DIL. */
const namesNewByte = ({ form, memory, reg, rm, size }: Instruction): boolean =>
  form.operands.some((code) => {
    if (!/^[EGRZ]/.test(code) || widthOf(code, size) !== 8) return false;
    return code.startsWith('G') ? (reg & 4) !== 0 : memory === undefined && (rm & 4) !== 0;
  });

export const rexName = (byte: number): string => {
  const bits = [...'WRXB'].filter((_, at) => (byte & (8 >> at)) !== 0).join('');
  return bits === '' ? 'rex' : `rex.${bits}`;
};
