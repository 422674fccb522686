/** Loads, stores, constants, and what moves registers as they are: SDM Vol. 1, 8.3.3 and 8.3.4. */
import { convert, toInteger } from '../float/convert.ts';
import { double, extended, type Format, indefinite, type Rounding, single } from '../float/format.ts';
import { Mxcsr, X87Status } from '../state.ts';
import type { Operation } from './operation.ts';
import type { Registers } from './registers.ts';
import { integer, sources } from './source.ts';

/** What comes as it is: only room is asked for. */
const pushing =
  (make: (registers: Registers, index: number, place: number) => bigint): Operation =>
  (registers, index, place) => {
    registers.condition(X87Status.c1, 0);
    registers.push(make(registers, index, place));
    return 0;
  };

const loadFloat =
  (format: Format, read: (memory: DataView, place: number) => bigint): Operation =>
  (registers, _index, place) => {
    registers.condition(X87Status.c1, 0);
    if (!registers.isEmpty(7)) {
      registers.push(0n);
      return 0;
    }
    const on = registers.tolerant();
    const bits = convert(on, format, extended, read(registers.memory, place));
    if (registers.settle(on, Mxcsr.ie)) registers.put(bits);
    return 0;
  };

/** An empty register, where that is masked, is loaded as the indefinite; it is told of rather than that there is no room. */
const loadRegister: Operation = (registers, index) => {
  registers.condition(X87Status.c1, 0);
  const bits = registers.read(index);
  if (bits !== undefined) registers.push(bits);
  else if (registers.underflows()) registers.put(indefinite(extended));
  return 0;
};

/** Stores what is made of ST(0), or of an empty one; nothing where an exception isn't masked. */
const storing =
  (make: (on: ReturnType<Registers['environment']>, bits: bigint) => bigint, empty: bigint, bytes: number, pops: boolean): Operation =>
  (registers, _index, place) => {
    const on = registers.environment();
    const bits = registers.read(0);
    let stored = empty;
    if (bits === undefined) {
      if (!registers.underflows()) return 0;
    } else {
      stored = make(on, bits);
      const isMissing = (on.flags & ~registers.control & (Mxcsr.oe | Mxcsr.ue)) !== 0;
      if (isMissing) {
        on.isRoundedUp = false;
        on.mxcsr &= ~Mxcsr.pe;
      }
      if (!registers.settle(on) || isMissing) return 0;
    }
    for (let at = 0; at < bytes; at++) registers.memory.setUint8(place + at, Number((stored >> BigInt(8 * at)) & 0xffn));
    if (pops) registers.pop();
    return 0;
  };

const storeFloat = (format: Format, pops: boolean): Operation =>
  storing((on, bits) => convert(on, extended, format, bits), indefinite(format), format.w / 8, pops);

const storeInteger = (w: number, pops: boolean, rounding?: Rounding): Operation =>
  storing((on, bits) => toInteger(on, extended, bits, w, rounding ?? on.rounding), 1n << BigInt(w - 1), w / 8, pops);

/** 18 digits of 4 bits, and the sign: SDM Vol. 1, 4.7. */
const digits = 18;
const decimalIndefinite = 0xffff_c000_0000_0000_0000n;

const storeDecimal = storing(
  (on, bits) => {
    const limit = 10n ** BigInt(digits);
    const before = on.mxcsr;
    const value = toInteger(on, extended, bits, 64, on.rounding);
    const magnitude = value < 0n ? -value : value;
    if (magnitude >= limit) {
      on.mxcsr = before | Mxcsr.ie;
      on.isRoundedUp = false;
      return decimalIndefinite;
    }
    return BigInt(`0x${magnitude}`) | ((bits >> 79n) << 79n);
  },
  decimalIndefinite,
  10,
  true,
);

