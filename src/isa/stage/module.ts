/** Writes a WebAssembly module: WebAssembly Core Specification, 5.5. */
import { name, signed, sized, unsigned, vector } from './bytes.ts';
import { bodyOf, type FunctionBody, typeByte } from './emit.ts';
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

export interface WrittenModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where in it each body begins, at its size, and where offsets of what is the processor's own are: both ascend. */
  readonly bodies: readonly number[];
  readonly homes: readonly number[];
}

/** The linear memory comes from outside, too: `host.memory`. The processor's own part begins at 0: `move.ts` moves it. */
export const moduleOf = ({ imports, functions, table, exports }: ModuleParts): WrittenModule => {
  const types = new Types();
  if (types.indexOf(table.signature) !== tableType) throw new Error('the signature of the table is not the first');
  const imported = Object.entries(imports);
  const indexOf = indicesOf([...Object.keys(imports), ...functions.map((one) => one.name)]);
  const typeOf = functions.map(({ stage, results }) => types.indexOf({ parameters: stage.parameters, results }));
  const importTypes = imported.map(([, signature]) => types.indexOf(signature));
  const before = [
    ...header,
    ...section(1, types.written),
    ...section(2, [
      [...name('host'), ...name('memory'), 2, 0, 1],
      ...imported.map(([key], at) => [...name('host'), ...name(key), 0, ...unsigned(importTypes[at] ?? 0)]),
    ]),
    ...section(3, typeOf.map(unsigned)),
    ...section(4, [[0x70, 0, ...unsigned(table.names.length)]]),
    ...section(7, [[...name('handlers'), 1, 0], ...exports.map((key) => [...name(key), 0, ...unsigned(indexOf(key))])]),
    ...section(9, [[0, 0x41, 0, 0x0b, ...vector(table.names.map((key) => unsigned(indexOf(key))))]]),
  ];
  return withCode(
    before,
    functions.map(({ stage }) => bodyOf(stage, indexOf)),
  );
};

/** Where added functions have their places. */
export interface Added {
  /** The first one's in the table. */
  readonly place: number;
  /** Where the processor's own part of linear memory begins. */
  readonly home: number;
  /** Made one by one: what is staged takes a hundred times as much memory as its code. */
  readonly functions: readonly (() => Stage)[];
}

/** What profilers call them by: Core Specification, appendix, name section. */
export const addedName = 'translation';
const nameOfAdded = [0, ...sized([...name('name'), 0, ...sized(name(addedName))])];

/** Modules that add functions to another's table, from a place on; all of one signature. */
export class Additions {
  /** Up to what differs. */
  readonly #before: readonly number[];
  readonly #imports: number;
  readonly #indexOf: (name: string) => number;

  /** `imports`: functions from the module `host`, by name. Linear memory and table come from outside, too: `host.memory` and `host.handlers`, which has room. */
  constructor(imports: Readonly<Record<string, Signature>>, signature: Signature) {
    const types = new Types();
    if (types.indexOf(signature) !== tableType) throw new Error('the signature of the table is not the first');
    const imported = Object.entries(imports);
    const importTypes = imported.map(([, one]) => types.indexOf(one));
    this.#imports = imported.length;
    this.#indexOf = indicesOf(Object.keys(imports));
    this.#before = [
      ...header,
      ...section(1, types.written),
      ...section(2, [
        [...name('host'), ...name('memory'), 2, 0, 1],
        [...name('host'), ...name('handlers'), 1, 0x70, 0, 1],
        ...imported.map(([key], at) => [...name('host'), ...name(key), 0, ...unsigned(importTypes[at] ?? 0)]),
      ]),
    ];
  }

  moduleOf({ place, home, functions }: Added): Uint8Array<ArrayBuffer> {
    const bodies = functions.map((stage) => bodyOf(stage(), this.#indexOf, home));
    const before = [
      ...this.#before,
      ...section(
        3,
        bodies.map(() => [tableType]),
      ),
      ...section(9, [[0, 0x41, ...signed(BigInt(place)), 0x0b, ...vector(bodies.map((_, at) => unsigned(this.#imports + at)))]]),
    ];
    return withCode([...before, ...hintsOf(bodies, this.#imports)], bodies, nameOfAdded).bytes;
  }
}

/** Which branches mostly go one way: WebAssembly Branch Hinting, "Branch Hint Section". `first`: the number of the first function. */
const hintsOf = (bodies: readonly FunctionBody[], first: number): number[] => {
  const told = bodies.flatMap(({ hints }, index) =>
    hints.length === 0
      ? []
      : [[...unsigned(first + index), ...vector(hints.map(({ at, odds }) => [...unsigned(at), 1, odds === 'usual' ? 1 : 0]))]],
  );
  return told.length === 0 ? [] : [0, ...sized([...name('metadata.code.branch_hint'), ...vector(told)])];
};

/** Numbers of functions by their names: imports come first. */
const indicesOf = (names: readonly string[]): ((name: string) => number) => {
  const indices = new Map(names.map((one, index) => [one, index]));
  if (indices.size !== names.length) throw new Error('two functions have one name');
  return (one) => {
    const index = indices.get(one);
    if (index === undefined) throw new Error(`no function is called ${one}`);
    return index;
  };
};

const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00] as const;

const withCode = (before: readonly number[], made: readonly FunctionBody[], behind: readonly number[] = []): WrittenModule => {
  const count = unsigned(made.length);
  const lengthBytes = made.reduce((sum, { bytes }) => sum + unsigned(bytes.length).length + bytes.length, count.length);
  const head = [...before, 10, ...unsigned(lengthBytes), ...count];
  const bytes = new Uint8Array(head.length + lengthBytes - count.length + behind.length);
  bytes.set(head);
  bytes.set(behind, bytes.length - behind.length);
  const [bodies, homes]: [number[], number[]] = [[], []];
  let at = head.length;
  for (const body of made) {
    const size = unsigned(body.bytes.length);
    bodies.push(at);
    bytes.set(size, at);
    at += size.length;
    for (const home of body.homes) homes.push(at + home);
    bytes.set(body.bytes, at);
    at += body.bytes.length;
  }
  return { bytes, bodies, homes };
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
