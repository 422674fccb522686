/** The interpreter, made once in a process. */
import { type Engine, engineOf } from '../../cpu/index.ts';
import { interpreterOf, isa, tableOf } from '../../isa/index.ts';

let made: Engine | undefined;

export const engine = (): Engine => {
  if (made === undefined) {
    const table = tableOf(isa);
    made = engineOf(table, interpreterOf(table.forms));
  }
  return made;
};
