/** A stack that the processor itself pushes on and pops off, in protected and long mode: SDM Vol. 1, chapter 6. */
import { Segment } from '../isa/index.ts';
import type { Core } from './core.ts';
import { Fault, Vector } from './fault.ts';
import type { MemoryPath } from './memory/memory-path.ts';
import type { Whose } from './memory/viewing.ts';
import { type Loaded, type Registers, type StackWidth, stackWidthOf } from './registers.ts';
import { allows } from './segment/right.ts';

export interface Stack {
  readonly loaded: Loaded;
  readonly pointer: bigint;
  readonly width: StackWidth;
  readonly whose: Whose;
  /** Error code of the #SS where it ends. */
  readonly code: number;
}

/** The one in use. */
export const presentStack = ({ registers }: Core, code = 0): Stack => ({
  loaded: registers.segment(Segment.ss),
  pointer: BigInt.asUintN(registers.stackWidth, registers.stackPointer),
  width: registers.stackWidth,
  whose: 'program',
  code,
});

/** How wide a stack's pointer is for code of 64 bits or fewer. */
export const widthFor = (loaded: Loaded, is64: boolean): StackWidth => (is64 ? 64 : stackWidthOf(loaded));

/** Values that are pushed all, or none: `probe` throws the fault of whichever can't be. */
export class Pushes {
  readonly #memory: MemoryPath;
  readonly #registers: Registers;
  readonly #stack: Stack;
  readonly #values: { readonly linear: bigint; readonly value: bigint }[] = [];
  readonly #bytes: number;
  #top: bigint;

  /** Each of so many bytes. */
  constructor({ memory, registers }: Core, stack: Stack, bytes: number) {
    this.#registers = registers;
    this.#memory = memory;
    this.#stack = stack;
    this.#bytes = bytes;
    this.#top = stack.pointer;
  }

  push(...values: readonly (bigint | number)[]): void {
    for (const value of values) {
      this.#top = BigInt.asUintN(this.#stack.width, this.#top - BigInt(this.#bytes));
      this.#values.push({ linear: placeIn(this.#registers, this.#stack, this.#top, this.#bytes, true), value: BigInt(value) });
    }
  }

  probe(): void {
    for (const { linear } of this.#values) this.#memory.probe(linear, this.#bytes, this.#stack.whose);
  }

  /** Returns where the pointer is then. */
  write(): bigint {
    for (const { linear, value } of this.#values) this.#memory.write(linear, this.#bytes, value, this.#stack.whose);
    return this.#top;
  }
}

/** So many bytes of the stack in use, some above its top. */
export const peek = (core: Core, above: number, bytes: number): bigint => {
  const stack = presentStack(core);
  const at = BigInt.asUintN(stack.width, stack.pointer + BigInt(above));
  return core.memory.read(placeIn(core.registers, stack, at, bytes, false), bytes, stack.whose);
};

export const drop = (registers: Registers, bytes: number): void => {
  registers.moveStack(registers.stackPointer + BigInt(bytes), registers.stackWidth);
};

const placeIn = (registers: Registers, { loaded, width, code }: Stack, offset: bigint, bytes: number, isWrite: boolean): bigint => {
  const last = BigInt.asUintN(64, offset + BigInt(bytes - 1));
  const isThere = width === 64 ? registers.isCanonical(offset) && registers.isCanonical(last) : allows(loaded, offset, bytes, isWrite);
  if (!isThere) throw new Fault(Vector.ss, code);
  return width === 64 ? offset : (loaded.base + offset) & 0xffff_ffffn;
};
