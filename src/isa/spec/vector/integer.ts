/** Sums, differences, products and comparisons of integers in lanes. */
import type { Val } from '../../stage/index.ts';
import type { Op } from '../op.ts';
import type { X } from '../vocabulary.ts';
import { choose, combining, combiningBy, everySecond, type Make, mapping, plainly, row } from './rows.ts';

/** Mnemonic, map and opcode, and the operator that is just that. */
const direct = [
  ['pcmpgtb', '0F 64', 'i8x16.gt_s'],
  ['pcmpgtw', '0F 65', 'i16x8.gt_s'],
  ['pcmpgtd', '0F 66', 'i32x4.gt_s'],
  ['pcmpeqb', '0F 74', 'i8x16.eq'],
  ['pcmpeqw', '0F 75', 'i16x8.eq'],
  ['pcmpeqd', '0F 76', 'i32x4.eq'],
  ['paddq', '0F D4', 'i64x2.add'],
  ['pmullw', '0F D5', 'i16x8.mul'],
  ['psubusb', '0F D8', 'i8x16.sub_sat_u'],
  ['psubusw', '0F D9', 'i16x8.sub_sat_u'],
  ['pminub', '0F DA', 'i8x16.min_u'],
  ['paddusb', '0F DC', 'i8x16.add_sat_u'],
  ['paddusw', '0F DD', 'i16x8.add_sat_u'],
  ['pmaxub', '0F DE', 'i8x16.max_u'],
  ['pavgb', '0F E0', 'i8x16.avgr_u'],
  ['pavgw', '0F E3', 'i16x8.avgr_u'],
  ['psubsb', '0F E8', 'i8x16.sub_sat_s'],
  ['psubsw', '0F E9', 'i16x8.sub_sat_s'],
  ['pminsw', '0F EA', 'i16x8.min_s'],
  ['paddsb', '0F EC', 'i8x16.add_sat_s'],
  ['paddsw', '0F ED', 'i16x8.add_sat_s'],
  ['pmaxsw', '0F EE', 'i16x8.max_s'],
  ['pmaddwd', '0F F5', 'i32x4.dot_i16x8_s'],
  ['psubb', '0F F8', 'i8x16.sub'],
  ['psubw', '0F F9', 'i16x8.sub'],
  ['psubd', '0F FA', 'i32x4.sub'],
  ['psubq', '0F FB', 'i64x2.sub'],
  ['paddb', '0F FC', 'i8x16.add'],
  ['paddw', '0F FD', 'i16x8.add'],
  ['paddd', '0F FE', 'i32x4.add'],
  ['pcmpeqq', '0F38 29', 'i64x2.eq'],
  ['pcmpgtq', '0F38 37', 'i64x2.gt_s'],
  ['pminsb', '0F38 38', 'i8x16.min_s'],
  ['pminsd', '0F38 39', 'i32x4.min_s'],
  ['pminuw', '0F38 3A', 'i16x8.min_u'],
  ['pminud', '0F38 3B', 'i32x4.min_u'],
  ['pmaxsb', '0F38 3C', 'i8x16.max_s'],
  ['pmaxsd', '0F38 3D', 'i32x4.max_s'],
  ['pmaxuw', '0F38 3E', 'i16x8.max_u'],
  ['pmaxud', '0F38 3F', 'i32x4.max_u'],
  ['pmulld', '0F38 40', 'i32x4.mul'],
] as const;

/** The upper halves of products of 16 bits. */
const highProducts =
  (sign: 's' | 'u'): Make =>
  (x, a, b) => {
    const half = (which: string): Val => x.lanes(`i32x4.extmul_${which}_i16x8_${sign}`, a, b);
    return everySecond(x, 16, half('low'), half('high'), 1);
  };

/** Products of 64 bits, of the even lanes of 32. */
const evenProducts =
  (sign: 's' | 'u'): Make =>
  (x, a, b) =>
    x.lanes(`i64x2.extmul_low_i32x4_${sign}`, everySecond(x, 32, a, a, 0), everySecond(x, 32, b, b, 0));

/** Of neighbours: the first with the second. */
const neighbours =
  (w: number, operator: string): Make =>
  (x, a, b) =>
    x.lanes(operator, everySecond(x, w, a, b, 0), everySecond(x, w, a, b, 1));

const distances = (x: X, a: Val, b: Val): Val => x.lanes('v128.or', x.lanes('i8x16.sub_sat_u', a, b), x.lanes('i8x16.sub_sat_u', b, a));

const sumOfDistances: Make = (x, a, b) => {
  const quarters = x.lanes('i32x4.extadd_pairwise_i16x8_u', x.lanes('i16x8.extadd_pairwise_i8x16_u', distances(x, a, b)));
  const even = x.lanes('v128.and', quarters, x.splat(x.known(64, 0xffff_ffff)));
  return x.lanes('i64x2.add', even, x.lanes('i64x2.shr_u', quarters, x.known(32, 32)));
};

