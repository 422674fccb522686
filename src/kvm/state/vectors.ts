/** x87 and vectors between the value and the standard form of XSAVE: SDM Vol. 1, 13.4 and 10.5.1. */
import { linuxKvm } from '../../abi/index.ts';
import type { CpuState } from '../../machine/index.ts';

/** Places in the area; the upper halves of YMM registers are where CPUID tells, which is here with every processor there is. */
const Place = {
  ...{ control: 0, status: 2, full: 4, opcode: 6, code: 8, data: 16, mxcsr: 24, x87: 32, vectors: 160, present: 512, upper: 576 },
} as const;
/** Bits of XCR0. */
const Component = { x87: 1n, vectors: 2n, upper: 4n } as const;
const initialControl = 0x37f;
const halfBits = 128n;

type Vectors = Pick<CpuState, 'vectors' | 'mxcsr' | 'x87'>;

/** A part that is as after its initialization may not be there. */
export const vectorsIn = (area: DataView): Vectors => {
  const present = area.getBigUint64(Place.present, true);
  const has = (component: bigint): boolean => (present & component) !== 0n;
  const lower = (number: number): bigint => (has(Component.vectors) ? half(area, Place.vectors + 16 * number) : 0n);
  const upper = (number: number): bigint => (has(Component.upper) ? half(area, Place.upper + 16 * number) : 0n);
  return {
    vectors: Array.from({ length: 16 }, (_, number) => lower(number) | (upper(number) << halfBits)),
    mxcsr: area.getUint32(Place.mxcsr, true),
    x87: has(Component.x87) ? x87In(area) : x87In(initial()),
  };
};

const initial = (): DataView => {
  const area = new DataView(new ArrayBuffer(Place.present));
  area.setUint16(Place.control, initialControl, true);
  return area;
};

/** Registers lie there from the top of the stack on. */
const x87In = (area: DataView): CpuState['x87'] => {
  const status = area.getUint16(Place.status, true);
  return {
    ...{ control: area.getUint16(Place.control, true), status, full: area.getUint8(Place.full) },
    registers: Array.from({ length: 8 }, (_, number) => {
      const at = Place.x87 + 16 * placeOf(number, status);
      return area.getBigUint64(at, true) | (BigInt(area.getUint16(at + 8, true)) << 64n);
    }),
    opcode: area.getUint16(Place.opcode, true) & 0x7ff,
    // In 64-bit form the segments of code and data are not there.
    ...{ codeSegment: 0, dataSegment: 0, code: area.getBigUint64(Place.code, true), data: area.getBigUint64(Place.data, true) },
    ignored: false,
  };
};

/** `hasUpper`: whether the processor has them. */
export const areaOf = ({ vectors, mxcsr, x87 }: Vectors, hasUpper: boolean): DataView<ArrayBuffer> => {
  const area = new DataView(new ArrayBuffer(linuxKvm.xsaveBytes));
  area.setBigUint64(Place.present, Component.x87 | Component.vectors | (hasUpper ? Component.upper : 0n), true);
  area.setUint16(Place.control, x87.control, true);
  area.setUint16(Place.status, x87.status, true);
  area.setUint8(Place.full, x87.full);
  area.setUint16(Place.opcode, x87.opcode, true);
  area.setBigUint64(Place.code, x87.code, true);
  area.setBigUint64(Place.data, x87.data, true);
  area.setUint32(Place.mxcsr, mxcsr, true);
  for (const [number, bits] of x87.registers.entries()) {
    const at = Place.x87 + 16 * placeOf(number, x87.status);
    area.setBigUint64(at, BigInt.asUintN(64, bits), true);
    area.setUint16(at + 8, Number(bits >> 64n), true);
  }
  for (const [number, bits] of vectors.entries()) {
    putHalf(area, Place.vectors + 16 * number, bits);
    if (hasUpper) putHalf(area, Place.upper + 16 * number, bits >> halfBits);
  }
  return area;
};

/** How far from the top a register is. */
const placeOf = (number: number, status: number): number => (number - ((status >> 11) & 7)) & 7;

const half = (area: DataView, at: number): bigint => area.getBigUint64(at, true) | (area.getBigUint64(at + 8, true) << 64n);

const putHalf = (area: DataView, at: number, bits: bigint): void => {
  area.setBigUint64(at, BigInt.asUintN(64, bits), true);
  area.setBigUint64(at + 8, BigInt.asUintN(64, bits >> 64n), true);
};
