/** Legacy instructions that VEX has in another way: other operands, more predicates, a register for a mask. */
import type { Val } from '../../../stage/index.ts';
import { type Op, type Operand, op } from '../../op.ts';
import type { X } from '../../vocabulary.ts';
import { comparingByFive } from '../compare.ts';
import { together } from '../exact.ts';
import { dotProducts } from '../float.ts';
import { page } from '../rows.ts';
import { shapes } from '../shape.ts';
import { extracted, inserted } from '../shuffle.ts';
import { alike, halvesOf, setHalves } from './halves.ts';

const letters = { L0: 'x', L1: 'qq' } as const;

/** The lowest lane alone: what comes from memory has nothing above, what comes from a register has the first source there. */
const movingLowest = (name: string, prefix: string, letter: 'd' | 'q'): readonly Op[] => [
  op({
    ...{ name, sdm: page(name.slice(1)), rows: [`VEX.LIG.${prefix}.0F.WIG 10 /r | Vdq, M${letter}`] },
    run: (x, destination, source) => destination.set(x.lowest(source.get())),
  }),
  op({
    ...{ name, sdm: page(name.slice(1)), rows: [`VEX.LIG.${prefix}.0F.WIG 11 /r | M${letter}, V${letter}`] },
    run: (_x, destination, source) => destination.set(source.get()),
  }),
  op({
    ...{ name, sdm: page(name.slice(1)) },
    rows: [`VEX.LIG.${prefix}.0F.WIG 10 /r | Vdq, Hdq, U${letter}`, `VEX.L0.${prefix}.0F.WIG 11 /r | Udq, Hdq, V${letter}`],
    run: (x, destination, first, second) => destination.set(x.insert(first.get(), 0, second.get())),
  }),
  // The same: binutils calls its destination by the vector's length.
  op({
    ...{ name, sdm: page(name.slice(1)), rows: [`VEX.L1.${prefix}.0F.WIG 11 /r | Uqq, Hdq, V${letter}`] },
    run: (x, destination, first, second) => setHalves(destination, [x.insert(first.get(), 0, second.get()), x.known(128, 0)]),
  }),
];

const movingLow = (name: string, prefix: string): readonly Op[] => [
  op({
    ...{ name, sdm: page(name.slice(1)), rows: [`VEX.L0.${prefix}.0F.WIG 12 /r | Vdq, Hdq, Mq`] },
    run: (x, destination, first, second) => destination.set(x.insert(first.get(), 0, second.get())),
  }),
  op({
    ...{ name, sdm: page(name.slice(1)), rows: [`VEX.L0.${prefix}.0F.WIG 13 /r | Mq, Vq`] },
    run: (_x, destination, source) => destination.set(source.get()),
  }),
];

/** Highest bits of all lanes, the lowest lane's first. In 64-bit mode W makes no difference but in the name of the register. */
const maskOf = (name: string, row: string, operator: string, lanes: number): readonly Op[] =>
  (['L0', 'L1'] as const).map((length) =>
    op({
      ...{ name, sdm: page(name.slice(1)) },
      rows: ['W0 | Gd', 'W1 | Gq | o64', 'W1 | Gd | i64'].map((one) => {
        const [w, destination, attribute] = one.split(' | ');
        const [prefixes, opcode] = row.split(' ');
        return `VEX.${length}.${prefixes}.${w} ${opcode} /r | ${destination}, U${letters[length]}${attribute === undefined ? '' : ` | ${attribute}`}`;
      }),
      run: (x, destination, source) =>
        destination.set(
          x.zext(
            halvesOf(source)
              .map((half, at) => x.shl(x.zext(x.lanes(operator, half), 32), at * lanes))
              .reduce((so, bits) => x.or(so, bits)),
            destination.w,
          ),
        ),
    }),
  );

type Question = (x: X, a: Val, b: Val) => Val;

/** ZF: they share no bit that counts; CF: the first has all that count of the second's. */
const testing = (name: string, row: string, counting: Question): readonly Op[] =>
  (['L0', 'L1'] as const).map((length) =>
    op({
      ...{
        name,
        sdm: page(name === 'vptest' ? 'PTEST' : 'VTESTPD'),
        rows: [`VEX.${length}.66.0F38.${row} /r | V${letters[length]}, W${letters[length]}`],
      },
      run(x, first, second) {
        const [sources, own] = [halvesOf(second), halvesOf(first)];
        const some = (make: Question): Val =>
          sources.map((b, at) => counting(x, b, make(x, own[at] ?? b, b))).reduce((so, half) => x.or(so, half));
        const zero = (): Val => x.known(1, 0);
        x.flags({
          ...{ o: zero, s: zero, a: zero, p: zero },
          z: () => x.not(some((_x, a, b) => x.lanes('v128.and', a, b))),
          c: () => x.not(some((_x, a, b) => x.lanes('v128.andnot', b, a))),
        });
      },
    }),
  );

