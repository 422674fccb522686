/** Kinds of fields that the store's state is made of. */
import type { Field } from '../../../machine/index.ts';

/** A text of bytes, at most so many. */
export const text = (most: number): Field<string> => ({
  kind: `up to ${most} letters`,
  write: (to, value) => {
    to.number(value.length, 4);
    to.bytes(Uint8Array.from(value, (letter) => letter.charCodeAt(0)));
  },
  read: (from) => {
    const count = from.number(4);
    if (count > most) throw new RangeError(`${count} are more than ${most}`);
    return textOf(from.bytes(count));
  },
});

/** By texts, in their order, at most so many. */
export const table = <T>(most: number, key: Field<string>, field: Field<T>): Field<Map<string, T>> => ({
  kind: `up to ${most} × (${key.kind}: ${field.kind})`,
  write: (to, value) => {
    to.number(value.size, 4);
    for (const [name, one] of value) {
      key.write(to, name);
      field.write(to, one);
    }
  },
  read: (from) => {
    const count = from.number(4);
    if (count > most) throw new RangeError(`${count} are more than ${most}`);
    const read = new Map<string, T>();
    for (let index = 0; index < count; index++) read.set(key.read(from), field.read(from));
    if (read.size !== count) throw new RangeError('a name is there twice');
    return read;
  },
});

/** A letter for each byte. */
export const textOf = (bytes: Uint8Array): string => {
  let said = '';
  for (const byte of bytes) said += String.fromCharCode(byte);
  return said;
};

export const bytesOf = (said: string): Uint8Array => Uint8Array.from(said, (letter) => letter.charCodeAt(0));
