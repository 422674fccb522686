/** Lanes at other places: interleaved, packed, permuted, blended, inserted, extracted, widened. */
import type { Val } from '../../stage/index.ts';
import type { Op } from '../op.ts';
import type { X } from '../vocabulary.ts';
import { choose, combining, combiningBy, lanesWithBit, type Make, mapping, numbers, plainly, row } from './rows.ts';

/** Lanes of a and b by turns, from the lower or upper half. */
const interleaved =
  (w: number, half: 'low' | 'high'): Make =>
  (x, a, b) => {
    const count = 128 / w;
    const first = half === 'low' ? 0 : count / 2;
    const lanes = Array.from({ length: count }, (_, at) => first + (at >> 1) + (at & 1) * count);
    return x.shuffleLanes(w, a, b, lanes);
  };

/** Bytes that make lane after lane what four fields of two bits of an immediate say; lanes of 16 or 32 bits. */
const fieldsOf = (x: X, w: 16 | 32, immediate: Val): Val => {
  const shape = `i${w}x${128 / w}`;
  const lanes = (values: readonly number[]): Val => x.constant(w, w === 32 ? values : [...values, ...values]);
  const spread = x.lanes(`${shape}.mul`, x.splat(x.zext(immediate, w)), lanes([64, 16, 4, 1]));
  const fields = x.lanes('v128.and', x.lanes(`${shape}.shr_u`, spread, x.known(32, 6)), lanes([3, 3, 3, 3]));
  const [each, from] = w === 32 ? [0x0404_0404, 0x0302_0100] : [0x0202, 0x0100];
  return x.lanes(`${shape}.add`, x.lanes(`${shape}.mul`, fields, lanes([each, each, each, each])), lanes([from, from, from, from]));
};

const permuted = (x: X, a: Val, bytes: Val): Val => x.lanes('i8x16.swizzle', a, bytes);

/** One half's words permuted, the other as it was. */
const permutedHalf =
  (half: 'low' | 'high') =>
  (x: X, _a: Val, b: Val, immediate: Val): Val => {
    const fields = fieldsOf(x, 16, immediate);
    const bytes =
      half === 'low'
        ? x.shuffleLanes(64, fields, numbers(x, 8), [0, 3])
        : x.shuffleLanes(64, numbers(x, 8), x.lanes('i8x16.add', fields, x.splat(x.known(8, 8))), [0, 3]);
    return permuted(x, b, bytes);
  };

const shufps = (x: X, a: Val, b: Val, immediate: Val): Val => {
  const bytes = fieldsOf(x, 32, immediate);
  return x.shuffleLanes(64, permuted(x, a, bytes), permuted(x, b, bytes), [0, 3]);
};

const shufpd = (x: X, a: Val, b: Val, immediate: Val): Val =>
  choose(x, lanesWithBit(x, 64, immediate), x.shuffleLanes(64, a, b, [1, 3]), x.shuffleLanes(64, a, b, [0, 2]));

const blended =
  (w: number) =>
  (x: X, a: Val, b: Val, immediate: Val): Val =>
    choose(x, lanesWithBit(x, w, immediate), b, a);

/** By the signs of the lanes of XMM0. */
const blending = (name: string, encoding: string, w: number): Op =>
  combiningBy(name, [`66 ${encoding} /r | Vdq, Wdq, XMM0`], (x, a, b, mask) =>
    choose(x, x.lanes(`i${w}x${128 / w}.shr_s`, mask, x.known(32, w - 1)), b, a),
  );

/** The second below the first, and 16 bytes of both from a byte on. */
const aligned = (x: X, a: Val, b: Val, immediate: Val): Val => {
  const from = x.lanes('i8x16.add_sat_u', numbers(x, 8), x.splat(immediate));
  const above = x.lanes('i8x16.sub', from, x.splat(x.known(8, 16)));
  return x.lanes('v128.or', permuted(x, b, from), permuted(x, a, above));
};

