/** The interpreter as processors share it. */
import { type Encoding, engine, type Interpreter, type Module, movedTo, type Table } from '../isa/index.ts';

/** The derived interpreter, compiled, with the rows it was derived from: shared by all processors. */
export interface Engine {
  readonly table: Table<Encoding>;
  readonly interpreter: Interpreter;
  /** For a processor whose home begins here: others' have other offsets in their code. */
  moduleAt(home: number): Module;
}

export const engineOf = (table: Table<Encoding>, interpreter: Interpreter): Engine => {
  const modules = new Map<number, Module>();
  const moduleAt = (home: number): Module => {
    const module = modules.get(home) ?? new engine.Module(movedTo(interpreter, home));
    modules.set(home, module);
    return module;
  };
  moduleAt(0);
  return { table, interpreter, moduleAt };
};
