/** The interpreter as processors share it. */
import { type Encoding, engine, type Interpreter, type Module, movedTo, type Table, type Translator } from '../isa/index.ts';

/** The derived interpreter, compiled, with the rows it was derived from: shared by all processors. */
export interface Engine {
  readonly table: Table<Encoding>;
  readonly interpreter: Interpreter;
  /** For a processor whose home begins here: others' have other offsets in their code. */
  moduleAt(home: number): Module;
  /** Without it, all is interpreted. */
  readonly translating?: Translating;
}

/** How what runs often is translated. */
export interface Translating {
  /** Undefined as long as there is none: who asks may have it made. */
  translator(): Translator | undefined;
  /** How often a block is led to before; some thousand usually. */
  readonly often?: number;
  /** Blocks around it that were led to so often are translated with it; a sixteenth of that usually. */
  readonly fewestVisits?: number;
  /** Whether what is wanted is translated at once: with `often` of 1, each block before it runs for the first time. Else it waits for more, which share a module. */
  readonly isAtOnce?: boolean;
  /** How many regions there may be at a time; some ten thousand usually. */
  readonly places?: number;
  /** Makes a module whose largest region has so many instructions, so that what the host optimizes of it is worth that. */
  readonly paced?: <Made>(instructions: number, make: () => Made) => Made;
}

export const engineOf = (table: Table<Encoding>, interpreter: Interpreter, translating?: Translating): Engine => {
  const modules = new Map<number, Module>();
  const moduleAt = (home: number): Module => {
    const module = modules.get(home) ?? new engine.Module(movedTo(interpreter, home));
    modules.set(home, module);
    return module;
  };
  moduleAt(0);
  return { table, interpreter, moduleAt, ...(translating !== undefined && { translating }) };
};
