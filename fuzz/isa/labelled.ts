/** Machine code with labels: branches, and instructions of which programs by chance are put together, in code of any size. */

export type Bits = 64 | 32 | 16;
export type Label = symbol;

interface Fixup {
  readonly label: Label;
  readonly at: number;
  readonly bytes: 2 | 4;
  /** Of a branch, what it is relative to: the offset behind it. */
  readonly from: number | undefined;
}

/** Little endian. */
export const littleEndian = (value: number | bigint, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, at) => Number(BigInt.asUintN(8, BigInt(value) >> BigInt(8 * at))));

export class LabelledCode {
  readonly bits: Bits;
  readonly #bytes: number[] = [];
  readonly #labels = new Map<Label, number>();
  readonly #fixups: Fixup[] = [];

  constructor(bits: Bits) {
    this.bits = bits;
  }

  get length(): number {
    return this.#bytes.length;
  }

  put(...bytes: readonly number[]): void {
    for (const byte of bytes) this.#bytes.push(byte);
  }

  label(label: Label): void {
    this.#labels.set(label, this.#bytes.length);
  }

  jump(label: Label): void {
    this.#near([0xe9], label);
  }

  call(label: Label): void {
    this.#near([0xe8], label);
  }

  /** By the condition's number. */
  jumpIf(condition: number, label: Label): void {
    this.#near([0x0f, 0x80 | condition], label);
  }

  /** Where a label is, into a register that isn't the stack's. */
  place(register: number, label: Label): void {
    this.put(...(this.bits === 64 && register > 7 ? [0x41] : []), 0xb8 | (register & 7));
    this.#absolute(label);
  }

  jumpTo(register: number): void {
    this.put(...(this.bits === 64 && register > 7 ? [0x41] : []), 0xff, 0xe0 | (register & 7));
  }

  /** All of a register. */
  load(register: number, value: bigint, bits: Bits = this.bits): void {
    if (this.bits === 64) this.put(0x48 | (register >> 3), 0xb8 | (register & 7), ...littleEndian(value, 8));
    else this.put(...(bits === this.bits ? [] : [0x66]), 0xb8 | register, ...littleEndian(value, bits / 8));
  }

  /** A word at an address that all code reaches, which is below 64 KiB: of as many bits as addresses, of 32 in 64-bit code unless it shall be all. */
  store(address: number, value: number): void {
    this.put(0xc7, ...this.#memory(0, address), ...littleEndian(value, this.#wordBytes));
  }

  storePlace(address: number, label: Label): void {
    this.put(...(this.bits === 64 ? [0x48] : []), 0xc7, ...this.#memory(0, address));
    this.#absolute(label);
  }

  /** Takes one off such a word. */
  count(address: number): void {
    this.put(0x83, ...this.#memory(5, address), 1);
  }

  /** As it is from an offset in the code segment on. */
  at(start: number): Uint8Array {
    const bytes = Uint8Array.from(this.#bytes);
    for (const { label, at, from, bytes: count } of this.#fixups) {
      const place = this.#labels.get(label);
      if (place === undefined) throw new Error('a label is nowhere');
      bytes.set(littleEndian(from === undefined ? start + place : place - from, count), at);
    }
    return bytes;
  }

  get #wordBytes(): 2 | 4 {
    return this.bits === 16 ? 2 : 4;
  }

  /** ModRM, and what follows it, of an address by itself. */
  #memory(digit: number, address: number): readonly number[] {
    if (this.bits === 64) return [(digit << 3) | 4, 0x25, ...littleEndian(address, 4)];
    return [(digit << 3) | (this.bits === 16 ? 6 : 5), ...littleEndian(address, this.#wordBytes)];
  }

  #near(opcode: readonly number[], label: Label): void {
    this.put(...opcode);
    const bytes = this.#wordBytes;
    this.#fixups.push({ label, bytes, at: this.length, from: this.length + bytes });
    this.put(...new Array<number>(bytes).fill(0));
  }

  #absolute(label: Label): void {
    this.#fixups.push({ label, bytes: this.#wordBytes, at: this.length, from: undefined });
    this.put(...new Array<number>(this.#wordBytes).fill(0));
  }
}
