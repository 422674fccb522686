/** Kinds of fields. */
import { type Field, readAll, type Schema, type StateOf, writeAll } from './state.ts';
import { type Instant, instant } from './units.ts';

const unsigned = (bytes: 1 | 2 | 4): Field<number> => ({
  kind: `u${8 * bytes}`,
  write: (to, value) => to.number(value, bytes),
  read: (from) => from.number(bytes),
});

export const u8 = unsigned(1);
export const u16 = unsigned(2);
export const u32 = unsigned(4);
export const u64: Field<bigint> = { kind: 'u64', write: (to, value) => to.big(value), read: (from) => from.big() };

/** A number of so many bytes. */
export const big = (count: number): Field<bigint> => ({
  kind: `u${8 * count}`,
  write: (to, value) => to.bytes(Uint8Array.from({ length: count }, (_, at) => Number((value >> BigInt(8 * at)) & 0xffn))),
  read: (from) => from.bytes(count).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n),
});

/** One number, always: a version. */
export const always = <const T extends number>(number: T): Field<T> => ({
  kind: `${number}`,
  write: (to) => to.number(number, 4),
  read: (from) => {
    const value = from.number(4);
    if (value !== number) throw new RangeError(`${value} is not ${number}`);
    return number;
  },
});

/** A number of bytes or sectors. */
export const u48: Field<number> = {
  kind: 'u48',
  write: (to, value) => {
    to.number(value % 2 ** 32, 4);
    to.number(Math.floor(value / 2 ** 32), 2);
  },
  read: (from) => from.number(6),
};

export const flag: Field<boolean> = {
  kind: 'flag',
  write: (to, value) => to.number(value ? 1 : 0, 1),
  read: (from) => {
    const value = from.number(1);
    if (value > 1) throw new RangeError(`${value} is neither 0 nor 1`);
    return value === 1;
  },
};

/** From 0 to below a bound. */
export const below = (bound: number): Field<number> => ({
  kind: `below ${bound}`,
  write: (to, value) => to.number(value, 4),
  read: (from) => {
    const value = from.number(4);
    if (value >= bound) throw new RangeError(`${value} is not below ${bound}`);
    return value;
  },
});

export const moment: Field<Instant> = {
  kind: 'instant',
  write: (to, value) => to.big(value),
  read: (from) => instant(BigInt.asIntN(64, from.big())),
};

export const maybe = <T>(field: Field<T>): Field<T | undefined> => ({
  kind: `${field.kind} or nothing`,
  write: (to, value) => {
    flag.write(to, value !== undefined);
    if (value !== undefined) field.write(to, value);
  },
  read: (from) => (flag.read(from) ? field.read(from) : undefined),
});

export const choice = <const T extends string>(...words: readonly T[]): Field<T> => ({
  kind: words.join(' or '),
  write: (to, value) => to.number(words.indexOf(value), 1),
  read: (from) => {
    const word = words[from.number(1)];
    if (word === undefined) throw new RangeError(`it is none of ${words.join(', ')}`);
    return word;
  },
});

/** So many bytes, always. */
export const bytes = (count: number): Field<Uint8Array> => ({
  kind: `${count} bytes`,
  write: (to, value) => to.bytes(value),
  read: (from) => from.bytes(count),
});

/** Bytes that wait, the oldest first, at most so many. */
export const queue = (most: number): Field<number[]> => ({
  kind: `up to ${most} bytes`,
  write: (to, value) => {
    to.number(value.length, 4);
    to.bytes(Uint8Array.from(value));
  },
  read: (from) => {
    const count = from.number(4);
    if (count > most) throw new RangeError(`${count} are more than ${most}`);
    return [...from.bytes(count)];
  },
});

/** So many of a kind, always. */
export const list = <T>(count: number, field: Field<T>): Field<T[]> => ({
  kind: `${count} × ${field.kind}`,
  write: (to, value) => {
    for (const one of value) field.write(to, one);
  },
  read: (from) => Array.from({ length: count }, () => field.read(from)),
});

/** At most so many of a kind. */
export const some = <T>(most: number, field: Field<T>): Field<T[]> => ({
  kind: `up to ${most} × ${field.kind}`,
  write: (to, value) => {
    to.number(value.length, 4);
    for (const one of value) field.write(to, one);
  },
  read: (from) => {
    const count = from.number(4);
    if (count > most) throw new RangeError(`${count} are more than ${most}`);
    return Array.from({ length: count }, () => field.read(from));
  },
});

/** A part with fields of its own. */
export const part = <S extends Schema>(schema: S): Field<StateOf<S>> => ({
  kind: `(${Object.entries(schema)
    .map(([name, { kind }]) => `${name}: ${kind}`)
    .join(', ')})`,
  write: (to, value) => writeAll(schema, to, value),
  read: (from) => readAll(schema, from),
});
