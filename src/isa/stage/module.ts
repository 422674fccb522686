/** Writes a WebAssembly module: WebAssembly Core Specification, 5.5. */
import { name, sized, unsigned, vector } from './bytes.ts';
import { bodyOf, typeByte } from './emit.ts';
import type { Stage } from './stage.ts';
import type { Ty } from './value.ts';

export interface Signature {
  readonly parameters: readonly Ty[];
  readonly results: readonly Ty[];
}

export interface StagedFunction {
  readonly name: string;
  readonly stage: Stage;
  readonly results: readonly Ty[];
}

export interface ModuleParts {
  /** Functions of JavaScript, by name, from the module `host`. */
  readonly imports: Readonly<Record<string, Signature>>;
  readonly functions: readonly StagedFunction[];
  /** Functions that are reached by their place in the table `handlers`, in this order, and the signature of calls through it. */
  readonly table: { readonly names: readonly string[]; readonly signature: Signature };
  /** Exported by their names. */
  readonly exports: readonly string[];
}

/** The linear memory comes from outside, too: `host.memory`. */
export const moduleOf = ({ imports, functions, table, exports }: ModuleParts): Uint8Array<ArrayBuffer> => {
  const types = new Types();
  if (types.indexOf(table.signature) !== tableType) throw new Error('the signature of the table is not the first');
  const imported = Object.entries(imports);
  const indices = new Map([...imported.map(([key]) => key), ...functions.map((one) => one.name)].map((key, index) => [key, index]));
  if (indices.size !== imported.length + functions.length) throw new Error('two functions have one name');
  const indexOf = (key: string): number => {
    const index = indices.get(key);
    if (index === undefined) throw new Error(`no function is called ${key}`);
    return index;
  };
  const typeOf = functions.map(({ stage, results }) => types.indexOf({ parameters: stage.parameters, results }));
  const importTypes = imported.map(([, signature]) => types.indexOf(signature));
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, types.written),
    ...section(2, [
      [...name('host'), ...name('memory'), 2, 0, 1],
      ...imported.map(([key], at) => [...name('host'), ...name(key), 0, ...unsigned(importTypes[at] ?? 0)]),
    ]),
    ...section(3, typeOf.map(unsigned)),
    ...section(4, [[0x70, 1, ...unsigned(table.names.length), ...unsigned(table.names.length)]]),
    ...section(7, [[...name('handlers'), 1, 0], ...exports.map((key) => [...name(key), 0, ...unsigned(indexOf(key))])]),
    ...section(9, [[0, 0x41, 0, 0x0b, ...vector(table.names.map((key) => unsigned(indexOf(key))))]]),
    ...section(
      10,
      functions.map(({ stage }) => bodyOf(stage, indexOf)),
    ),
  ]);
};

/** Index of the type of functions in the table: calls through it name it. */
export const tableType = 0;

class Types {
  readonly written: number[][] = [];
  readonly #known = new Map<string, number>();

  indexOf({ parameters, results }: Signature): number {
    const key = `${parameters}:${results}`;
    const found = this.#known.get(key);
    if (found !== undefined) return found;
    const types = (list: readonly Ty[]): number[] => vector(list.map((ty) => [typeByte[ty]]));
    const index = this.written.push([0x60, ...types(parameters), ...types(results)]) - 1;
    this.#known.set(key, index);
    return index;
  }
}

const section = (id: number, items: readonly (readonly number[])[]): number[] => [id, ...sized(vector(items))];
