/** Regions to WebAssembly: many functions to a module, which takes their places in the interpreter's table. */
import type { Form } from '../../spec/row.ts';
import { calculationSignatures } from '../../spec/x87/calculation.ts';
import { Additions } from '../../stage/index.ts';
import { hostFunctions } from '../interpret/binding.ts';
import type { Placed } from '../interpret/predecode.ts';
import { findSignature } from '../interpret/walk.ts';
import { wordSignatures } from './kinds.ts';
import { leavings } from './leaving.ts';
import type { Region } from './region.ts';
import { type Written, writeRegion } from './write.ts';

export interface Translation {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Of each region, how many instructions were translated, how many left to the interpreter, and where it may be entered: numbers of blocks, by those of their entrances. */
  readonly regions: readonly Omit<Written, 'stage'>[];
}

/** What translations call: the interpreter's exports, and the host's `float` and `x87`. */
const imports = {
  find: findSignature,
  ...leavings,
  ...wordSignatures,
  ...calculationSignatures,
  ...{ float: hostFunctions.float, x87: hostFunctions.x87 },
} as const;

const additions = new Additions(imports, { parameters: ['i32'], results: ['i32'] });

export class Translator {
  readonly #numberOf: ReadonlyMap<unknown, number>;
  readonly #forms: readonly Form[];

  /** Rows as they were decoded by their numbers, and what they are in the specification by the same. */
  constructor(numberOf: ReadonlyMap<unknown, number>, forms: readonly Form[]) {
    this.#numberOf = numberOf;
    this.#forms = forms;
  }

  /**
   * Regions as a module: from `place` on each has its own in the table. `home`: where the processor's own part of linear memory begins. The module wants `host.memory`, `host.handlers` and what
   * `imports` names.
   */
  translate(regions: readonly Region[], place: number, home: number): Translation {
    const written: Omit<Written, 'stage'>[] = [];
    const functions = regions.map((region, at) => () => {
      const { stage, instructions, left, entrances } = writeRegion(region, place + at, this.#formOf);
      written.push({ instructions, left, entrances });
      return stage;
    });
    return { bytes: additions.moduleOf({ place, home, functions }), regions: written };
  }

  readonly #formOf = ({ instruction: { form } }: Placed): Form => {
    const found = this.#forms[this.#numberOf.get(form) ?? -1];
    if (found === undefined) throw new Error(`the specification has no row like ${form.text}`);
    return found;
  };
}