const loadDecimal = pushing(({ memory }, _index, place) => {
  let magnitude = 0n;
  for (let at = 8; at >= 0; at--) {
    const byte = memory.getUint8(place + at);
    magnitude = magnitude * 100n + BigInt(10 * (byte >> 4) + (byte & 15));
  }
  return integer(magnitude) | (BigInt(memory.getUint8(place + 9) >> 7) << 79n);
});

/** FST and FSTP to a register: nothing is looked at. */
const storeRegister =
  (pops: boolean): Operation =>
  (registers, index) => {
    registers.condition(X87Status.c1, 0);
    const bits = registers.read(0);
    if (bits === undefined && !registers.underflows()) return 0;
    registers.write(index, bits ?? indefinite(extended));
    if (pops) registers.pop();
    return 0;
  };

/** Empty ones become the indefinite. */
const exchange: Operation = (registers, index) => {
  registers.condition(X87Status.c1, 0);
  const [a, b] = [registers.read(0), registers.read(index)];
  if ((a === undefined || b === undefined) && !registers.underflows()) return 0;
  registers.write(0, b ?? indefinite(extended));
  registers.write(index, a ?? indefinite(extended));
  return 0;
};

/** FCMOVcc; whether its condition holds is in `place`. */
const moveWhere: Operation = (registers, index, holds) => {
  const bits = registers.read(index);
  if (bits === undefined || registers.isEmpty(0)) {
    if (registers.underflows()) registers.write(0, indefinite(extended));
  } else if (holds !== 0) registers.write(0, bits);
  return 0;
};

/** Where there is something to store; nothing is told where there isn't, as AMD's processors have it. */
const storeSilently: Operation = (registers, index) => {
  registers.condition(X87Status.c1, 0);
  if (!registers.isEmpty(0)) registers.write(index, registers.bits(0));
  registers.pop();
  return 0;
};

const signing =
  (make: (bits: bigint) => bigint): Operation =>
  (registers) => {
    registers.condition(X87Status.c1, 0);
    const bits = registers.read(0);
    if (bits === undefined && !registers.underflows()) return 0;
    registers.write(0, bits === undefined ? indefinite(extended) : make(bits));
    return 0;
  };

const signBit = 1n << 79n;

export const moves: Readonly<Record<string, Operation>> = {
  'fld m32': loadFloat(single, (memory, place) => BigInt(memory.getUint32(place, true))),
  'fld m64': loadFloat(double, (memory, place) => memory.getBigUint64(place, true)),
  'fld m80': pushing(({ memory }, _index, place) => memory.getBigUint64(place, true) | (BigInt(memory.getUint16(place + 8, true)) << 64n)),
  'fld st': loadRegister,
  'fild i16': pushing((registers, _index, place) => sources.i16(registers, registers.environment(), 0, place) ?? 0n),
  'fild i32': pushing((registers, _index, place) => sources.i32(registers, registers.environment(), 0, place) ?? 0n),
  'fild i64': pushing(({ memory }, _index, place) => integer(memory.getBigInt64(place, true))),
  fbld: loadDecimal,
  ...{ 'fst m32': storeFloat(single, false), 'fstp m32': storeFloat(single, true) },
  ...{ 'fst m64': storeFloat(double, false), 'fstp m64': storeFloat(double, true) },
  'fstp m80': storing((_on, bits) => bits, indefinite(extended), 10, true),
  ...{ 'fst st': storeRegister(false), 'fstp st': storeRegister(true) },
  ...{ 'fist i16': storeInteger(16, false), 'fistp i16': storeInteger(16, true), 'fisttp i16': storeInteger(16, true, 3) },
  ...{ 'fist i32': storeInteger(32, false), 'fistp i32': storeInteger(32, true), 'fisttp i32': storeInteger(32, true, 3) },
  ...{ 'fistp i64': storeInteger(64, true), 'fisttp i64': storeInteger(64, true, 3) },
  fbstp: storeDecimal,
  fstpnce: storeSilently,
  fxch: exchange,
  fcmov: moveWhere,
  fabs: signing((bits) => bits & ~signBit),
  fchs: signing((bits) => bits ^ signBit),
};
