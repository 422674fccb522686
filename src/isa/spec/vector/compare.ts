/** Comparisons of floating-point numbers. */
import { FloatOp } from '../../runtime/float.ts';
import type { Val } from '../../stage/index.ts';
import { type Op, op } from '../op.ts';
import type { X } from '../vocabulary.ts';
import { exact, floats, together } from './exact.ts';
import { page, threeOf } from './rows.ts';
import { areQuiet, everyLane, lowestOf, Magnitude, put, type Shape, shapes } from './shape.ts';
import { alike } from './vex/halves.ts';

/**
 * For each predicate, the relations (runtime/float.ts) that hold it: EQ, LT, LE, UNORD, and their opposites; what VEX has beyond are the same with the other answer to
 * NaNs. SDM Vol. 2A, CMPPD, table 3-1.
 */
const holding = 0x7ced_8312;
const holdingBeyond = 0xf465_0b9a;

/** Predicates that signal quiet NaNs: LT, LE and their opposites. Of 16 and more, the others do. */
const signalling = 0b0110_0110;

/** All ones in a lane where the predicate holds. */
const compared = (x: X, shape: Shape, a: Val, b: Val, predicate: Val): Val => {
  const opposite = x.bit(predicate, 2);
  const [low, high] = [x.bit(predicate, 0), x.bit(predicate, 1)];
  return floats(
    x,
    () => {
      const is = (relation: string): Val => shape.is(x, relation, a, b);
      // Numbers are ordered: of NaNs, it is told exactly.
      const unordered = shape.both(x, is('ne'), is('eq'));
      const claim = x.select(high, x.select(low, unordered, is('le')), x.select(low, is('lt'), is('eq')));
      return [shape.invertedIf(x, opposite, claim), areQuiet(x, shape, a, b)];
    },
    () => {
      const three = x.zext(x.and(predicate, x.known(8, 7)), 32);
      const held = x.shr(x.known(32, holding), x.shl(three, 2));
      return told(x, shape, [a, b], held, signals(x, three));
    },
  );
};

/** Whether it signals quiet NaNs: 0 or 1. */
const signals = (x: X, three: Val): Val => x.and(x.shr(x.known(32, signalling), three), x.known(32, 1));

/** Lane by lane: relations that hold it are in the low 4 bits. */
const told = (x: X, shape: Shape, [a, b]: readonly [Val, Val], held: Val, isSignalling: Val): Val => {
  const operation = x.add(x.known(32, FloatOp.compare + shape.format), isSignalling);
  const isHeld = (p = a, q = b): Val => x.nez(x.and(x.and(x.truncate(exact(x, operation, p, q), 32), held), x.known(32, 15)));
  return everyLane(x, shape, (p, q) => x.sext(isHeld(p, q), shape.lane), a, b);
};

/** By one of the 32 predicates that VEX has. */
const comparedByFive = (x: X, shape: Shape, a: Val, b: Val, predicate: Val): Val => {
  const number = x.zext(predicate, 32);
  const three = x.and(number, x.known(32, 7));
  const held = x.shr(x.select(x.bit(predicate, 3), x.known(32, holdingBeyond), x.known(32, holding)), x.shl(three, 2));
  return floats(
    x,
    () => {
      const claims = ['lt', 'eq', 'gt'].map((relation, at) => {
        const counts = x.bit(held, at);
        return shape.both(x, shape.is(x, relation, a, b), shape.count === 1 ? counts : x.splat(x.sext(counts, 32)));
      });
      const claim = claims.reduce((so, one) => shape.either(x, so, one));
      return [shape.invertedIf(x, x.known(1, 0), claim), areQuiet(x, shape, a, b)];
    },
    () => told(x, shape, [a, b], held, x.xor(signals(x, three), x.and(x.shr(number, 4), x.known(32, 1)))),
  );
};

export const comparingByFive = (name: string, prefix: string, shape: Shape): readonly Op[] => {
  const encoding = (length: string): string => `VEX.${length}.${prefix}.0F.WIG C2 /r ib`;
  const facts = { name, sdm: page(name.slice(1)) };
  if (shape.count === 1) {
    const [, source = ''] = shape.operands.split(', ');
    return [
      op({
        ...{ ...facts, rows: [`${encoding('LIG')} | Vdq, Hdq, ${source}, Ib`] },
        run(x, destination, first, second, which) {
          const b = second.get();
          put(x, shape, destination, first, comparedByFive(x, shape, lowestOf(x, shape, first), b, which.get()));
        },
      }),
    ];
  }
  return [
    ['L0', 'x'],
    ['L1', 'qq'],
  ].map(([length = '', letter = '']) =>
    op({
      ...{ ...facts, rows: [`${encoding(length)} | V${letter}, H${letter}, W${letter}, Ib`] },
      run(x, destination, first, second, which) {
        const predicate = which.get();
        together(x, () => alike(destination, [first, second], (a, b) => comparedByFive(x, shape, a, b, predicate)));
      },
    }),
  );
};

const comparing = (name: string, prefix: string, shape: Shape): Op =>
  op({
    ...{ name, sdm: page(name) },
    rows: [`${prefix} 0F C2 /r ib | ${shape.operands}, Ib`],
    run(x, ...operands) {
      const [destination, first, second] = threeOf(operands.slice(0, -1));
      const b = second.get();
      const predicate = operands.at(-1)?.get() ?? x.known(8, 0);
      put(x, shape, destination, first, compared(x, shape, lowestOf(x, shape, first), b, predicate));
    },
  });

/** ZF, PF and CF say how they are; the others are clear. */
const ordering = (name: string, prefix: string, opcode: string, shape: Shape, operation: number): Op =>
  op({
    ...{ name, sdm: page(name) },
    rows: [`${prefix} 0F ${opcode} /r | ${shape.operands}`],
    run(x, first, second) {
      const b = second.get();
      const a = first.get();
      const relation = floats(
        x,
        () => {
          const is = (what: string): Val => x.zext(shape.is(x, what, a, b), 32);
          return [x.or(is('lt'), x.shl(is('eq'), 1)), [a, b].map((one) => () => new Magnitude(x, shape.lane, one).isQuiet)];
        },
        () => x.truncate(exact(x, operation + shape.format, a, b), 32),
      );
      const clear = (): Val => x.known(1, 0);
      const any = (mask: number) => (): Val => x.nez(x.and(relation, x.known(32, mask)));
      x.flags({ ...{ o: clear, s: clear, a: clear }, z: any(2 | 8), p: any(8), c: any(1 | 8) });
    },
  });

const { ps, pd, ss, sd } = shapes;

export const compare: readonly Op[] = [
  ordering('ucomiss', 'NP', '2E', ss, FloatOp.compare),
  ordering('ucomisd', '66', '2E', sd, FloatOp.compare),
  ordering('comiss', 'NP', '2F', ss, FloatOp.compareSignalling),
  ordering('comisd', '66', '2F', sd, FloatOp.compareSignalling),
  comparing('cmpps', 'NP', ps),
  comparing('cmppd', '66', pd),
  comparing('cmpss', 'F3', ss),
  comparing('cmpsd', 'F2', sd),
];
