/** Operators of vectors and of floating-point numbers, by their names in the text format: WebAssembly Core Specification 2.0, 5.4.7 to 5.4.9. */
import { unsigned } from './bytes.ts';
import { Stage } from './stage.ts';
import type { Code, Ty, Val } from './value.ts';

/** Names of consecutive opcodes, after the number of the first; `-` where one has none. */
const numbered = (prefix: readonly number[], text: string): readonly (readonly [string, readonly number[]])[] =>
  text
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [first = '', ...names] = line.trim().split(' ');
      return names.map(
        (name, at) => [name, [...prefix, ...(prefix.length > 0 ? unsigned(Number(first) + at) : [Number(first) + at])]] as const,
      );
    });

const codes: ReadonlyMap<string, readonly number[]> = new Map([
  ...numbered(
    [],
    `91 f32.eq f32.ne f32.lt f32.gt f32.le f32.ge f64.eq f64.ne f64.lt f64.gt f64.le f64.ge
    139 f32.abs f32.neg f32.ceil f32.floor f32.trunc f32.nearest f32.sqrt f32.add f32.sub f32.mul f32.div f32.min f32.max f32.copysign
    153 f64.abs f64.neg f64.ceil f64.floor f64.trunc f64.nearest f64.sqrt f64.add f64.sub f64.mul f64.div f64.min f64.max f64.copysign
    178 f32.convert_i32_s f32.convert_i32_u f32.convert_i64_s f32.convert_i64_u f32.demote_f64
    183 f64.convert_i32_s f64.convert_i32_u f64.convert_i64_s f64.convert_i64_u f64.promote_f32
    188 i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64`,
  ),
  ...numbered(
    [0xfc],
    `0 i32.trunc_sat_f32_s i32.trunc_sat_f32_u i32.trunc_sat_f64_s i32.trunc_sat_f64_u
    4 i64.trunc_sat_f32_s i64.trunc_sat_f32_u i64.trunc_sat_f64_s i64.trunc_sat_f64_u`,
  ),
  ...numbered(
    [0xfd],
    `13 i8x16.shuffle i8x16.swizzle i8x16.splat i16x8.splat i32x4.splat i64x2.splat f32x4.splat f64x2.splat
    21 i8x16.extract_lane_s i8x16.extract_lane_u i8x16.replace_lane i16x8.extract_lane_s i16x8.extract_lane_u i16x8.replace_lane
    27 i32x4.extract_lane i32x4.replace_lane i64x2.extract_lane i64x2.replace_lane
    31 f32x4.extract_lane f32x4.replace_lane f64x2.extract_lane f64x2.replace_lane
    35 i8x16.eq i8x16.ne i8x16.lt_s i8x16.lt_u i8x16.gt_s i8x16.gt_u i8x16.le_s i8x16.le_u i8x16.ge_s i8x16.ge_u
    45 i16x8.eq i16x8.ne i16x8.lt_s i16x8.lt_u i16x8.gt_s i16x8.gt_u i16x8.le_s i16x8.le_u i16x8.ge_s i16x8.ge_u
    55 i32x4.eq i32x4.ne i32x4.lt_s i32x4.lt_u i32x4.gt_s i32x4.gt_u i32x4.le_s i32x4.le_u i32x4.ge_s i32x4.ge_u
    65 f32x4.eq f32x4.ne f32x4.lt f32x4.gt f32x4.le f32x4.ge f64x2.eq f64x2.ne f64x2.lt f64x2.gt f64x2.le f64x2.ge
    77 v128.not v128.and v128.andnot v128.or v128.xor v128.bitselect v128.any_true
    94 f32x4.demote_f64x2_zero f64x2.promote_low_f32x4
    96 i8x16.abs i8x16.neg i8x16.popcnt i8x16.all_true i8x16.bitmask i8x16.narrow_i16x8_s i8x16.narrow_i16x8_u
    103 f32x4.ceil f32x4.floor f32x4.trunc f32x4.nearest i8x16.shl i8x16.shr_s i8x16.shr_u
    110 i8x16.add i8x16.add_sat_s i8x16.add_sat_u i8x16.sub i8x16.sub_sat_s i8x16.sub_sat_u f64x2.ceil f64x2.floor
    118 i8x16.min_s i8x16.min_u i8x16.max_s i8x16.max_u f64x2.trunc i8x16.avgr_u
    124 i16x8.extadd_pairwise_i8x16_s i16x8.extadd_pairwise_i8x16_u i32x4.extadd_pairwise_i16x8_s i32x4.extadd_pairwise_i16x8_u
    128 i16x8.abs i16x8.neg i16x8.q15mulr_sat_s i16x8.all_true i16x8.bitmask i16x8.narrow_i32x4_s i16x8.narrow_i32x4_u
    135 i16x8.extend_low_i8x16_s i16x8.extend_high_i8x16_s i16x8.extend_low_i8x16_u i16x8.extend_high_i8x16_u
    139 i16x8.shl i16x8.shr_s i16x8.shr_u i16x8.add i16x8.add_sat_s i16x8.add_sat_u i16x8.sub i16x8.sub_sat_s i16x8.sub_sat_u
    148 f64x2.nearest i16x8.mul i16x8.min_s i16x8.min_u i16x8.max_s i16x8.max_u - i16x8.avgr_u
    156 i16x8.extmul_low_i8x16_s i16x8.extmul_high_i8x16_s i16x8.extmul_low_i8x16_u i16x8.extmul_high_i8x16_u
    160 i32x4.abs i32x4.neg - i32x4.all_true i32x4.bitmask
    167 i32x4.extend_low_i16x8_s i32x4.extend_high_i16x8_s i32x4.extend_low_i16x8_u i32x4.extend_high_i16x8_u
    171 i32x4.shl i32x4.shr_s i32x4.shr_u i32x4.add - - i32x4.sub - - - i32x4.mul
    182 i32x4.min_s i32x4.min_u i32x4.max_s i32x4.max_u i32x4.dot_i16x8_s
    188 i32x4.extmul_low_i16x8_s i32x4.extmul_high_i16x8_s i32x4.extmul_low_i16x8_u i32x4.extmul_high_i16x8_u
    192 i64x2.abs i64x2.neg - i64x2.all_true i64x2.bitmask
    199 i64x2.extend_low_i32x4_s i64x2.extend_high_i32x4_s i64x2.extend_low_i32x4_u i64x2.extend_high_i32x4_u
    203 i64x2.shl i64x2.shr_s i64x2.shr_u i64x2.add - - i64x2.sub - - - i64x2.mul
    214 i64x2.eq i64x2.ne i64x2.lt_s i64x2.gt_s i64x2.le_s i64x2.ge_s
    220 i64x2.extmul_low_i32x4_s i64x2.extmul_high_i32x4_s i64x2.extmul_low_i32x4_u i64x2.extmul_high_i32x4_u
    224 f32x4.abs f32x4.neg - f32x4.sqrt f32x4.add f32x4.sub f32x4.mul f32x4.div f32x4.min f32x4.max f32x4.pmin f32x4.pmax
    236 f64x2.abs f64x2.neg - f64x2.sqrt f64x2.add f64x2.sub f64x2.mul f64x2.div f64x2.min f64x2.max f64x2.pmin f64x2.pmax
    248 i32x4.trunc_sat_f32x4_s i32x4.trunc_sat_f32x4_u f32x4.convert_i32x4_s f32x4.convert_i32x4_u
    252 i32x4.trunc_sat_f64x2_s_zero i32x4.trunc_sat_f64x2_u_zero f64x2.convert_low_i32x4_s f64x2.convert_low_i32x4_u`,
  ),
]);

