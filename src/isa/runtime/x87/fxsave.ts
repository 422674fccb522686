/** The image of FXSAVE: SDM Vol. 1, 10.5.1, and Vol. 2A, FXSAVE. */
import { State } from '../state.ts';
import type { Operation } from './operation.ts';

/** Offsets in the image. */
const Image = {
  ...{ control: 0, status: 2, full: 4, opcode: 6, code: 8, codeSegment: 12, data: 16, dataSegment: 20 },
  ...{ mxcsr: 24, mxcsrMask: 28, registers: 32, vectors: 160 },
} as const;

interface Extent {
  /** Addresses are of 64 bits, which leaves no room for selectors. */
  readonly isWide: boolean;
  readonly vectors: 8 | 16;
}

/** Bits of MXCSR that may be set. */
const mxcsrMask = 0xffff;

export const fxsave =
  ({ isWide, vectors }: Extent): Operation =>
  (registers, _index, place) => {
    const { memory, base } = registers;
    const word = (at: number, value: number): void => memory.setUint16(place + at, value, true);
    const pointer = (at: number, offset: number, segment: number): void => {
      const address = memory.getBigUint64(base + offset, true);
      const selector = BigInt(memory.getUint16(base + segment, true)) << 32n;
      memory.setBigUint64(place + at, isWide ? address : BigInt.asUintN(32, address) | selector, true);
    };
    word(Image.control, registers.control);
    word(Image.status, registers.status);
    word(Image.full, registers.full);
    word(Image.opcode, memory.getUint16(base + State.x87Opcode, true));
    pointer(Image.code, State.x87Code, State.x87CodeSegment);
    pointer(Image.data, State.x87Data, State.x87DataSegment);
    memory.setUint32(place + Image.mxcsr, memory.getUint32(base + State.mxcsr, true), true);
    memory.setUint32(place + Image.mxcsrMask, mxcsrMask, true);
    for (let index = 0; index < 8; index++) {
      const bits = registers.bits(index);
      memory.setBigUint64(place + Image.registers + 16 * index, BigInt.asUintN(64, bits), true);
      memory.setBigUint64(place + Image.registers + 16 * index + 8, bits >> 64n, true);
    }
    for (let number = 0; number < vectors; number++) copy(memory, base + State.vectors + 64 * number, place + Image.vectors + 16 * number);
    return 0;
  };

/** 1 where MXCSR has bits that must not be set, and nothing is loaded. */
export const fxrstor =
  ({ isWide, vectors }: Extent): Operation =>
  (registers, _index, place) => {
    const { memory, base } = registers;
    const mxcsr = memory.getUint32(place + Image.mxcsr, true);
    if ((mxcsr & ~mxcsrMask) !== 0) return 1;
    memory.setUint32(base + State.mxcsr, mxcsr, true);
    const word = (at: number): number => memory.getUint16(place + at, true);
    registers.control = word(Image.control);
    registers.status = word(Image.status);
    registers.full = memory.getUint8(place + Image.full);
    memory.setUint16(base + State.x87Opcode, word(Image.opcode) & 0x7ff, true);
    const pointer = (at: number, offset: number, segment: number): void => {
      const bits = memory.getBigUint64(place + at, true);
      memory.setBigUint64(base + offset, isWide ? bits : BigInt.asUintN(32, bits), true);
      memory.setUint16(base + segment, isWide ? 0 : word(at + 4), true);
    };
    pointer(Image.code, State.x87Code, State.x87CodeSegment);
    pointer(Image.data, State.x87Data, State.x87DataSegment);
    for (let index = 0; index < 8; index++) {
      const at = place + Image.registers + 16 * index;
      registers.place(index, memory.getBigUint64(at, true) | (BigInt(memory.getUint16(at + 8, true)) << 64n));
    }
    for (let number = 0; number < vectors; number++) copy(memory, place + Image.vectors + 16 * number, base + State.vectors + 64 * number);
    return 0;
  };

const copy = (memory: DataView, from: number, to: number): void => {
  for (const at of [0, 8]) memory.setBigUint64(to + at, memory.getBigUint64(from + at, true), true);
};
