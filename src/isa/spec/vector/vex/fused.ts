/** Products and sums that are rounded once: FMA; and halves of singles: F16C. */
import { FloatOp } from '../../../runtime/float.ts';
import { State } from '../../../runtime/state.ts';
import type { Val } from '../../../stage/index.ts';
import { needing, type Op, op } from '../../op.ts';
import type { X } from '../../vocabulary.ts';
import { exact, exactLanes, floats, type Quick, together, told } from '../exact.ts';
import { isSum } from '../lossless.ts';
import { page } from '../rows.ts';
import { anyDenormal, areNormal, type Shape, shapes } from '../shape.ts';
import { alike, halvesOf, setHalves } from './halves.ts';

/** What `FloatOp.fused` is added for a lane: 1 where the addend is subtracted, 2 where the product is negated. */
type SignsOf = (lane: number) => number;

/** Which operand is what: the digits of the mnemonic are the places of both factors and of the addend. */
const orders = { 132: [0, 2, 1], 213: [1, 0, 2], 231: [1, 2, 0] } as const;

const kinds: readonly (readonly [name: string, packed: number, scalar: number | undefined, signs: SignsOf])[] = [
  ['vfmaddsub', 6, undefined, (lane) => 1 - (lane & 1)],
  ['vfmsubadd', 7, undefined, (lane) => lane & 1],
  ['vfmadd', 8, 9, () => 0],
  ['vfmsub', 10, 11, () => 1],
  ['vfnmadd', 12, 13, () => 2],
  ['vfnmsub', 14, 15, () => 3],
];

/** Each lane exactly; where `count` is 1, values are bits of a scalar. */
const exactly = (x: X, { lane, count, format }: Shape, [a, b, c]: readonly [Val, Val, Val], signs: SignsOf): Val => {
  const operation = FloatOp.fused + format + signs(0);
  if (count !== 1) return exactLanes(x, operation | (signs(0) === signs(1) ? 0 : FloatOp.alternating), a, b, c);
  x.binding.writeState(State.third, x.zext(c, 64));
  return x.truncate(exact(x, operation, a, b), lane);
};

/** What a double that was rounded once has where a single lies as near to the one above as to the one below. */
const [below, tie] = [0x1fff_ffff, 0x1000_0000];

/** Of singles: a double holds each product, and a sum of doubles that is no tie between singles is rounded as if it had not been rounded before. */
const inDoubles = (x: X, [a, b, c]: readonly [Val, Val, Val], signs: SignsOf): Quick => {
  const { ps, pd } = shapes;
  const halves = [0, 1].map((half) => {
    const wide = (value: Val): Val => x.lanes('f64x2.promote_low_f32x4', half === 0 ? value : x.shuffleLanes(64, value, value, [1, 1]));
    const masks = (bit: number): Val =>
      x.constant(
        64,
        [0, 1].map((at) => ((signs(2 * half + at) & bit) !== 0 ? 1n << 63n : 0n)),
      );
    const product = x.lanes('v128.xor', x.lanes('f64x2.mul', wide(a), wide(b)), masks(2));
    const addend = x.lanes('v128.xor', wide(c), masks(1));
    return { product, addend, sum: x.lanes('f64x2.add', product, addend) };
  });
  const [low, high] = halves.map(({ sum }) => sum) as [Val, Val]; // There are two.
  const [first, second] = [low, high].map((half) => x.lanes('f32x4.demote_f64x2_zero', half)) as [Val, Val]; // As many.
  const r = x.shuffleLanes(64, first, second, [0, 2]);
  const isTie = (half: Val): Val => x.lanes('i64x2.eq', x.lanes('v128.and', half, x.splat(x.known(64, below))), x.splat(x.known(64, tie)));
  const ties = x.lanes('v128.any_true', x.lanes('v128.or', isTie(low), isTie(high)));
  const isUneventful = x.and(x.and(x.not(ties), x.not(anyDenormal(x, ps, a, b, c))), ps.every(x, areNormal(x, ps, r)));
  const isHalfLossless = (half: 0 | 1): Val => {
    const [{ product, addend, sum }, single] = [halves[half] as (typeof halves)[number], half === 0 ? first : second]; // As many.
    return pd.both(x, isSum(x, pd, product, addend, sum), pd.is(x, 'eq', x.lanes('f64x2.promote_low_f32x4', single), sum));
  };
  return [r, isUneventful, () => pd.every(x, pd.both(x, isHalfLossless(0), isHalfLossless(1)))];
};

const inDouble = (x: X, operands: readonly [Val, Val, Val], signs: SignsOf): Quick => {
  const { ss, sd } = shapes;
  const [a, b, c] = operands.map((value) => x.lanes('f64.promote_f32', x.float(value))) as [Val, Val, Val]; // As many.
  const signed = (value: Val, bit: number): Val => ((signs(0) & bit) !== 0 ? x.lanes('f64.neg', value) : value);
  const [product, addend] = [signed(x.lanes('f64.mul', a, b), 2), signed(c, 1)];
  const sum = x.lanes('f64.add', product, addend);
  const r = x.bits(x.lanes('f32.demote_f64', sum));
  const isTie = x.eq(x.and(x.bits(sum), x.known(64, below)), x.known(64, tie));
  const isLossless = (): Val =>
    x.and(isSum(x, sd, x.bits(product), x.bits(addend), x.bits(sum)), x.lanes('f64.eq', x.lanes('f64.promote_f32', x.float(r)), sum));
  return [r, x.and(x.not(isTie), x.and(areNormal(x, ss, r), x.not(anyDenormal(x, ss, ...operands)))), isLossless];
};