/** Unsigned bytes of the first by signed ones of the second. */
const mixedProducts: Make = (x, a, b) => {
  const eight = x.known(32, 8);
  const even = x.lanes('v128.and', a, x.splat(x.known(16, 0xff)));
  const evenSigned = x.lanes('i16x8.shr_s', x.lanes('i16x8.shl', b, eight), eight);
  const odds = x.lanes('i16x8.mul', x.lanes('i16x8.shr_u', a, eight), x.lanes('i16x8.shr_s', b, eight));
  return x.lanes('i16x8.add_sat_s', x.lanes('i16x8.mul', even, evenSigned), odds);
};

/** WebAssembly's saturates the one product that doesn't fit, the processor lets it wrap. */
const roundedProducts: Make = (x, a, b) => {
  const least = x.splat(x.known(16, 0x8000));
  const areLeast = x.lanes('v128.and', x.lanes('i16x8.eq', a, least), x.lanes('i16x8.eq', b, least));
  return x.lanes('v128.xor', x.lanes('i16x8.q15mulr_sat_s', a, b), areLeast);
};

const withSign =
  (shape: string): Make =>
  (x, a, b) => {
    const zero = x.known(128, 0);
    const signed = choose(x, x.lanes(`${shape}.lt_s`, b, zero), x.lanes(`${shape}.neg`, a), a);
    return x.lanes('v128.and', signed, x.lanes(`${shape}.ne`, b, zero));
  };

/** Sums of four distances each, of four bytes that the immediate chooses from eight places on: SDM Vol. 2B, MPSADBW. */
const slidingSums = (x: X, a: Val, b: Val, immediate: Val): Val => {
  const from = (field: Val, bytes: number): Val => x.mul(x.and(field, x.known(8, bytes)), x.known(8, 4));
  const at = (vector: Val, first: Val, step: number, more: number): Val => {
    const places = x.constant(
      8,
      Array.from({ length: 16 }, (_, index) => step * index + more),
    );
    return x.lanes('i8x16.swizzle', vector, x.lanes('i8x16.add', places, x.splat(first)));
  };
  const [firstOfA, firstOfB] = [from(x.shr(immediate, 2), 1), from(immediate, 3)];
  return [0, 1, 2, 3]
    .map((more) => distances(x, at(a, firstOfA, 1, more), at(b, firstOfB, 0, more)))
    .map((bytes) => x.lanes('i16x8.extend_low_i8x16_u', bytes))
    .reduce((so, words) => x.lanes('i16x8.add', so, words));
};

/** The least of eight words, and where the first of them is. */
const leastWord = (x: X, a: Val): Val => {
  const least = [4, 2, 1].reduce((so, by) => {
    const turned = Array.from({ length: 8 }, (_, at) => (at + by) % 8);
    return x.lanes('i16x8.min_u', so, x.shuffleLanes(16, so, so, turned));
  }, a);
  const places = x.lanes('i16x8.bitmask', x.lanes('i16x8.eq', a, least));
  const found = x.or(x.zext(x.extract(least, 16, 0), 32), x.shl(x.ctz(places), 16));
  return x.lowest(found);
};

export const integer: readonly Op[] = [
  ...direct.map(([name, encoding, operator]) => combining(name, row(encoding), plainly(operator))),
  combining('pmulhuw', row('0F E4'), highProducts('u')),
  combining('pmulhw', row('0F E5'), highProducts('s')),
  combining('pmuludq', row('0F F4'), evenProducts('u')),
  combining('psadbw', row('0F F6'), sumOfDistances),
  combining('phaddw', row('0F38 01'), neighbours(16, 'i16x8.add')),
  combining('phaddd', row('0F38 02'), neighbours(32, 'i32x4.add'), 'PHADDW'),
  combining('phaddsw', row('0F38 03'), neighbours(16, 'i16x8.add_sat_s')),
  combining('pmaddubsw', row('0F38 04'), mixedProducts),
  combining('phsubw', row('0F38 05'), neighbours(16, 'i16x8.sub')),
  combining('phsubd', row('0F38 06'), neighbours(32, 'i32x4.sub'), 'PHSUBW'),
  combining('phsubsw', row('0F38 07'), neighbours(16, 'i16x8.sub_sat_s')),
  combining('psignb', row('0F38 08'), withSign('i8x16')),
  combining('psignw', row('0F38 09'), withSign('i16x8'), 'PSIGNB'),
  combining('psignd', row('0F38 0A'), withSign('i32x4'), 'PSIGNB'),
  combining('pmulhrsw', row('0F38 0B'), roundedProducts),
  mapping('pabsb', row('0F38 1C'), (x, a) => x.lanes('i8x16.abs', a)),
  mapping('pabsw', row('0F38 1D'), (x, a) => x.lanes('i16x8.abs', a), 'PABSB'),
  mapping('pabsd', row('0F38 1E'), (x, a) => x.lanes('i32x4.abs', a), 'PABSB'),
  combining('pmuldq', row('0F38 28'), evenProducts('s')),
  combiningBy('mpsadbw', ['66 0F3A 42 /r ib | Vx, Wx, Ib'], slidingSums),
  mapping('phminposuw', row('0F38 41'), leastWord),
];
