/** VEX prefixes: SDM Vol. 2A, 2.3.5. */
import type { Size } from '../../spec/binding.ts';
import type { Form, OperandSize } from '../../spec/row.ts';
import type { Dice } from './sample.ts';

const maps = { one: 0, '0F': 1, '0F38': 2, '0F3A': 3 } as const;
const prefixes = { any: 0, NP: 0, NFx: 0, '66': 1, F3: 2, F2: 3 } as const;

/** One that a form may have, of 3 bytes, and of 2 where they can say it. R, X, B and vvvv, which are kept inverted, are any that make a difference, and some that don't. */
export const vexOf = (form: Form, mode: Size, size: OperandSize, roll: Dice): readonly number[] => {
  const isLong = mode === 64;
  const operand = form.operands.some((code) => /^[BH]/.test(code)) ? roll(16) : 0;
  const low = (bitsOf[form.vex?.length ?? 'LZ']?.(roll) ?? 0) << 2;
  const { attributes } = form;
  const fixed = attributes.has('w1') ? 1 : attributes.has('w0') ? 0 : undefined;
  const wide = fixed ?? widthBit(form, size, isLong, roll);
  const isShort = form.map === '0F' && wide === 0 && roll(2) === 0;
  const vvvv = ~(isShort && !isLong ? operand & 7 : operand) & 15;
  const rest = (vvvv << 3) | low | prefixes[form.prefix];
  if (isShort) return [0xc5, (isLong ? roll(2) << 7 : 0x80) | rest];
  // Outside 64-bit mode, R and X have to be 1 lest it be LES.
  const extension = isLong ? roll(8) << 5 : 0xc0 | (roll(2) << 5);
  return [0xc4, extension | maps[form.map], (wide << 7) | rest];
};

const widthBit = (form: Form, size: OperandSize, isLong: boolean, roll: Dice): number =>
  form.sizes.includes(64) && isLong ? Number(size === 64) : (bitsOf[form.vex?.w ?? 'W0']?.(roll) ?? 0);

/** What stands for a length or a W. */
const bitsOf: Readonly<Record<string, (roll: Dice) => number>> = {
  ...{ L0: () => 0, LZ: () => 0, L1: () => 1, LIG: (roll) => roll(2) },
  ...{ W0: () => 0, W1: () => 1, WIG: (roll) => roll(2) },
};