/** Doubles have nothing wider: each is told exactly. */
const fused = (x: X, shape: Shape, operands: readonly [Val, Val, Val], signs: SignsOf): Val => {
  const { lane, count } = shape;
  const each = (): Val => exactly(x, shape, operands, signs);
  if (lane === 64) return told(x, each);
  return floats(x, () => (count === 1 ? inDouble(x, operands, signs) : inDoubles(x, operands, signs)), each);
};

const chosen = <T>(order: readonly [number, number, number], all: readonly T[]): readonly [T, T, T] =>
  order.map((at) => all[at]) as unknown as [T, T, T];

const packed = (name: string, opcode: string, order: readonly [number, number, number], shape: Shape, signs: SignsOf): readonly Op[] =>
  (['L0', 'L1'] as const).map((length) => {
    const letter = length === 'L0' ? 'x' : 'qq';
    return op({
      ...{ name, sdm: page(name) },
      rows: [`VEX.${length}.66.0F38.${shape.lane === 32 ? 'W0' : 'W1'} ${opcode} /r | V${letter}, H${letter}, W${letter}`],
      run: (x, destination, ...sources) =>
        together(x, () => alike(destination, [destination, ...sources], (...all) => fused(x, shape, chosen(order, all), signs))),
    });
  });

/** The rest of the destination stays. */
const scalar = (name: string, opcode: string, order: readonly [number, number, number], shape: Shape, signs: SignsOf): Op => {
  const letter = shape.lane === 32 ? 'd' : 'q';
  return op({
    ...{ name, sdm: page(name) },
    rows: [`VEX.LIG.66.0F38.${shape.lane === 32 ? 'W0' : 'W1'} ${opcode} /r | Vdq, H${letter}, W${letter}`],
    run(x, destination, second, third) {
      const last = third.get();
      const whole = destination.get();
      const all = [x.extract(whole, shape.lane, 0), second.get(), last];
      destination.set(x.insert(whole, 0, fused(x, shape, chosen(order, all), signs)));
    },
  });
};

export const fma: readonly Op[] = needing(
  'fma',
  ...Object.entries(orders).flatMap(([digits, order], at) =>
    kinds.flatMap(([kind, low, lowScalar, signs]) => {
      const opcode = (digit: number): string => (0x90 + 0x10 * at + digit).toString(16).toUpperCase();
      const { ps, pd, ss, sd } = shapes;
      return [
        ...packed(`${kind}${digits}ps`, opcode(low), order, ps, signs),
        ...packed(`${kind}${digits}pd`, opcode(low), order, pd, signs),
        ...(lowScalar === undefined
          ? []
          : [
              scalar(`${kind}${digits}ss`, opcode(lowScalar), order, ss, signs),
              scalar(`${kind}${digits}sd`, opcode(lowScalar), order, sd, signs),
            ]),
      ];
    }),
  ),
);

/** Four of half a vector's lanes, of `from` bits, each told exactly. */
const converted = (x: X, source: Val, [from, to]: readonly [16 | 32, 16 | 32], make: (lane: Val) => Val): Val =>
  told(x, () =>
    Array.from({ length: 4 }, (_, at) => x.truncate(make(x.extract(source, from, at)), to)).reduce(
      (so, value, at) => x.insert(so, at, value),
      x.known(128, 0),
    ),
  );

const fromHalves = (x: X, source: Val): Val => converted(x, source, [16, 32], (lane) => exact(x, FloatOp.fromHalf, lane));
const toHalves = (x: X, source: Val, how: Val): Val => converted(x, source, [32, 16], (lane) => exact(x, FloatOp.toHalf, lane, how));

const vcvtph2ps = (['L0', 'L1'] as const).map((length) =>
  op({
    ...{ name: 'vcvtph2ps', sdm: page('VCVTPH2PS') },
    rows: [`VEX.${length}.66.0F38.W0 13 /r | ${length === 'L0' ? 'Vx, Wq' : 'Vqq, Wdq'}`],
    run(x, destination, source) {
      const value = source.get();
      const whole = value.w === 128 ? value : x.lowest(value);
      together(x, () =>
        setHalves(
          destination,
          length === 'L0' ? [fromHalves(x, whole)] : [fromHalves(x, whole), fromHalves(x, x.shuffleLanes(64, whole, whole, [1, 1]))],
        ),
      );
    },
  }),
);

const vcvtps2ph = (['L0', 'L1'] as const).map((length) =>
  op({
    ...{ name: 'vcvtps2ph', sdm: page('VCVTPS2PH') },
    rows:
      length === 'L0'
        ? ['VEX.L0.66.0F3A.W0 1D /r ib | Mq, Vx, Ib', 'VEX.L0.66.0F3A.W0 1D /r ib | Udq, Vx, Ib']
        : ['VEX.L1.66.0F3A.W0 1D /r ib | Wdq, Vqq, Ib'],
    run(x, destination, source, immediate) {
      const how = immediate.get();
      // Nothing is told of exceptions where it can't be written.
      if (x.isMemory) x.probe('named', destination.address(), destination.w / 8);
      const write = (made: readonly Val[]): void => {
        const [low, high] = made as [Val, Val | undefined]; // There is one at least.
        const whole = high === undefined ? low : x.shuffleLanes(64, low, high, [0, 2]);
        destination.set(destination.w === 64 ? x.extract(whole, 64, 0) : whole);
      };
      let made: readonly Val[] = [];
      together(x, () => {
        made = halvesOf(source).map((half) => toHalves(x, half, how));
      });
      write(made);
    },
  }),
);

export const f16c: readonly Op[] = needing('f16c', ...vcvtph2ps, ...vcvtps2ph);
