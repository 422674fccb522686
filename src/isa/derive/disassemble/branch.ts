/** What prefixes mean before branches. */
import { Segment } from '../../runtime/state.ts';
import type { Form } from '../../spec/row.ts';
import type { Instruction } from '../decode/instruction.ts';

/** Jumps and calls within the segment, and returns; the loops, which know an address size, are none, nor are tables of descriptors and moves of registers. */
export const isNearBranch = ({ form: { attributes, operands } }: Instruction): boolean =>
  attributes.has('f64') && !attributes.has('a') && !attributes.has('v') && !operands.some((code) => code.endsWith('y'));

/** LOOP, LOOPE and LOOPNE, but for JCXZ, which has its name by the address size. */
export const isLoop = ({ op }: Form): boolean => typeof op.name === 'string' && op.name.startsWith('loop');

/** What AT&T writes behind a conditional branch that has a hint: SDM Vol. 2A, 2.1.1. */
export const hintOf = ({ form, prefixes: { bytes } }: Instruction): '' | ',pn' | ',pt' => {
  const [isUnlikely, isLikely] = [bytes.includes(0x2e), bytes.includes(0x3e)];
  const isConditional = form.operands[0]?.startsWith('J') === true && (form.span === 16 || form.attributes.has('a'));
  if (!isConditional || isUnlikely === isLikely) return '';
  return isLikely ? ',pt' : ',pn';
};

/** DS before an indirect branch names no segment, but lets it lead anywhere: SDM Vol. 1, 17.3.1. */
export const isUntracked = (instruction: Instruction): boolean => {
  const { form, mode, prefixes } = instruction;
  if (!isNearBranch(instruction) || !form.operands.some((code) => code.startsWith('E'))) return false;
  if (mode !== 64) return prefixes.segment === Segment.ds;
  const last = prefixes.bytes.findLast((byte) => segmentBytes.includes(byte));
  return last === 0x3e && prefixes.segment === undefined && !prefixes.hasOperandSize;
};

export const segmentBytes: readonly number[] = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65];