/** Names of all there are. */
export const operators: readonly string[] = [...codes.keys()].filter((name) => name !== '-');

const widths: Readonly<Record<Ty, number>> = { i32: 32, i64: 64, f32: 32, f64: 64, v128: 128 };

/** What an operator results in: vectors, but for what looks at one lane or says something of all. */
const resultOf = (name: string): Ty => {
  const [type = '', verb = ''] = name.split('.');
  if (/^(eq|ne|[lg][te])$/.test(verb) && type.length === 3) return 'i32';
  if (/any_true|all_true|bitmask/.test(verb)) return 'i32';
  if (verb.startsWith('extract_lane')) return type.startsWith('f') ? (type.slice(0, 3) as Ty) : type === 'i64x2' ? 'i64' : 'i32';
  // A type of three letters is one of numbers.
  return type.length === 3 ? (type as Ty) : 'v128';
};

export class Lanes extends Stage {
  /** Any operator without immediates. */
  lanes(name: string, ...args: readonly Val[]): Val {
    return this.#make(name, [], args);
  }

  /** One that names a lane. */
  lane(name: string, index: number, ...args: readonly Val[]): Val {
    return this.#make(name, [index], args);
  }

  /** Bytes of the two vectors, by their numbers from 0 to 31. */
  shuffle(a: Val, b: Val, bytes: readonly number[]): Val {
    return this.#make('i8x16.shuffle', bytes, [a, b]);
  }

