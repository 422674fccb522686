/**
 * An interpreter as bytes, for whoever would not derive it anew: four parts, each behind its length (4 bytes, little endian).
 *
 *     what it is  JSON: rows as decoders need them, handlers by their places, what choices were seen to do
 *     bodies      how far each begins behind the one before, as LEB128
 *     homes       likewise
 *     module      WebAssembly
 *
 * The same rows make the same bytes.
 */
import type { Encoding } from '../../spec/row.ts';
import { unsigned } from '../../stage/index.ts';
import { type Table, tableOfForms } from '../decode/table.ts';
import { HandlerIndex } from './choice.ts';
import type { Interpreter } from './module.ts';
import { numbersOf } from './predecode.ts';

/** What was derived: whoever has it needs nothing of the specification. */
export interface Kept {
  readonly interpreter: Interpreter;
  readonly table: Table<Encoding>;
}

/** Flat, for reading many small arrays takes long. */
interface Description {
  readonly rows: readonly (Omit<Encoding, 'attributes' | 'feature'> & Partial<Pick<Encoding, 'feature'>>)[];
  /** Of rows, behind blanks. */
  readonly attributes: readonly string[];
  readonly handlers: { readonly keys: readonly string[]; readonly places: readonly number[] };
  /** Sets of effects, and which of them each choice has. */
  readonly effects: readonly (readonly string[])[];
  readonly choices: { readonly keys: readonly string[]; readonly effects: readonly number[] };
}

export const keptOf = ({ bytes, bodies, homes, handlers, numberOf }: Interpreter): Uint8Array<ArrayBuffer> => {
  const sets = new Map<string, number>();
  const setOf = (effects: ReadonlySet<string>): number => {
    const key = JSON.stringify([...effects].toSorted());
    const number = sets.get(key) ?? sets.size;
    sets.set(key, number);
    return number;
  };
  const choices = [...handlers.effects].map(([key, effects]) => [key, setOf(effects)] as const);
  const forms = [...numberOf.keys()];
  const description: Description = {
    rows: forms.map(described),
    attributes: forms.map(({ attributes }) => [...attributes].join(' ')),
    handlers: { keys: [...handlers.places.keys()], places: [...handlers.places.values()] },
    effects: [...sets.keys()].map((key) => JSON.parse(key) as string[]), // It was written above.
    choices: { keys: choices.map(([key]) => key), effects: choices.map(([, set]) => set) },
  };
  return joined([ascii(JSON.stringify(description)), stepsOf(bodies), stepsOf(homes), bytes]);
};

/** Without what the row does, and what can't be written as JSON. */
const described = ({ text, feature, map, prefix, vex, opcode, span, modrm, operands, sizes }: Encoding): Description['rows'][number] => ({
  ...{ text, ...(feature !== undefined && { feature }), map, prefix, vex, opcode, span, modrm, operands, sizes },
});

/** Throws where these bytes are not whole. */
export const interpreterOfKept = (kept: Uint8Array<ArrayBuffer>): Kept => {
  const [text, bodies, homes, bytes] = partsOf(kept);
  const { rows, attributes, handlers, effects, choices } = JSON.parse(textOf(text)) as Description; // Whoever keeps it vouches for it.
  const attributesOf = new Map([...new Set(attributes)].map((words) => [words, new Set(words === '' ? [] : words.split(' '))]));
  const forms: readonly Encoding[] = rows.map((row, at) => ({
    ...{ feature: undefined, vex: undefined },
    ...row,
    attributes: attributesOf.get(attributes[at] ?? '') ?? noAttributes,
  }));
  const sets = effects.map((one) => new Set(one));
  const index = new HandlerIndex(
    handlers.keys.map((key, at) => [key, handlers.places[at] ?? -1]),
    choices.keys.map((key, at) => [key, sets[choices.effects[at] ?? -1] ?? noAttributes]),
  );
  // Only other processors than the first want to know where what is in the module.
  const places = { bodies: undefined as readonly number[] | undefined, homes: undefined as readonly number[] | undefined };
  const interpreter: Interpreter = {
    ...{ bytes, handlers: index, numberOf: numbersOf(forms) },
    get bodies() {
      places.bodies ??= sumsOf(bodies);
      return places.bodies;
    },
    get homes() {
      places.homes ??= sumsOf(homes);
      return places.homes;
    },
  };
  return { interpreter, table: tableOfForms(forms) };
};

const noAttributes: ReadonlySet<string> = new Set();

/** Rows are written in ASCII. */
const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

const textOf = (bytes: Uint8Array): string => {
  const pieces: string[] = [];
  // What it takes is like an array; to spread one of bytes takes ten times as long.
  for (let at = 0; at < bytes.length; at += 4096)
    pieces.push(String.fromCharCode.apply(undefined, bytes.subarray(at, at + 4096) as unknown as number[]));
  return pieces.join('');
};

const stepsOf = (ascending: readonly number[]): Uint8Array =>
  Uint8Array.from(ascending.flatMap((one, at) => unsigned(one - (ascending[at - 1] ?? 0))));

const sumsOf = (steps: Uint8Array): readonly number[] => {
  const sums: number[] = [];
  let [sum, step, scale] = [0, 0, 1];
  for (const byte of steps) {
    step += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte >= 0x80) continue;
    sum += step;
    sums.push(sum);
    [step, scale] = [0, 1];
  }
  return sums;
};

const lengthBytes = 4;

const joined = (parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + lengthBytes + part.length, 0));
  const view = new DataView(whole.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.length, true);
    whole.set(part, at + lengthBytes);
    at += lengthBytes + part.length;
  }
  return whole;
};

const partsOf = (kept: Uint8Array<ArrayBuffer>): readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array<ArrayBuffer>] => {
  const view = new DataView(kept.buffer, kept.byteOffset, kept.length);
  let at = 0;
  const part = (): Uint8Array<ArrayBuffer> => {
    const from = at + lengthBytes;
    at = from > kept.length ? from : from + view.getUint32(at, true);
    return kept.subarray(from, at);
  };
  const parts = [part(), part(), part(), part()] as const;
  if (at !== kept.length) throw new Error('the interpreter is not whole');
  return parts;
};
