/** How much of the instruction set a family is: what is published of it beside what it was compared with. */
import { type Form, formsOf, type Op } from '../../src/isa/index.ts';

export interface Extent {
  /** As Intel writes them: by size, condition and address size where they have several. */
  readonly mnemonics: readonly string[];
  readonly rows: number;
  /** A row with an operand size, with a register or memory, in 64-, 32- or 16-bit mode. */
  readonly forms: number;
}

export const extentOf = (family: readonly Op[]): Extent => {
  const forms = family.flatMap(formsOf);
  return {
    mnemonics: [...new Set(forms.flatMap(namesOf))],
    rows: forms.length,
    forms: forms.reduce((sum, form) => sum + formCount(form), 0),
  };
};

const namesOf = (form: Form): readonly string[] => {
  const { name } = form.op;
  if (typeof name === 'string') return [name];
  const conditions = Array.from({ length: form.span === 16 ? 16 : 1 }, (_, condition) => condition);
  const addresses = form.attributes.has('a') ? [16, 32, 64] : [64];
  return form.sizes.flatMap((size) =>
    conditions.flatMap((condition) => addresses.map((address) => name(form, size === 0 ? 32 : size, condition, address))),
  );
};

const formCount = (form: Form): number => {
  const sides = form.modrm !== 'none' && form.operands.some((code) => /^[EWQ][a-z]*$/.test(code)) ? 2 : 1;
  return [64, 32, 16].reduce((sum, mode) => sum + sides * sizesIn(form, mode), 0);
};

const sizesIn = ({ attributes, sizes }: Form, mode: number): number => {
  if (attributes.has(mode === 64 ? 'i64' : 'o64')) return 0;
  if (mode !== 64) return sizes.filter((size) => size !== 64).length;
  if (attributes.has('f64')) return sizes.filter((size) => size === 64).length;
  return attributes.has('d64') ? sizes.filter((size) => size !== 32).length : sizes.length;
};
