/** Comparisons of floating-point numbers. */
import { FloatOp } from '../../runtime/float.ts';
import type { Val } from '../../stage/index.ts';
import { type Op, op } from '../op.ts';
import type { X } from '../vocabulary.ts';
import { exact, floats } from './exact.ts';
import { page, threeOf } from './rows.ts';
import { areNumbers, everyLane, lowestOf, put, type Shape, shapes } from './shape.ts';

/** For each predicate of 3 bits, the relations (runtime/float.ts) that hold it: EQ, LT, LE, UNORD, and their opposites. SDM Vol. 2A, CMPPD. */
const holding = 0x7ced_8312;

/** Predicates that signal quiet NaNs: LT, LE and their opposites. */
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
      return [shape.invertedIf(x, opposite, claim), areNumbers(x, shape, a, b)];
    },
    () => {
      const three = x.zext(x.and(predicate, x.known(8, 7)), 32);
      const signals = x.and(x.shr(x.known(32, signalling), three), x.known(32, 1));
      const operation = x.add(x.known(32, FloatOp.compare + shape.format), signals);
      const held = x.shr(x.known(32, holding), x.shl(three, 2));
      return everyLane(
        x,
        shape,
        (p, q) => {
          const relation = x.truncate(exact(x, operation, p, q), 32);
          const isHeld = x.nez(x.and(x.and(relation, held), x.known(32, 15)));
          return x.sext(isHeld, shape.lane);
        },
        a,
        b,
      );
    },
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
          const some = x.or(x.or(is('lt'), x.shl(is('eq'), 1)), x.shl(is('gt'), 2));
          return [some, areNumbers(x, shape, a, b)];
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