const anyBit: Question = (x, _a, made) => x.lanes('v128.any_true', made);
const anySign =
  (operator: string): Question =>
  (x, _a, made) =>
    x.nez(x.lanes(operator, made));

/** By the signs of the lanes of a fourth operand. */
const blending = (name: string, opcode: string, w: 8 | 32 | 64): readonly Op[] =>
  (['L0', 'L1'] as const).map((length) => {
    const letter = letters[length];
    return op({
      ...{
        name,
        sdm: page(name.slice(1)),
        rows: [`VEX.${length}.66.0F3A.W0 ${opcode} /r is4 | V${letter}, H${letter}, W${letter}, L${length === 'L0' ? 'dq' : 'qq'}`],
      },
      run: (x, destination, ...sources) =>
        alike(destination, sources, (a, b, mask) =>
          x.lanes('v128.bitselect', b, a, x.lanes(`i${w}x${128 / w}.shr_s`, mask, x.known(32, w - 1))),
        ),
    });
  });

const immediateOf = (operand: Operand): Val => operand.get();

/** Of 64 bits only in 64-bit mode, where W says so. */
const lanes: readonly Op[] = (['d', 'q'] as const).flatMap((letter) => {
  const [w, attributes] = letter === 'd' ? ['W0', ''] : ['W1', ' | o64'];
  return [
    op({
      ...{ name: `vpextr${letter}`, sdm: page('PEXTRB'), rows: [`VEX.L0.66.0F3A.${w} 16 /r ib | E${letter}, Vdq, Ib${attributes}`] },
      run: (x, destination, source, which) => destination.set(extracted(x, source.get(), destination.w, immediateOf(which))),
    }),
    op({
      ...{ name: `vpinsr${letter}`, sdm: page('PINSRB'), rows: [`VEX.L0.66.0F3A.${w} 22 /r ib | Vdq, Hdq, E${letter}, Ib${attributes}`] },
      run(x, destination, first, second, which) {
        const b = second.get();
        destination.set(inserted(x, first.get(), b, b.w, immediateOf(which)));
      },
    }),
  ];
});

const dotProduct: readonly Op[] = (['L0', 'L1'] as const).map((length) => {
  const letter = letters[length];
  return op({
    ...{ name: 'vdpps', sdm: page('DPPS'), rows: [`VEX.${length}.66.0F3A.WIG 40 /r ib | V${letter}, H${letter}, W${letter}, Ib`] },
    run(x, destination, first, second, immediate) {
      const bs = halvesOf(second);
      const step = (make: () => readonly Val[]): readonly Val[] => {
        let made: readonly Val[] = [];
        together(x, () => {
          made = make();
        });
        return made;
      };
      setHalves(destination, dotProducts(x, shapes.ps, [halvesOf(first), bs], immediate.get(), step));
    },
  });
});

export const apart = {
  float: dotProduct,
  move: [
    ...movingLowest('vmovss', 'F3', 'd'),
    ...movingLowest('vmovsd', 'F2', 'q'),
    ...movingLow('vmovlps', 'NP'),
    ...movingLow('vmovlpd', '66'),
    ...maskOf('vmovmskps', 'NP.0F 50', 'i32x4.bitmask', 4),
    ...maskOf('vmovmskpd', '66.0F 50', 'i64x2.bitmask', 2),
    ...maskOf('vpmovmskb', '66.0F D7', 'i8x16.bitmask', 16),
  ],
  logic: [
    ...testing('vtestps', 'W0 0E', anySign('i32x4.bitmask')),
    ...testing('vtestpd', 'W0 0F', anySign('i64x2.bitmask')),
    ...testing('vptest', 'WIG 17', anyBit),
  ],
  shuffle: [...blending('vblendvps', '4A', 32), ...blending('vblendvpd', '4B', 64), ...blending('vpblendvb', '4C', 8), ...lanes],
  compare: [
    ...comparingByFive('vcmpps', 'NP', shapes.ps),
    ...comparingByFive('vcmppd', '66', shapes.pd),
    ...comparingByFive('vcmpss', 'F3', shapes.ss),
    ...comparingByFive('vcmpsd', 'F2', shapes.sd),
  ],
} as const satisfies Record<string, readonly Op[]>;
