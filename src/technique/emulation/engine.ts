/** The interpreter, made once in a process. */
import { type Engine, engineOf } from '../../cpu/index.ts';
import { readyInterpreter } from './interpreter.ts';

let made: Engine | undefined;

export const engine = (): Engine => {
  if (made === undefined) {
    const { table, interpreter } = readyInterpreter();
    made = engineOf(table, interpreter);
  }
  return made;
};
