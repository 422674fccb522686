/** Conversions between integers and floating-point numbers, between the two formats of these, and to integral numbers. */
import { FloatOp } from '../../runtime/float.ts';
import type { Val } from '../../stage/index.ts';
import { type Op, op } from '../op.ts';
import type { X } from '../vocabulary.ts';
import { exact, floats, type Quick } from './exact.ts';
import { everySecond, mapping, page, threeOf } from './rows.ts';
import { areInfinite, areNormal, areNumbers, areQuiet, areZero, everyLane, put, type Shape, shapes } from './shape.ts';

type Lane = 32 | 64;

const formatOf = (w: Lane): number => (w === 64 ? FloatOp.double : 0);

/** So many lanes, one after the other, each made by itself. */
const lanewise = (x: X, a: Val, count: number, from: Lane, to: Lane, make: (one: Val) => Val): Val =>
  Array.from({ length: count }, (_, at) => x.truncate(make(x.extract(a, from, at)), to)).reduce(
    (so, value, at) => x.insert(so, at, value),
    x.known(128, 0),
  );

/** From an integer of the operand size. */
const fromInteger = (name: string, prefix: string, to: Lane): Op =>
  op({
    ...{ name, sdm: page(name), isCombining: true, rows: [`${prefix} 0F 2A /r | V${to === 32 ? 'd' : 'q'}, Ey`] },
    run(x, ...operands) {
      const [destination, first, second] = threeOf(operands);
      const value = second.get();
      const quick = (): Quick => {
        const number = x.lanes(`f${to}.convert_i${value.w}_s`, value);
        // The greatest integer comes back from the number above it, too.
        const isGreatest = x.eq(value, x.known(value.w, (1n << BigInt(value.w - 1)) - 1n));
        const isLossless = (): Val => x.and(x.eq(x.lanes(`i${value.w}.trunc_sat_f${to}_s`, number), value), x.not(isGreatest));
        return to > value.w ? [x.bits(number), x.known(1, 1)] : [x.bits(number), x.known(1, 1), isLossless];
      };
      const operation = (value.w === 32 ? FloatOp.from32 : FloatOp.from64) + formatOf(to);
      const converted = floats(x, quick, () => x.truncate(exact(x, operation, value), to));
      put(x, to === 32 ? shapes.ss : shapes.sd, destination, first, converted);
    },
  });

/** To the nearest integer, or towards zero; the integer indefinite where none fits. */
const toInteger = (name: string, prefix: string, opcode: string, from: Lane): Op =>
  op({
    ...{ name, sdm: page(name), rows: [`${prefix} 0F ${opcode} /r | Gy, W${from === 32 ? 'd' : 'q'}`] },
    run(x, destination, source) {
      const bits = source.get();
      const { w } = destination;
      const isTruncated = opcode === '2C';
      const quick = (): Quick => {
        const number = x.lanes(`f${from}.${isTruncated ? 'trunc' : 'nearest'}`, x.float(bits));
        const limit = (value: number): Val => x.float(x.known(from, floatBits(from, value)));
        const isFit = x.and(x.lanes(`f${from}.ge`, number, limit(-(2 ** (w - 1)))), x.lanes(`f${from}.lt`, number, limit(2 ** (w - 1))));
        return [x.lanes(`i${w}.trunc_sat_f${from}_s`, number), isFit, () => x.lanes(`f${from}.eq`, number, x.float(bits))];
      };
      const operation = (isTruncated ? FloatOp.truncate32 : FloatOp.to32) + (w === 64 ? 1 : 0) + formatOf(from);
      destination.set(floats(x, quick, () => x.truncate(exact(x, operation, bits), w)));
    },
  });

const floatBits = (w: Lane, value: number): bigint => {
  const view = new DataView(new ArrayBuffer(8));
  if (w === 32) view.setFloat32(0, value);
  else view.setFloat64(0, value);
  return w === 32 ? BigInt(view.getUint32(0)) : view.getBigUint64(0);
};

