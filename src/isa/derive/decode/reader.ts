/** Reads the bytes of one instruction, of which there are at most 15: SDM Vol. 3B, 24.25. */

export const longest = 15;

/** Bytes ended before the instruction did. */
export class TooShort extends Error {}

/** More than 15 bytes: #GP. */
export class TooLong extends Error {}

export class Reader {
  readonly #code: Uint8Array;
  readonly #start: number;
  at: number;

  constructor(code: Uint8Array, start: number) {
    this.#code = code;
    this.#start = start;
    this.at = start;
  }

  get read(): number {
    return this.at - this.#start;
  }

  peek(): number {
    if (this.read >= longest) throw new TooLong('an instruction has more than 15 bytes');
    const byte = this.#code[this.at];
    if (byte === undefined) throw new TooShort('the code ends within an instruction');
    return byte;
  }

  byte(): number {
    const byte = this.peek();
    this.at++;
    return byte;
  }

  /** Little endian, unsigned. */
  unsigned(bytes: number): bigint {
    // By numbers as far as these are exact, for wider ones take far longer.
    if (bytes <= 4) return BigInt(this.#number(bytes));
    let value = 0n;
    for (let at = 0; at < bytes; at++) value |= BigInt(this.byte()) << BigInt(8 * at);
    return value;
  }

  signed(bytes: number): bigint {
    const spare = 32 - 8 * bytes;
    return spare < 0 ? BigInt.asIntN(8 * bytes, this.unsigned(bytes)) : BigInt((this.#number(bytes) << spare) >> spare);
  }

  #number(bytes: number): number {
    let value = 0;
    for (let at = 0; at < bytes; at++) value += this.byte() * 2 ** (8 * at);
    return value;
  }
}
