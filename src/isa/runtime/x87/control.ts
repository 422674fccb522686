/** Control of the x87 registers, and their images in memory: SDM Vol. 1, 8.1.10 and 10.5. */
import { State, X87Control, X87Status } from '../state.ts';
import { fxrstor, fxsave } from './fxsave.ts';
import type { Operation } from './operation.ts';
import type { Registers } from './registers.ts';

const initialize = (registers: Registers): void => {
  registers.control = X87Control.initial;
  registers.status = 0;
  registers.full = 0;
  const { memory, base } = registers;
  for (const part of [State.x87Opcode, State.x87CodeSegment, State.x87DataSegment]) memory.setUint16(base + part, 0, true);
  for (const part of [State.x87Code, State.x87Data]) memory.setBigUint64(base + part, 0n, true);
};

const clearConditions = (registers: Registers): void => registers.condition(X87Status.c1, 0);

/** Two bits for each register by its own number: valid, zero, special, empty. SDM Vol. 1, 8.1.7. */
const tagsOf = (registers: Registers): number => {
  let tags = 0;
  for (let number = 0; number < 8; number++) {
    const index = (number - registers.top) & 7;
    tags |= (registers.isEmpty(index) ? 3 : kindOf(registers.bits(index))) << (2 * number);
  }
  return tags;
};

const kindOf = (bits: bigint): number => {
  const exponent = Number(bits >> 64n) & 0x7fff;
  const significand = BigInt.asUintN(64, bits);
  if (exponent === 0 && significand === 0n) return 1;
  return exponent === 0 || exponent === 0x7fff || significand >> 63n === 0n ? 2 : 0;
};

interface Layout {
  /** Bytes of each of the seven words. */
  readonly step: 2 | 4;
  /** Addresses are linear, rather than offsets with selectors. */
  readonly isReal: boolean;
}

/** The environment of FSTENV: SDM Vol. 1, figures 8-9 to 8-12. */
const saveEnvironment = (registers: Registers, place: number, { step, isReal }: Layout): void => {
  const { memory, base } = registers;
  const [code, data] = [State.x87Code, State.x87Data].map((part) => memory.getUint32(base + part, true)) as [number, number]; // There were two.
  const [codeSegment, dataSegment, opcode] = [State.x87CodeSegment, State.x87DataSegment, State.x87Opcode].map((part) =>
    memory.getUint16(base + part, true),
  ) as [number, number, number]; // Three.
  const put = (index: number, value: number, above = 0): void => {
    if (step === 2) memory.setUint16(place + 2 * index, value & 0xffff, true);
    else memory.setUint32(place + 4 * index, ((value & 0xffff) | (above << 16)) >>> 0, true);
  };
  const pointers = (index: number, segment: number, offset: number, beside: number): void => {
    if (isReal) {
      const linear = 16 * segment + offset;
      put(index, linear);
      if (step === 2) put(index + 1, ((linear >>> 4) & 0xf000) | beside);
      else memory.setUint32(place + 4 * index + 4, (((linear >>> 16) << 12) | beside) >>> 0, true);
    } else {
      put(index, offset, offset >>> 16);
      put(index + 1, segment, beside);
    }
  };
  for (const [index, word] of [registers.control, registers.status, tagsOf(registers)].entries()) put(index, word, 0xffff);
  pointers(3, codeSegment, code, opcode);
  pointers(5, dataSegment, data, 0);
};