  /** Whole lanes of `w` bits of the two vectors, by their numbers. */
  shuffleLanes(w: number, a: Val, b: Val, lanes: readonly number[]): Val {
    const bytes = w / 8;
    return this.shuffle(
      a,
      b,
      lanes.flatMap((lane) => Array.from({ length: bytes }, (_, at) => bytes * lane + at)),
    );
  }

  /** The bits of a constant whose lanes of `w` bits are these, the lowest first. */
  constant(w: number, lanes: readonly (number | bigint)[]): Val {
    return this.known(
      128,
      lanes.reduce<bigint>((bits, lane, at) => bits | (BigInt.asUintN(w, BigInt(lane)) << BigInt(w * at)), 0n),
    );
  }

  /** The same in all lanes; of 8 to 64 bits. */
  splat(value: Val): Val {
    if (value.known !== undefined) return this.constant(value.w, new Array(128 / value.w).fill(value.known));
    return this.#make(`i${value.w}x${128 / value.w}.splat`, [], [value]);
  }

  /** Lane `index` of lanes of `w` bits, extended with zeros where that is less than a number has. */
  extract(vector: Val, w: number, index: number): Val {
    if (vector.known !== undefined) return this.known(w, BigInt(vector.known) >> BigInt(w * index));
    const value = this.#make(`i${w}x${128 / w}.extract_lane${w < 32 ? '_u' : ''}`, [index], [vector]);
    return w < 32 ? this.node('i32', w, [], value) : value;
  }

  /** A vector with one lane changed, which is as wide as the value. */
  insert(vector: Val, index: number, value: Val): Val {
    const number = this.numberOf(value);
    if (number !== undefined) return this.lane(`f${number.w}x${128 / number.w}.replace_lane`, index, vector, number);
    return this.#make(`i${value.w}x${128 / value.w}.replace_lane`, [index], [vector, value]);
  }

  /** A number as the lowest lane, the others 0. */
  lowest(value: Val): Val {
    return value.w === 128 ? value : this.insert(this.known(128, 0), 0, value);
  }

  /** A number's bits as an integer, and an integer's as a number. */
  bits(value: Val): Val {
    const {
      code,
      args: [bits],
    } = value;
    if (bits !== undefined && (code === operatorOf('f32.reinterpret_i32').code || code === operatorOf('f64.reinterpret_i64').code))
      return bits;
    return value.ty === 'f32' || value.ty === 'f64' ? this.lanes(`i${value.w}.reinterpret_${value.ty}`, value) : value;
  }

  /** The number that these are the bits of, where that is known. */
  numberOf({ code, args: [number] }: Val): Val | undefined {
    return code === operatorOf('i32.reinterpret_f32').code || code === operatorOf('i64.reinterpret_f64').code ? number : undefined;
  }

  float(value: Val): Val {
    const number = this.numberOf(value);
    if (number !== undefined) return number;
    const {
      code,
      args: [vector],
    } = value;
    const from = vector?.ty === 'v128' ? floatLane(code) : undefined;
    if (from !== undefined && vector !== undefined) return this.lane(from.name, from.index, vector);
    return value.ty === 'i32' || value.ty === 'i64' ? this.lanes(`f${value.w}.reinterpret_i${value.w}`, value) : value;
  }

  #make(name: string, immediates: readonly number[], args: readonly Val[]): Val {
    const { code, ty, w } = operatorOf(name);
    return this.node(ty, w, immediates.length === 0 ? code : [...code, ...immediates], ...args);
  }
}

const floatLane = (code: Code): { readonly name: string; readonly index: number } | undefined => {
  const index = code.at(-1);
  if (typeof index !== 'number') return undefined;
  for (const [from, name] of [
    ['i32x4.extract_lane', 'f32x4.extract_lane'],
    ['i64x2.extract_lane', 'f64x2.extract_lane'],
  ] as const) {
    const { code: own } = operatorOf(from);
    if (code.length === own.length + 1 && own.every((byte, at) => code[at] === byte)) return { name, index };
  }
  return undefined;
};

interface Operator {
  readonly code: Code;
  readonly ty: Ty;
  readonly w: number;
}

const known = new Map<string, Operator>();

const operatorOf = (name: string): Operator => {
  const found = known.get(name);
  if (found !== undefined) return found;
  const code = codes.get(name);
  if (code === undefined) throw new Error(`no operator is called ${name}`);
  const ty = resultOf(name);
  const isClaim = ty === 'i32' && !/extract|bitmask|trunc|reinterpret/.test(name);
  const made: Operator = { code, ty, w: isClaim ? 1 : widths[ty] };
  known.set(name, made);
  return made;
};
