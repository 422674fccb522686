/** Where the code of a block leads. */
import { fieldsOf } from '../interpret/fields.ts';
import type { Placed } from '../interpret/predecode.ts';

/** Where a block may go on, as far as its code says. */
export const goesOnAt = (last: Placed): readonly bigint[] => {
  const mayGoOn = !isCall(last) && !isJump(last) && !isReturn(last);
  return [...(fieldsOf(last.instruction.form).isRelative ? [targetOf(last)] : []), ...(mayGoOn ? [last.next] : [])];
};

/** The same for whoever chooses blocks: `behind` is where a call returns to. */
export const leadsTo = (placed: readonly Placed[]): { readonly to: readonly bigint[]; readonly behind?: bigint } => {
  const last = placed.at(-1);
  return last === undefined ? { to: [] } : { to: goesOnAt(last), ...(isCall(last) && { behind: last.next }) };
};

/** By the beginnings of their rows. */
const starts = (...rows: readonly string[]): ((placed: Placed) => boolean) => {
  const known = new Set(rows);
  return ({ instruction: { form } }) => known.has(form.text.slice(0, form.text.indexOf('|')).trim());
};
export const isCall = starts('E8 cz', 'FF /2');
const isJump = starts('E9 cz', 'EB cb', 'FF /4');
export const isReturn = starts('C2 iw', 'C3');

/** Where a relative branch leads. */
export const targetOf = ({ instruction: { mode, size, immediates }, next }: Placed): bigint =>
  BigInt.asUintN(mode === 64 ? 64 : size, next + (immediates[0] ?? 0n));
