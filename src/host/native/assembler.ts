/** Machine code of x86-64, as much of it as isola writes by itself: SDM Vol. 2. Registers by name, memory as a register and a displacement, jumps to labels. */

const registers = ['rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi', 'r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15'] as const;
export type Register = (typeof registers)[number];

/** Bytes at so far from what a register holds. */
export interface Place {
  readonly base: Register;
  readonly at: number;
}

/** Arithmetic that has forms for registers and for constants: the number in its opcodes. */
const operations = { add: 0, or: 1, and: 4, sub: 5, xor: 6, cmp: 7 } as const;
type Operation = keyof typeof operations;

const conditions = { below: 2, aboveOrEqual: 3, equal: 4, notEqual: 5, negative: 8, notNegative: 9 } as const;
type Condition = keyof typeof conditions;

const segments = { es: 0, ds: 3, fs: 4, gs: 5 } as const;
type Data = keyof typeof segments;

const numberOf = (register: Register): number => registers.indexOf(register);

export class Assembler {
  readonly #origin: bigint;
  readonly #code: number[] = [];
  readonly #labels = new Map<string, number>();
  /** Four bytes each that lead to a label: from where they end. */
  readonly #jumps: { readonly at: number; readonly to: string }[] = [];
  /** Eight bytes each that are a label's address. */
  readonly #addresses: { readonly at: number; readonly of: string }[] = [];

  /** `origin`: the address of what is written first. */
  constructor(origin: bigint) {
    this.#origin = origin;
  }

