/**
 * An interpreter as bytes, for whoever would not derive it anew: four parts, each behind its length (4 bytes, little endian).
 *
 *     what it is  JSON: rows, handlers by their places, what choices were seen to do
 *     bodies      how far each begins behind the one before, as LEB128
 *     homes       likewise
 *     module      WebAssembly
 *
 * The same rows make the same bytes.
 */
import type { Form } from '../../spec/row.ts';
import { unsigned } from '../../stage/index.ts';
import { HandlerIndex } from './choice.ts';
import { type Interpreter, numbersOf } from './module.ts';

interface Description {
  readonly rows: readonly string[];
  readonly handlers: readonly (readonly [key: string, place: number])[];
  /** Sets of effects, and which of them each choice has. */
  readonly effects: readonly (readonly string[])[];
  readonly choices: readonly (readonly [key: string, effects: number])[];
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
  const description: Description = {
    rows: rowsOf([...numberOf.keys()]),
    handlers: [...handlers.places],
    effects: [...sets.keys()].map((key) => JSON.parse(key) as string[]), // It was written above.
    choices,
  };
  return joined([ascii(JSON.stringify(description)), stepsOf(bodies), stepsOf(homes), bytes]);
};

/** Throws where these bytes are not whole, or were made of other rows than those. */
export const interpreterOfKept = (kept: Uint8Array<ArrayBuffer>, forms: readonly Form[]): Interpreter => {
  const [text, bodies, homes, bytes] = partsOf(kept);
  const { rows, handlers, effects, choices } = JSON.parse(textOf(text)) as Description; // Whoever keeps it vouches for it.
  const own = rowsOf(forms);
  if (rows.length !== own.length || rows.some((row, at) => row !== own[at])) throw new Error('the interpreter was made of other rows');
  const sets = effects.map((one) => new Set(one));
  const index = new HandlerIndex(
    handlers,
    choices.map(([key, set]) => [key, sets[set] ?? new Set()]),
  );
  return { bytes, bodies: sumsOf(bodies), homes: sumsOf(homes), handlers: index, numberOf: numbersOf(forms) };
};

const rowsOf = (forms: readonly Form[]): readonly string[] => forms.map(({ text, feature }) => `${text} ${feature ?? ''}`);

/** Rows are written in ASCII. */
const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

const textOf = (bytes: Uint8Array): string => {
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += 4096) pieces.push(String.fromCharCode(...bytes.subarray(at, at + 4096)));
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
