/** The interpreter made of the specification, which is loaded for it: that takes longer than loading all else. */
import { interpreterOf, isa, type Kept, tableOf } from '../../isa/index.ts';

export const derived = (): Kept => {
  const table = tableOf(isa);
  return { table, interpreter: interpreterOf(table.forms) };
};
