/**
 * A shape is a description of data that serves as its TypeScript type, its check for untrusted input and its JSON schema
 * (draft 2020-12). Results of commands and stored specifications are described by shapes, once.
 */
export interface Shape<T> {
  /** As JSON schema, ready to be published. */
  readonly schema: JsonSchema;
  /** Returns the value as T, or throws a ShapeError that names the place. Unknown keys of records are refused. */
  check(value: unknown, at?: string): T;
}

export type TypeOf<S> = S extends Shape<infer T> ? T : never;
export type JsonSchema = { readonly [key: string]: unknown };

export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

const wrong = (at: string, value: unknown, wanted: string): never => {
  throw new ShapeError(`${at} is ${JSON.stringify(value) ?? typeof value}, not ${wanted}`);
};

const shape = <T>(schema: JsonSchema, check: (value: unknown, at: string) => T): Shape<T> => ({
  schema,
  check: (value, at = 'value') => check(value, at),
});

export const text = (description: string): Shape<string> =>
  shape({ type: 'string', description }, (value, at) => (typeof value === 'string' ? value : wrong(at, value, 'a text')));

export const number = (description: string): Shape<number> =>
  shape({ type: 'number', description }, (value, at) => (typeof value === 'number' ? value : wrong(at, value, 'a number')));

export const integer = (description: string): Shape<number> =>
  shape({ type: 'integer', description }, (value, at) =>
    Number.isSafeInteger(value) ? (value as number) : wrong(at, value, 'a whole number'),
  );

export const flag = (description: string): Shape<boolean> =>
  shape({ type: 'boolean', description }, (value, at) => (typeof value === 'boolean' ? value : wrong(at, value, 'true or false')));

export const oneOf = <const T extends string>(choices: readonly T[], description: string): Shape<T> =>
  shape({ enum: choices, description }, (value, at) =>
    choices.includes(value as T) ? (value as T) : wrong(at, value, `one of ${choices.join(', ')}`),
  );

/** The value, or null where it does not apply. */
export const nullable = <T>(inner: Shape<T>): Shape<T | null> =>
  shape({ anyOf: [inner.schema, { type: 'null' }] }, (value, at) => (value === null ? null : inner.check(value, at)));

export const listOf = <T>(inner: Shape<T>, description?: string): Shape<readonly T[]> =>
  shape({ type: 'array', items: inner.schema, ...(description !== undefined && { description }) }, (value, at) =>
    Array.isArray(value) ? value.map((item, index) => inner.check(item, `${at}[${index}]`)) : wrong(at, value, 'a list'),
  );

export const mapOf = <T>(inner: Shape<T>, description?: string): Shape<Readonly<Record<string, T>>> =>
  shape({ type: 'object', additionalProperties: inner.schema, ...(description !== undefined && { description }) }, (value, at) =>
    isObject(value)
      ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inner.check(item, `${at}.${key}`)]))
      : wrong(at, value, 'an object'),
  );

/** A field that may be absent from its record. */
export interface OptionalField<T> {
  readonly optional: Shape<T>;
}
export const optional = <T>(inner: Shape<T>): OptionalField<T> => ({ optional: inner });

type Fields = Readonly<Record<string, Shape<unknown> | OptionalField<unknown>>>;
type Required<F extends Fields> = { readonly [K in keyof F as F[K] extends Shape<unknown> ? K : never]: TypeOf<F[K]> };
type Optional<F extends Fields> = {
  readonly [K in keyof F as F[K] extends OptionalField<unknown> ? K : never]?: F[K] extends OptionalField<infer T> ? T : never;
};
export type RecordOf<F extends Fields> = Required<F> & Optional<F>;

export const record = <const F extends Fields>(fields: F, description?: string): Shape<RecordOf<F>> => {
  const entries = Object.entries(fields);
  const required = entries.filter(([, field]) => 'check' in field).map(([key]) => key);
  const schema = {
    type: 'object',
    ...(description !== undefined && { description }),
    properties: Object.fromEntries(entries.map(([key, field]) => [key, 'check' in field ? field.schema : field.optional.schema])),
    required,
    additionalProperties: false,
  };
  return shape(schema, (value, at) => {
    if (!isObject(value)) return wrong(at, value, 'an object');
    for (const key of Object.keys(value)) if (!Object.hasOwn(fields, key)) throw new ShapeError(`${at} has an unknown field ${key}`);
    const checked = entries.flatMap(([key, field]) => {
      const given = value[key];
      if ('check' in field) return [[key, field.check(given, `${at}.${key}`)] as const];
      return given === undefined ? [] : [[key, field.optional.check(given, `${at}.${key}`)] as const];
    });
    return Object.fromEntries(checked) as RecordOf<F>;
  });
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