const packedToIntegers = (name: string, row: string, from: Lane, isTruncated: boolean): Op =>
  mapping(name, [row], (x, a) => {
    const operation = (isTruncated ? FloatOp.truncate32 : FloatOp.to32) + formatOf(from);
    const shape = from === 32 ? shapes.ps : shapes.pd;
    const quick = (): Quick => {
      const number = shape.calculate(x, isTruncated ? 'trunc' : 'nearest', a);
      const limit = (value: number): Val => shape.all(x, floatBits(from, value));
      const areFit = shape.both(x, shape.is(x, 'ge', number, limit(-(2 ** 31))), shape.is(x, 'lt', number, limit(2 ** 31)));
      const integers = x.lanes(from === 32 ? 'i32x4.trunc_sat_f32x4_s' : 'i32x4.trunc_sat_f64x2_s_zero', number);
      return [integers, shape.every(x, areFit), () => shape.every(x, shape.is(x, 'eq', number, a))];
    };
    return floats(x, quick, () => lanewise(x, a, 128 / from, from, 32, (one) => exact(x, operation, one)));
  });

/** Of 4 numbers to singles, or 2 to doubles. */
const packedFromIntegers = (name: string, row: string, to: Lane): Op =>
  mapping(name, [row], (x, a) => {
    const vector = x.lowest(a);
    const operator = to === 32 ? 'f32x4.convert_i32x4_s' : 'f64x2.convert_low_i32x4_s';
    // A double holds each of them, whatever MXCSR says.
    if (to === 64) return x.lanes(operator, vector);
    const isLossless = (numbers: Val): Val => {
      const isBack = x.lanes('i32x4.eq', x.lanes('i32x4.trunc_sat_f32x4_s', numbers), vector);
      const isGreatest = x.lanes('i32x4.eq', vector, x.splat(x.known(32, 0x7fff_ffff)));
      return shapes.ps.every(x, x.lanes('v128.andnot', isBack, isGreatest));
    };
    return floats(
      x,
      () => {
        const numbers = x.lanes(operator, vector);
        return [numbers, x.known(1, 1), () => isLossless(numbers)];
      },
      () => lanewise(x, vector, 4, 32, 32, (one) => exact(x, FloatOp.from32, one)),
    );
  });

/** Packed, the lower two: WebAssembly leaves a NaN's fraction open, and singles can be too small for doubles or too large. */
const betweenFormats = (name: string, row: string, from: Lane): Op =>
  mapping(name, [row], (x, a) => {
    const to = from === 32 ? 64 : 32;
    const vector = from === 32 ? x.shuffleLanes(64, x.lowest(a), x.lowest(a), [0, 0]) : a;
    const quick = (): Quick => {
      const r = x.lanes(from === 32 ? 'f64x2.promote_low_f32x4' : 'f32x4.demote_f64x2_zero', vector);
      if (from === 32) return [r, areQuiet(x, shapes.ps, vector)];
      const areSame = shapes.pd.either(x, areZero(x, shapes.pd, a), areInfinite(x, shapes.pd, a));
      const isInherited = everySecond(x, 32, areSame, x.splat(x.known(64, -1)), 0);
      const isUneventful = shapes.ps.every(x, shapes.ps.either(x, areNormal(x, shapes.ps, r), isInherited));
      return [r, isUneventful, () => shapes.pd.every(x, shapes.pd.is(x, 'eq', x.lanes('f64x2.promote_low_f32x4', r), a))];
    };
    return floats(x, quick, () => lanewise(x, vector, 2, from, to, (one) => exact(x, FloatOp.convert + formatOf(from), one)));
  });