/** The lane that an immediate names becomes the lowest bits of a source. */
export const inserted = (x: X, a: Val, source: Val, w: number, immediate: Val): Val => {
  const place = x.splat(x.zext(x.and(immediate, x.known(8, 128 / w - 1)), w));
  const mask = x.lanes(`i${w}x${128 / w}.eq`, numbers(x, w), place);
  return choose(x, mask, x.splat(x.zext(source, w)), a);
};

const inserting = (name: Op['name'], rows: readonly string[], w?: number, pageName = String(name)): Op =>
  combiningBy(name, rows, (x, a, b, immediate) => inserted(x, a, b, w ?? b.w, immediate), pageName);

export const extracted = (x: X, source: Val, w: number, immediate: Val): Val => {
  const bytes = x.mul(x.and(immediate, x.known(8, 128 / w - 1)), x.known(8, w / 8));
  return x.extract(permuted(x, source, x.lanes('i8x16.add', numbers(x, 8), x.splat(bytes))), w, 0);
};

/** What is extracted is as wide as memory is, and extended with zeros to a register. */
const extracting = (name: Op['name'], pageName: string, rows: readonly string[], w?: number): Op => ({
  ...{ name, sdm: `Vol. 2B, ${pageName}`, rows },
  run(x, destination, source, immediate) {
    const lane = extracted(x, source.get(), w ?? destination.w, immediate.get());
    destination.set(x.zext(lane, destination.w));
  },
});

/** SDM Vol. 2A, INSERTPS: bits 6 and 7 of the immediate name a lane of the source, 4 and 5 where it goes, 0 to 3 what becomes 0. */
const insertps = (x: X, a: Val, lane: Val, immediate: Val): Val => {
  const all = inserted(x, a, lane, 32, x.shr(immediate, 4));
  return x.lanes('v128.andnot', all, lanesWithBit(x, 32, immediate));
};

/** The lower lanes, twice as wide or more. */
const widening = (sign: 's' | 'u'): readonly Op[] => {
  const [letter, base] = sign === 's' ? ['s', 0x20] : ['z', 0x30];
  const steps = [
    ['bw', 'q', [8]],
    ['bd', 'd', [8, 16]],
    ['bq', 'w', [8, 16, 32]],
    ['wd', 'q', [16]],
    ['wq', 'd', [16, 32]],
    ['dq', 'q', [32]],
  ] as const;
  return steps.map(([name, source, widths], at) =>
    mapping(
      `pmov${letter}x${name}`,
      [`66 0F38 ${(base + at).toString(16)} /r | Vdq, W${source}`],
      (x, value) => widths.reduce((so: Val, w) => x.lanes(`i${2 * w}x${64 / w}.extend_low_i${w}x${128 / w}_${sign}`, so), x.lowest(value)),
      `PMOV${letter.toUpperCase()}X`,
    ),
  );
};

const byWidth =
  (narrow: string, wide: string) =>
  (_form: unknown, size: number): string =>
    size === 64 ? wide : narrow;

const floats = (name: string, opcode: string, make: (w: 32 | 64) => Make): readonly Op[] => [
  combining(`${name}ps`, [`NP 0F ${opcode} /r | Vx, Wx`], make(32)),
  combining(`${name}pd`, [`66 0F ${opcode} /r | Vx, Wx`], make(64)),
];

