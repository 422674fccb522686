/** Foreign JSON: bounded before it is parsed, then read field by field. */
import { Damage } from '../damage.ts';

/** Most bytes of a manifest, index or config; registries refuse larger manifests (distribution-spec v1.1, "Pushing Manifests"). */
export const documentMost = 4 << 20;
/** Deepest nesting: the deepest field anybody defines is six down. */
const depthMost = 32;
/** Most entries of one list or table; an image of 127 layers is the most that overlay file systems stack. */
const entriesMost = 10_000;

export type Document = Readonly<Record<string, unknown>>;

/** Parses a JSON object. `what` begins the sentence if it is wrong: `the manifest is …`. Throws Damage. */
export const parseDocument = (text: string, what: string): Document => {
  if (text.length > documentMost) throw new Damage(`${what} is longer than ${documentMost} bytes`);
  if (depthOf(text) > depthMost) throw new Damage(`${what} is nested deeper than ${depthMost}`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new Damage(`${what} is not JSON`);
  }
  return asObject(parsed, what);
};

export const asObject = (value: unknown, what: string): Document => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Damage(`${what} is ${show(value)}, not an object`);
  return value as Document; // an object, by the line above
};

export const asText = (value: unknown, what: string): string => {
  if (typeof value !== 'string') throw new Damage(`${what} is ${show(value)}, not a text`);
  return value;
};

/** A whole number of bytes or the like. */
export const asCount = (value: unknown, what: string): number => {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new Damage(`${what} is ${show(value)}, not a count`);
  return value as number; // by the line above
};

export const asList = <T>(value: unknown, what: string, item: (value: unknown, what: string) => T): readonly T[] => {
  if (!Array.isArray(value)) throw new Damage(`${what} is ${show(value)}, not a list`);
  if (value.length > entriesMost) throw new Damage(`${what} has ${value.length} entries`);
  return value.map((one, index) => item(one, `${what}[${index}]`));
};

/** A table of texts. Keys like `__proto__` are keys like any other. */
export const asTable = (value: unknown, what: string): Readonly<Record<string, string>> => {
  const entries = Object.entries(asObject(value, what));
  if (entries.length > entriesMost) throw new Damage(`${what} has ${entries.length} entries`);
  return Object.fromEntries(entries.map(([key, one]) => [key, asText(one, `${what}.${key.slice(0, 80)}`)]));
};

/** Go writes what it leaves away as null as well. */
export const absent = (value: unknown): value is undefined | null => value === undefined || value === null;

const depthOf = (text: string): number => {
  let depth = 0;
  let deepest = 0;
  let inText = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inText) {
      if (code === 0x5c) at++;
      else if (code === 0x22) inText = false;
    } else if (code === 0x22) inText = true;
    else if (code === 0x7b || code === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (code === 0x7d || code === 0x5d) depth--;
  }
  return deepest;
};

const show = (value: unknown): string => {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return JSON.stringify(value).slice(0, 80);
};
