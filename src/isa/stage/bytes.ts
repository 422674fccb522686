/** Numbers as WebAssembly writes them: WebAssembly Core Specification, 5.2.2. */
import type { Bits } from './value.ts';

export const unsigned = (value: number): number[] => {
  const out: number[] = [];
  for (let rest = value; ; ) {
    const byte = rest % 128;
    rest = Math.floor(rest / 128);
    out.push(rest > 0 ? byte | 0x80 : byte);
    if (rest === 0) return out;
  }
};

export const signed = (value: bigint): number[] => {
  const out: number[] = [];
  for (let rest = value; ; ) {
    const byte = Number(rest & 0x7fn);
    rest >>= 7n;
    const isLast = (rest === 0n && (byte & 0x40) === 0) || (rest === -1n && (byte & 0x40) !== 0);
    out.push(isLast ? byte : byte | 0x80);
    if (isLast) return out;
  }
};

/** A vector of parts: how many, then each. */
export const vector = (parts: readonly (readonly number[])[]): number[] => {
  const out = unsigned(parts.length);
  for (const part of parts) for (const byte of part) out.push(byte);
  return out;
};

/** ASCII is all that names here need. */
export const name = (text: string): number[] => [...unsigned(text.length), ...Array.from(text, (letter) => letter.charCodeAt(0))];

/** Something with its length in bytes before it. */
export const sized = (body: readonly number[]): number[] => {
  const out = unsigned(body.length);
  for (const byte of body) out.push(byte);
  return out;
};

/** Bytes, one after the other. */
export class Writer {
  #bytes = new Uint8Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What was written so far; it is overwritten by nobody. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Writes another byte than was written at a place. */
  change(at: number, value: number): void {
    this.#bytes[at] = value;
  }

  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.#length++] = value;
  }

  bytes(many: Uint8Array): void {
    this.#grow(many.length);
    this.#bytes.set(many, this.#length);
    this.#length += many.length;
  }

  /** LEB128, of up to 53 bits. */
  unsigned(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.byte(rest);
  }

  /** A number that is no bigint has 32 bits. */
  signed(value: Bits): void {
    let wide = value;
    while (typeof wide === 'bigint' && wide !== BigInt.asIntN(31, wide)) {
      this.byte(Number(wide & 0x7fn) | 0x80);
      wide >>= 7n;
    }
    let rest = Number(wide);
    while (rest < -0x40 || rest >= 0x40) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>= 7;
    }
    this.byte(rest & 0x7f);
  }

  #grow(by: number): void {
    if (this.#length + by <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + by));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