const loadEnvironment = (registers: Registers, place: number, { step, isReal }: Layout): void => {
  const { memory, base } = registers;
  const word = (index: number, at = 0): number => memory.getUint16(place + step * index + at, true);
  const put = (part: number, value: number): void => memory.setUint16(base + part, value, true);
  const wide = (index: number): number => (step === 4 ? memory.getUint32(place + 4 * index, true) : word(index));
  registers.control = word(0);
  registers.status = word(1);
  const tags = word(2);
  registers.full = [0, 1, 2, 3, 4, 5, 6, 7].reduce((full, number) => full | (((tags >> (2 * number)) & 3) === 3 ? 0 : 1 << number), 0);
  const pointer = (index: number, segment: number, offset: number): void => {
    const high = step === 4 ? (wide(index + 1) >>> 12) << 16 : (word(index + 1) & 0xf000) << 4;
    put(segment, isReal ? 0 : word(index + 1));
    memory.setBigUint64(base + offset, BigInt((isReal ? word(index) | high : wide(index)) >>> 0), true);
  };
  pointer(3, State.x87CodeSegment, State.x87Code);
  pointer(5, State.x87DataSegment, State.x87Data);
  // The shorter protected one has no room for it.
  put(State.x87Opcode, (isReal ? word(4) : step === 4 ? word(4, 2) : 0) & 0x7ff);
};

/** Registers from the top on, of 10 bytes each. */
const saveAll = (registers: Registers, place: number, layout: Layout): void => {
  saveEnvironment(registers, place, layout);
  for (let index = 0; index < 8; index++) {
    const at = place + 7 * layout.step + 10 * index;
    const bits = registers.bits(index);
    registers.memory.setBigUint64(at, BigInt.asUintN(64, bits), true);
    registers.memory.setUint16(at + 8, Number(bits >> 64n), true);
  }
  initialize(registers);
};

const loadAll = (registers: Registers, place: number, layout: Layout): void => {
  loadEnvironment(registers, place, layout);
  for (let index = 0; index < 8; index++) {
    const at = place + 7 * layout.step + 10 * index;
    registers.place(index, registers.memory.getBigUint64(at, true) | (BigInt(registers.memory.getUint16(at + 8, true)) << 64n));
  }
};

const image =
  (step: 2 | 4, isReal: boolean, perform: (registers: Registers, place: number, layout: Layout) => void): Operation =>
  (registers, _index, place) => {
    perform(registers, place, { step, isReal });
    return 0;
  };

/** Exceptions are masked behind it: SDM Vol. 2A, FSTENV. */
const storeEnvironment = (registers: Registers, place: number, layout: Layout): void => {
  saveEnvironment(registers, place, layout);
  registers.control |= X87Control.masks;
};

const images: readonly (readonly [string, Operation])[] = ([2, 4] as const).flatMap((step) =>
  [false, true].flatMap((isReal) =>
    Object.entries({ fldenv: loadEnvironment, fnstenv: storeEnvironment, fnsave: saveAll, frstor: loadAll }).map(
      ([name, perform]) => [`${name} ${8 * step}${isReal ? ' real' : ''}`, image(step, isReal, perform)] as const,
    ),
  ),
);

const doing =
  (perform: (registers: Registers, index: number, place: number) => void): Operation =>
  (registers, index, place) => {
    perform(registers, index, place);
    return 0;
  };

export const control: Readonly<Record<string, Operation>> = {
  ...Object.fromEntries(images),
  fldcw: doing((registers, _index, place) => {
    registers.control = registers.memory.getUint16(place, true);
  }),
  fnclex: doing((registers) => {
    registers.status &= ~(X87Status.flags | X87Status.stackFault);
  }),
  fninit: doing(initialize),
  fincstp: doing((registers) => {
    clearConditions(registers);
    registers.top++;
  }),
  fdecstp: doing((registers) => {
    clearConditions(registers);
    registers.top--;
  }),
  ffree: doing((registers, index) => {
    clearConditions(registers);
    registers.free(index);
  }),
  ffreep: doing((registers, index) => {
    clearConditions(registers);
    registers.free(index);
    registers.pop();
  }),
  fnop: doing(() => {}),
  'fxsave 8': fxsave({ isWide: false, vectors: 8 }),
  'fxsave 16': fxsave({ isWide: false, vectors: 16 }),
  'fxsave64 16': fxsave({ isWide: true, vectors: 16 }),
  'fxrstor 8': fxrstor({ isWide: false, vectors: 8 }),
  'fxrstor 16': fxrstor({ isWide: false, vectors: 16 }),
  'fxrstor64 16': fxrstor({ isWide: true, vectors: 16 }),
};