const scalarBetween = (name: string, prefix: string, from: Lane): Op =>
  op({
    ...{ name, sdm: page(name), isCombining: true, rows: [`${prefix} 0F 5A /r | ${from === 32 ? 'Vq, Wd' : 'Vd, Wq'}`] },
    run(x, ...operands) {
      const [destination, first, second] = threeOf(operands);
      const bits = second.get();
      const [to, shape, made] = from === 32 ? ([64, shapes.ss, shapes.sd] as const) : ([32, shapes.sd, shapes.ss] as const);
      const quick = (): Quick => {
        const r = x.bits(x.lanes(from === 32 ? 'f64.promote_f32' : 'f32.demote_f64', x.float(bits)));
        if (from === 32) return [r, areQuiet(x, shape, bits)];
        const isInherited = x.or(areZero(x, shape, bits), areInfinite(x, shape, bits));
        const isLossless = (): Val => x.lanes('f64.eq', x.lanes('f64.promote_f32', x.float(r)), x.float(bits));
        return [r, x.or(areNormal(x, made, r), isInherited), isLossless];
      };
      const converted = floats(x, quick, () => x.truncate(exact(x, FloatOp.convert + formatOf(from), bits), to));
      put(x, made, destination, first, converted);
    },
  });

/** SDM Vol. 2B, ROUNDPD, table 4-18: bit 2 leaves it to MXCSR, else bits 0 and 1 say how. */
const rounded = (x: X, shape: Shape, a: Val, how: Val): Val =>
  floats(
    x,
    () => {
      const by = (verb: string): Val => shape.calculate(x, verb, a);
      const isOwn = x.not(x.bit(how, 2));
      const [low, high] = [x.and(x.bit(how, 0), isOwn), x.and(x.bit(how, 1), isOwn)];
      const number = x.select(high, x.select(low, by('trunc'), by('ceil')), x.select(low, by('floor'), by('nearest')));
      // Bit 3: nothing is said of what is lost.
      return [number, areNumbers(x, shape, a), () => x.or(x.bit(how, 3), shape.every(x, shape.is(x, 'eq', number, a)))];
    },
    () => everyLane(x, shape, (one) => x.truncate(exact(x, FloatOp.round + shape.format, one, how), shape.lane), a),
  );

const rounding = (name: string, opcode: string, shape: Shape): Op =>
  op({
    ...{ name, sdm: page(name), isCombining: shape.count === 1, rows: [`66 0F3A ${opcode} /r ib | ${shape.operands}, Ib`] },
    run(x, ...operands) {
      const [destination, first, second] = threeOf(operands.slice(0, -1));
      const a = second.get();
      const how = operands.at(-1)?.get() ?? x.known(8, 0);
      put(x, shape, destination, first, rounded(x, shape, a, how));
    },
  });

export const convert: readonly Op[] = [
  fromInteger('cvtsi2ss', 'F3', 32),
  fromInteger('cvtsi2sd', 'F2', 64),
  toInteger('cvttss2si', 'F3', '2C', 32),
  toInteger('cvttsd2si', 'F2', '2C', 64),
  toInteger('cvtss2si', 'F3', '2D', 32),
  toInteger('cvtsd2si', 'F2', '2D', 64),
  betweenFormats('cvtps2pd', 'NP 0F 5A /r | Vx, Wq', 32),
  betweenFormats('cvtpd2ps', '66 0F 5A /r | Vx, Wx', 64),
  scalarBetween('cvtss2sd', 'F3', 32),
  scalarBetween('cvtsd2ss', 'F2', 64),
  packedFromIntegers('cvtdq2ps', 'NP 0F 5B /r | Vx, Wx', 32),
  packedToIntegers('cvtps2dq', '66 0F 5B /r | Vx, Wx', 32, false),
  packedToIntegers('cvttps2dq', 'F3 0F 5B /r | Vx, Wx', 32, true),
  packedToIntegers('cvttpd2dq', '66 0F E6 /r | Vx, Wx', 64, true),
  packedFromIntegers('cvtdq2pd', 'F3 0F E6 /r | Vx, Wq', 64),
  packedToIntegers('cvtpd2dq', 'F2 0F E6 /r | Vx, Wx', 64, false),
  rounding('roundps', '08', shapes.ps),
  rounding('roundpd', '09', shapes.pd),
  rounding('roundss', '0A', shapes.ss),
  rounding('roundsd', '0B', shapes.sd),
];