export const shuffle: readonly Op[] = [
  ...floats('unpckl', '14', (w) => interleaved(w, 'low')),
  ...floats('unpckh', '15', (w) => interleaved(w, 'high')),
  combining('punpcklbw', row('0F 60'), interleaved(8, 'low')),
  combining('punpcklwd', row('0F 61'), interleaved(16, 'low'), 'PUNPCKLBW'),
  combining('punpckldq', row('0F 62'), interleaved(32, 'low'), 'PUNPCKLBW'),
  combining('packsswb', row('0F 63'), plainly('i8x16.narrow_i16x8_s')),
  combining('packuswb', row('0F 67'), plainly('i8x16.narrow_i16x8_u')),
  combining('punpckhbw', row('0F 68'), interleaved(8, 'high')),
  combining('punpckhwd', row('0F 69'), interleaved(16, 'high'), 'PUNPCKHBW'),
  combining('punpckhdq', row('0F 6A'), interleaved(32, 'high'), 'PUNPCKHBW'),
  combining('packssdw', row('0F 6B'), plainly('i16x8.narrow_i32x4_s'), 'PACKSSWB'),
  combining('punpcklqdq', row('0F 6C'), interleaved(64, 'low'), 'PUNPCKLBW'),
  combining('punpckhqdq', row('0F 6D'), interleaved(64, 'high'), 'PUNPCKHBW'),
  combiningBy('pshufd', ['66 0F 70 /r ib | Vx, Wx, Ib'], (x, _a, b, immediate) => permuted(x, b, fieldsOf(x, 32, immediate))),
  combiningBy('pshufhw', ['F3 0F 70 /r ib | Vx, Wx, Ib'], permutedHalf('high')),
  combiningBy('pshuflw', ['F2 0F 70 /r ib | Vx, Wx, Ib'], permutedHalf('low')),
  inserting('pinsrw', ['66 0F C4 /r ib | Vdq, Mw, Ib', '66 0F C4 /r ib | Vdq, Rd, Ib'], 16),
  extracting('pextrw', 'PEXTRW', ['66 0F C5 /r ib | Gd, Udq, Ib', '66 0F3A 15 /r ib | Mw, Vdq, Ib', '66 0F3A 15 /r ib | Rd, Vdq, Ib'], 16),
  combiningBy('shufps', ['NP 0F C6 /r ib | Vx, Wx, Ib'], shufps),
  combiningBy('shufpd', ['66 0F C6 /r ib | Vx, Wx, Ib'], shufpd),
  combining('pshufb', row('0F38 00'), (x, a, b) => permuted(x, a, x.lanes('v128.and', b, x.splat(x.known(8, 0x8f))))),
  blending('pblendvb', '0F38 10', 8),
  blending('blendvps', '0F38 14', 32),
  blending('blendvpd', '0F38 15', 64),
  ...widening('s'),
  combining('packusdw', row('0F38 2B'), plainly('i16x8.narrow_i32x4_u')),
  ...widening('u'),
  combiningBy('blendps', ['66 0F3A 0C /r ib | Vx, Wx, Ib'], blended(32)),
  combiningBy('blendpd', ['66 0F3A 0D /r ib | Vx, Wx, Ib'], blended(64)),
  combiningBy('pblendw', ['66 0F3A 0E /r ib | Vx, Wx, Ib'], blended(16)),
  combiningBy('palignr', ['66 0F3A 0F /r ib | Vx, Wx, Ib'], aligned),
  extracting('pextrb', 'PEXTRB', ['66 0F3A 14 /r ib | Mb, Vdq, Ib', '66 0F3A 14 /r ib | Rd, Vdq, Ib'], 8),
  extracting(byWidth('pextrd', 'pextrq'), 'PEXTRB', ['66 0F3A 16 /r ib | Ey, Vdq, Ib']),
  extracting('extractps', 'EXTRACTPS', ['66 0F3A 17 /r ib | Ed, Vdq, Ib']),
  inserting('pinsrb', ['66 0F3A 20 /r ib | Vdq, Mb, Ib', '66 0F3A 20 /r ib | Vdq, Rd, Ib'], 8),
  combiningBy('insertps', ['66 0F3A 21 /r ib | Vdq, Md, Ib'], insertps),
  combiningBy('insertps', ['66 0F3A 21 /r ib | Vdq, Udq, Ib'], (x, a, b, immediate) =>
    insertps(x, a, extracted(x, b, 32, x.shr(immediate, 6)), immediate),
  ),
  inserting(byWidth('pinsrd', 'pinsrq'), ['66 0F3A 22 /r ib | Vdq, Ey, Ib'], undefined, 'PINSRB'),
];