  label(name: string): void {
    if (this.#labels.has(name)) throw new Error(`there are two labels ${name}`);
    this.#labels.set(name, this.#code.length);
  }

  /** The code, each jump led to its label. */
  get bytes(): Uint8Array {
    const bytes = Uint8Array.from(this.#code);
    const view = new DataView(bytes.buffer);
    for (const { at, to } of this.#jumps) view.setInt32(at, this.#place(to) - (at + 4), true);
    for (const { at, of } of this.#addresses) view.setBigUint64(at, this.addressOf(of), true);
    return bytes;
  }

  addressOf(label: string): bigint {
    return this.#origin + BigInt(this.#place(label));
  }

  #place(label: string): number {
    const place = this.#labels.get(label);
    if (place === undefined) throw new Error(`there is no label ${label}`);
    return place;
  }

  /** A register is to hold a constant. */
  set(to: Register, value: number | bigint): void {
    const wide = BigInt.asUintN(64, BigInt(value));
    const isShort = wide < 1n << 32n;
    this.#rex(isShort ? 0 : 1, 0, numberOf(to));
    this.#emit(0xb8 | (numberOf(to) & 7));
    this.#number(wide, isShort ? 4 : 8);
  }

  /** A register is to hold a label's address. */
  setAddress(to: Register, label: string): void {
    this.#rex(1, 0, numberOf(to));
    this.#emit(0xb8 | (numberOf(to) & 7));
    this.#addresses.push({ at: this.#code.length, of: label });
    this.#number(0n, 8);
  }

  /** The same wherever the code comes to lie, as long as the label does with it. */
  setAddressFromHere(to: Register, label: string): void {
    this.#rex(1, numberOf(to), 0);
    this.#emit(0x8d, ((numberOf(to) & 7) << 3) | 5);
    this.#lead(label);
  }

  move(to: Register, from: Register): void {
    this.#rex(1, numberOf(from), numberOf(to));
    this.#emit(0x89);
    this.#direct(numberOf(from), numberOf(to));
  }

  load(to: Register, from: Place, bits: 32 | 64 = 64): void {
    this.#memory(bits === 64, [0x8b], numberOf(to), from);
  }

  store(to: Place, from: Register, bits: 32 | 64 = 64): void {
    this.#memory(bits === 64, [0x89], numberOf(from), to);
  }

  /** 32 bits. */
  storeConstant(to: Place, value: number): void {
    this.#memory(false, [0xc7], 0, to);
    this.#number(BigInt(value), 4);
  }

  /** 32 bits, at once: whoever looks sees either. */
  exchange(place: Place, register: Register): void {
    this.#memory(false, [0x87], numberOf(register), place);
  }

  /** Of 32 bits in memory. */
  compareConstant(place: Place, value: number): void {
    this.#memory(false, [0x81], operations.cmp, place);
    this.#number(BigInt(value), 4);
  }

  /** The address, and not what is there. */
  address(to: Register, of: Place): void {
    this.#memory(true, [0x8d], numberOf(to), of);
  }

  calculate(operation: Operation, to: Register, from: Register | number): void {
    if (typeof from === 'number') {
      this.#rex(1, 0, numberOf(to));
      this.#emit(0x81);
      this.#direct(operations[operation], numberOf(to));
      this.#number(BigInt(from), 4);
      return;
    }
    this.#rex(1, numberOf(from), numberOf(to));
    this.#emit((operations[operation] << 3) | 1);
    this.#direct(numberOf(from), numberOf(to));
  }

  /** Whether it is 0, or has its highest bit set. */
  test(register: Register, bits: 32 | 64 = 64): void {
    this.#rex(bits === 64 ? 1 : 0, numberOf(register), numberOf(register));
    this.#emit(0x85);
    this.#direct(numberOf(register), numberOf(register));
  }

  shiftLeft(register: Register, by: number): void {
    this.#rex(1, 0, numberOf(register));
    this.#emit(0xc1);
    this.#direct(4, numberOf(register));
    this.#emit(by);
  }

  jump(to: string): void {
    this.#emit(0xe9);
    this.#lead(to);
  }

  jumpIf(condition: Condition, to: string): void {
    this.#emit(0x0f, 0x80 | conditions[condition]);
    this.#lead(to);
  }

  /** Where FS or GS begins, to a register or from it: RDFSBASE and its kin. */
  base(of: 'fs' | 'gs', way: 'read' | 'write', register: Register): void {
    this.#emit(0xf3);
    this.#rex(1, 0, numberOf(register));
    this.#emit(0x0f, 0xae);
    this.#direct((way === 'read' ? 0 : 2) + (of === 'fs' ? 0 : 1), numberOf(register));
  }

  storeSelector(to: Place, of: Data): void {
    this.#memory(false, [0x8c], segments[of], to);
  }

  loadSelector(to: Data, from: Place): void {
    this.#memory(false, [0x8e], segments[to], from);
  }

  /** What a selector's segment is: LAR. Changes nothing where there is none. */
  rights(to: Register, selector: Register): void {
    this.#rex(0, numberOf(to), numberOf(selector));
    this.#emit(0x0f, 0x02);
    this.#direct(numberOf(to), numberOf(selector));
  }

  /** EFLAGS from a register, by the stack. */
  setFlags(from: Register): void {
    this.#rex(0, 0, numberOf(from));
    this.#emit(0x50 | (numberOf(from) & 7), 0x9d);
  }

  systemCall(): void {
    this.#emit(0x0f, 0x05);
  }

  pause(): void {
    this.#emit(0xf3, 0x90);
  }

  interrupt(vector: number): void {
    this.#emit(0xcd, vector);
  }

  breakpoint(): void {
    this.#emit(0xcc);
  }

  /** For where nobody comes. */
  undefined(): void {
    this.#emit(0x0f, 0x0b);
  }

  return(): void {
    this.#emit(0xc3);
  }

  data(bytes: Iterable<number>): void {
    for (const byte of bytes) this.#emit(byte);
  }

  /** Up to a multiple of so many bytes; `from`: what is before the first. */
  align(bytes: number, from = 0): void {
    while ((from + this.#code.length) % bytes !== 0) this.#emit(0);
  }

  #emit(...bytes: readonly number[]): void {
    this.#code.push(...bytes);
  }

  #number(value: bigint, bytes: number): void {
    for (let at = 0; at < bytes; at++) this.#emit(Number((value >> BigInt(8 * at)) & 0xffn));
  }

  #lead(to: string): void {
    this.#jumps.push({ at: this.#code.length, to });
    this.#number(0n, 4);
  }

  /** REX, where it says something. */
  #rex(isWide: 0 | 1, reg: number, rm: number): void {
    const bits = (isWide << 3) | ((reg >> 3) << 2) | (rm >> 3);
    if (bits !== 0) this.#emit(0x40 | bits);
  }

  #direct(reg: number, rm: number): void {
    this.#emit(0xc0 | ((reg & 7) << 3) | (rm & 7));
  }

  /** ModRM with a displacement of 32 bits; RSP and R12 need an SIB byte that says no more. */
  #memory(isWide: boolean, opcode: readonly number[], reg: number, { base, at }: Place): void {
    const rm = numberOf(base);
    this.#rex(isWide ? 1 : 0, reg, rm);
    this.#emit(...opcode, 0x80 | ((reg & 7) << 3) | (rm & 7));
    if ((rm & 7) === 4) this.#emit(0x24);
    this.#number(BigInt.asUintN(32, BigInt(at)), 4);
  }
}
