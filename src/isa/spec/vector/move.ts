/** Moves of vectors and parts of them. What a wider destination gets beyond the source is 0. */
import { Mxcsr } from '../../runtime/state.ts';
import type { Val } from '../../stage/index.ts';
import { type Op, op } from '../op.ts';
import type { X } from '../vocabulary.ts';
import { choose, combining, mapping, page } from './rows.ts';

const fitted = (x: X, value: Val, w: number): Val => (w === 128 ? x.lowest(value) : x.zext(value, w));

const moving = (name: Op['name'], page1: string, rows: readonly string[]): Op =>
  op({
    ...{ name, sdm: page(page1), rows },
    run(x, destination, source) {
      destination.set(fitted(x, source.get(), destination.w));
    },
  });

const bothWays = (prefix: string, load: number, store: number, attributes: string): readonly string[] =>
  [load, store].map(
    (opcode, at) => `${prefix} 0F ${opcode.toString(16).toUpperCase()} /r | ${at === 0 ? 'Vx, Wx' : 'Wx, Vx'} | ${attributes}`,
  );

const scalar = (prefix: string, letter: string): readonly string[] => [
  `${prefix} 0F 10 /r | Vdq, M${letter}`,
  `${prefix} 0F 10 /r | V${letter}, U${letter}`,
  `${prefix} 0F 11 /r | M${letter}, V${letter}`,
  `${prefix} 0F 11 /r | U${letter}, V${letter}`,
];

const low = (prefix: string): readonly string[] => [`${prefix} 0F 12 /r | Vq, Mq`, `${prefix} 0F 13 /r | Mq, Vq`];

const byWidth =
  (narrow: string, wide: string) =>
  (_form: unknown, size: number): string =>
    size === 64 ? wide : narrow;

/** Into or out of the upper half. */
const movingHigh = (name: string, prefix: string): readonly Op[] => [
  combining(name, [`${prefix} 0F 16 /r | Vdq, Mq`], (x, a, b) => x.insert(a, 1, b)),
  mapping(name, [`${prefix} 0F 17 /r | Mq, Vdq`], (x, source) => x.extract(source, 64, 1)),
];

const maskOf = (name: string, row: string, operator: string): Op =>
  mapping(name, [row], (x, source) => x.zext(x.lanes(operator, source), 32));

const duplicating = (name: string, row: string, w: number, lanes: readonly number[]): Op =>
  mapping(name, [row], (x, source) => x.shuffleLanes(w, x.lowest(source), x.lowest(source), lanes));

export const ldmxcsr = op({
  name: 'ldmxcsr',
  sdm: page('LDMXCSR'),
  rows: ['NP 0F AE /2 | Md'],
  run(x, source) {
    const value = source.get();
    x.require(x.ltu(value, x.known(32, 0x1_0000)), 'gp');
    x.mxcsr = value;
  },
});

export const stmxcsr = op({
  name: 'stmxcsr',
  sdm: page('STMXCSR'),
  rows: ['NP 0F AE /3 | Md'],
  run(x, destination) {
    destination.set(x.and(x.mxcsr, x.known(32, Mxcsr.control | Mxcsr.flags)));
  },
});

/** Bytes whose mask has its highest bit set go to memory; all of them may have to be writable. */
export const maskmovdqu = op({
  name: 'maskmovdqu',
  sdm: page('MASKMOVDQU'),
  rows: ['66 0F F7 /r | Vdq, Udq'],
  run(x, source, mask) {
    const isStored = x.lanes('i8x16.shr_s', mask.get(), x.known(32, 7));
    const bytes = source.get();
    x.rewrite('named', x.register('di', x.addressSize).get(), 128, (old) => choose(x, isStored, bytes, old));
  },
});

export const move: readonly Op[] = [
  moving('movups', 'MOVUPS', bothWays('NP', 0x10, 0x11, 'u')),
  moving('movupd', 'MOVUPD', bothWays('66', 0x10, 0x11, 'u')),
  moving('movss', 'MOVSS', scalar('F3', 'd')),
  moving('movsd', 'MOVSD', scalar('F2', 'q')),
  moving('movlps', 'MOVLPS', low('NP')),
  moving('movlpd', 'MOVLPD', low('66')),
  combining('movhlps', ['NP 0F 12 /r | Vdq, Udq'], (x, a, b) => x.shuffleLanes(64, a, b, [3, 1])),
  combining('movlhps', ['NP 0F 16 /r | Vdq, Udq'], (x, a, b) => x.shuffleLanes(64, a, b, [0, 2])),
  ...movingHigh('movhps', 'NP'),
  ...movingHigh('movhpd', '66'),
  duplicating('movsldup', 'F3 0F 12 /r | Vx, Wx', 32, [0, 0, 2, 2]),
  duplicating('movddup', 'F2 0F 12 /r | Vdq, Wq', 64, [0, 0]),
  duplicating('movshdup', 'F3 0F 16 /r | Vx, Wx', 32, [1, 1, 3, 3]),
  moving('movaps', 'MOVAPS', bothWays('NP', 0x28, 0x29, '')),
  moving('movapd', 'MOVAPD', bothWays('66', 0x28, 0x29, '')),
  moving('movntps', 'MOVNTPS', ['NP 0F 2B /r | Mx, Vx']),
  moving('movntpd', 'MOVNTPD', ['66 0F 2B /r | Mx, Vx']),
  maskOf('movmskps', 'NP 0F 50 /r | Gd, Ux', 'i32x4.bitmask'),
  maskOf('movmskpd', '66 0F 50 /r | Gd, Ux', 'i64x2.bitmask'),
  moving(byWidth('movd', 'movq'), 'MOVD', ['66 0F 6E /r | Vdq, Ey', '66 0F 7E /r | Ey, Vy']),
  moving('movdqa', 'MOVDQA', bothWays('66', 0x6f, 0x7f, '')),
  moving('movdqu', 'MOVDQU', bothWays('F3', 0x6f, 0x7f, 'u')),
  moving('movq', 'MOVQ', ['F3 0F 7E /r | Vdq, Wq', '66 0F D6 /r | Mq, Vq', '66 0F D6 /r | Udq, Vq']),
  ldmxcsr,
  stmxcsr,
  moving('movnti', 'MOVNTI', ['NP 0F C3 /r | My, Gy']),
  maskOf('pmovmskb', '66 0F D7 /r | Gd, Ux', 'i8x16.bitmask'),
  moving('movntdq', 'MOVNTDQ', ['66 0F E7 /r | Mx, Vx']),
  moving('lddqu', 'LDDQU', ['F2 0F F0 /r | Vx, Mx | u']),
  maskmovdqu,
  moving('movntdqa', 'MOVNTDQA', ['66 0F38 2A /r | Vx, Mx']),
];
