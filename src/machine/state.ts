/** What is saved of a device: fields that write themselves, and read themselves from bytes that nobody vouches for. */

/** How a value is saved, what it may be, and how a table of devices calls it. */
export interface Field<T> {
  readonly kind: string;
  write(to: Writer, value: T): void;
  /** Throws a RangeError where the bytes are no such value. */
  read(from: Reader): T;
}

// biome-ignore lint/suspicious/noExplicitAny: fields of every type, of which each knows its own
export type Schema = Readonly<Record<string, Field<any>>>;
/** `StateOf<typeof schema>` */
export type StateOf<S extends Schema> = { -readonly [K in keyof S]: S[K] extends Field<infer T> ? T : never };

/** Little-endian, one value behind the other. */
export class Writer {
  #bytes = new Uint8Array(256);
  #length = 0;

  /** Of up to 32 bits. */
  number(value: number, bytes: number): void {
    const at = this.#grow(bytes);
    for (let byte = 0; byte < bytes; byte++) this.#bytes[at + byte] = value >>> (8 * byte);
  }

  big(value: bigint): void {
    this.number(Number(value & 0xffff_ffffn), 4);
    this.number(Number((value >> 32n) & 0xffff_ffffn), 4);
  }

  bytes(value: Uint8Array): void {
    // It may be another array afterwards.
    const at = this.#grow(value.length);
    this.#bytes.set(value, at);
  }

  get whole(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #grow(by: number): number {
    const at = this.#length;
    this.#length += by;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return at;
  }
}

/** Throws a RangeError where the bytes end too soon. */
export class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  number(bytes: number): number {
    let value = 0;
    for (const [index, byte] of this.bytes(bytes).entries()) value += byte * 2 ** (8 * index);
    return value;
  }

  big(): bigint {
    const low = BigInt(this.number(4));
    return low | (BigInt(this.number(4)) << 32n);
  }

  /** A copy. */
  bytes(count: number): Uint8Array {
    const end = this.#at + count;
    if (end > this.#bytes.length) throw new RangeError(`${this.#bytes.length} bytes end before byte ${end}`);
    const part = this.#bytes.slice(this.#at, end);
    this.#at = end;
    return part;
  }

  get isThrough(): boolean {
    return this.#at === this.#bytes.length;
  }
}

export const encode = <S extends Schema>(schema: S, state: StateOf<S>): Uint8Array => {
  const to = new Writer();
  writeAll(schema, to, state);
  return to.whole;
};

/** Throws a RangeError that names the field. */
export const decode = <S extends Schema>(schema: S, bytes: Uint8Array): StateOf<S> => {
  const from = new Reader(bytes);
  const state = readAll(schema, from);
  if (!from.isThrough) throw new RangeError('there are bytes behind the last field');
  return state;
};

export const writeAll = <S extends Schema>(schema: S, to: Writer, state: StateOf<S>): void => {
  for (const [name, field] of Object.entries(schema)) field.write(to, state[name]);
};

export const readAll = <S extends Schema>(schema: S, from: Reader): StateOf<S> => {
  const state: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(schema)) {
    try {
      state[name] = field.read(from);
    } catch (error) {
      throw error instanceof RangeError ? new RangeError(`${name}: ${error.message}`) : error;
    }
  }
  // Every field of the schema has been read.
  return state as StateOf<S>;
};
