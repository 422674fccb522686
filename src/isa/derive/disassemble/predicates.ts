/** Names that an immediate gives to comparisons and products; with them, it isn't written itself. */
import type { Instruction } from '../decode/instruction.ts';

/** SDM Vol. 2A, tables 3-1 and 3-9 (CMPPD); PCLMULQDQ, table 4-13, of which binutils takes 2 and 3 for 16 and 17. Undefined where it has none. */
export const predicateName = (name: string, { form, immediates }: Instruction): string | undefined => {
  const value = Number(immediates[0] ?? 0n);
  const compared = /^(v?cmp)([ps][sd])$/.exec(name);
  if (compared !== null) {
    const known = form.vex === undefined ? predicates.slice(0, 8) : predicates;
    return known[value] === undefined ? undefined : `${compared[1]}${known[value]}${compared[2]}`;
  }
  const half = halves[value];
  return /^v?pclmulqdq$/.test(name) && half !== undefined ? name.replace('mulqdq', `mul${half}dq`) : undefined;
};

const predicates = [
  ...['eq', 'lt', 'le', 'unord', 'neq', 'nlt', 'nle', 'ord', 'eq_uq', 'nge', 'ngt', 'false', 'neq_oq', 'ge', 'gt', 'true'],
  ...['eq_os', 'lt_oq', 'le_oq', 'unord_s', 'neq_us', 'nlt_uq', 'nle_uq', 'ord_s'],
  ...['eq_us', 'nge_uq', 'ngt_uq', 'false_os', 'neq_os', 'ge_oq', 'gt_oq', 'true_us'],
];

const halves: Readonly<Record<number, string>> = { 0: 'lqlq', 1: 'hqlq', 2: 'lqhq', 3: 'hqhq', 16: 'lqhq', 17: 'hqhq' };
