/** Single instructions as translations: each is a region of one block, which the interpreter enters, and which leaves to it what it has no code for. */
import type { Interpreter } from '../../src/isa/derive/interpret/module.ts';
import {
  blockBytes,
  enterAt,
  type Mode,
  type Placed,
  stopBefore,
  writeBlock,
  writePlace,
} from '../../src/isa/derive/interpret/predecode.ts';
import { Exit, Record } from '../../src/isa/derive/interpret/record.ts';
import { Translator } from '../../src/isa/derive/translate/translator.ts';
import { engine, type Instance, type Table } from '../../src/isa/runtime/engine.ts';
import type { Form } from '../../src/isa/spec/row.ts';
import { type Case, codeAt } from './native.ts';

/** A block of one instruction, and the record that enters its translation. */
const each = blockBytes(1) + Record.size;
const most = 4096;

export interface TranslatedParts {
  readonly instance: Instance;
  readonly interpreter: Interpreter;
  readonly forms: readonly Form[];
  readonly view: DataView;
  /** Where its records are in linear memory. */
  readonly place: number;
  readonly imports: Readonly<{ [name: string]: unknown }>;
}

export interface Wanted {
  readonly key: Case;
  readonly placed: Placed;
  readonly mode: Mode;
}

export class Translated {
  /** Of linear memory, and how many instructions there is room for. */
  static readonly bytes = each * most;
  static readonly most = most;
  readonly #parts: TranslatedParts;
  readonly #translator: Translator;
  readonly #table: Table;
  readonly #first: number;
  readonly #records = new Map<Case, number>();
  /** Runs that a translation did, from the beginning to the end. */
  runs = 0;

  constructor(parts: TranslatedParts) {
    this.#parts = parts;
    this.#translator = new Translator(parts.interpreter.numberOf, parts.forms);
    this.#table = parts.instance.exports['handlers'] as Table;
    this.#first = this.#table.grow(most);
  }

  /** Instead of those before. */
  make(all: readonly Wanted[]): void {
    const { view, interpreter, instance, place, imports } = this.#parts;
    if (all.length > most) throw new Error(`${all.length} instructions, and there is room for ${most}`);
    this.#records.clear();
    const regions = all.map(({ key, placed, mode }, at) => {
      const record = place + each * at;
      writeBlock(view, record, interpreter, { start: codeAt, placed: [placed], mode });
      writePlace(view, record + blockBytes(1), this.#first + at);
      enterAt(view, record, record + blockBytes(1));
      this.#records.set(key, record);
      return {
        blocks: [{ record, start: codeAt, page: codeAt >> 12n, placed: [placed] }],
        mode,
        limit: 0xffff_ffff,
        entrances: [0],
        record: record + blockBytes(1),
      };
    });
    const { bytes } = this.#translator.translate(regions, this.#first, 0);
    new engine.Instance(new engine.Module(bytes), { host: { ...instance.exports, ...imports } });
  }

  /** Why control came back; undefined of what isn't translated, or was left to the interpreter: then nothing has changed. */
  run(key: Case, run: (record: number) => number): number | undefined {
    const { view } = this.#parts;
    const record = this.#records.get(key);
    if (record === undefined) return undefined;
    const goOn = stopBefore(view, record + Record.size);
    try {
      const exit = run(record);
      if (exit === Exit.stale) return undefined;
      this.runs++;
      return exit;
    } finally {
      goOn();
    }
  }
}
