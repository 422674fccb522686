import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engine } from '../runtime/engine.ts';
import { moduleOf } from './module.ts';
import { Stage } from './stage.ts';
import { maskOf, type Ty, type Val } from './value.ts';

/** A generator of numbers, the same at every run: xorshift, Marsaglia 2003. */
const dice = (seed: number): ((sides: number) => number) => {
  let state = seed;
  return (sides) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.floor(((state >>> 0) / 2 ** 32) * sides);
  };
};

type Operation = (s: Stage, a: Val, b: Val) => Val;
const operations: Readonly<Record<string, Operation>> = {
  add: (s, a, b) => s.add(a, b),
  sub: (s, a, b) => s.sub(a, b),
  mul: (s, a, b) => s.mul(a, b),
  and: (s, a, b) => s.and(a, b),
  or: (s, a, b) => s.or(a, b),
  xor: (s, a, b) => s.xor(a, b),
  neg: (s, a) => s.neg(a),
  shl: (s, a, b) => s.shl(a, s.and(b, s.known(b.w, 7))),
  shr: (s, a, b) => s.shr(a, s.and(b, s.known(b.w, 7))),
  sar: (s, a, b) => s.sar(a, s.and(b, s.known(b.w, 7))),
  rotl: (s, a, b) => s.rotl(a, s.and(b, s.known(b.w, 7))),
  divu: (s, a, b) => s.divu(a, s.or(b, s.known(b.w, 1))),
  remu: (s, a, b) => s.remu(a, s.or(b, s.known(b.w, 1))),
  eqz: (s, a) => s.zext(s.eqz(a), a.w),
  nez: (s, a) => s.zext(s.nez(a), a.w),
  not: (s, a, b) => s.zext(s.not(s.not(s.not(s.lts(a, b)))), a.w),
  notBelow: (s, a, b) => s.zext(s.not(s.ltu(a, b)), a.w),
  unlike: (s, a, b) => s.zext(s.not(s.eq(a, b)), a.w),
  signed: (s, a) => s.zext(s.msb(a), a.w),
  top: (s, a) => s.zext(s.slice(a, 3, a.w - 3), a.w),
  selectUnless: (s, a, b) => s.select(s.not(s.nez(a)), s.not(b), a),
  ltu: (s, a, b) => s.zext(s.ltu(a, b), a.w),
  lts: (s, a, b) => s.zext(s.lts(a, b), a.w),
  eq: (s, a, b) => s.zext(s.eq(a, b), a.w),
  select: (s, a, b) => s.select(s.ltu(a, b), a, b),
  either: (s, a, b) =>
    s.either(
      s.bit(a, 0),
      () => s.add(a, b),
      () => s.sub(a, b),
    ),
  eitherUnless: (s, a, b) =>
    s.either(
      s.not(s.nez(s.and(a, b))),
      () => s.add(a, b),
      () => s.sub(a, b),
    ),
  narrow: (s, a) => s.sext(s.truncate(a, 5), a.w),
  high: (s, a) => s.zext(s.slice(a, 3, 4), a.w),
  popcnt: (s, a) => s.popcnt(a),
  parity: (s, a) => s.zext(s.evenParity(s.zext(a, 64)), a.w),
};

/** The same expression over arguments that are known and over such as come when the code runs. */
for (const w of [8, 16, 32, 64]) {
  test(`what folds of ${w} bits is what runs`, () => {
    const roll = dice(w);
    const bits = (): bigint => {
      const edge = [0n, 1n, maskOf(w), maskOf(w - 1), 1n << BigInt(w - 1)][roll(8)];
      return edge ?? BigInt.asUintN(w, (BigInt(roll(2 ** 32)) << 32n) | BigInt(roll(2 ** 32)));
    };
    const names = Object.keys(operations);
    const ty: Ty = w === 64 ? 'i64' : 'i32';
    const rounds = Array.from({ length: 400 }, (_, index) => {
      const inputs = [bits(), bits(), bits()];
      const steps = Array.from({ length: 1 + roll(12) }, () => [names[roll(names.length)]!, roll(64), roll(64)] as const);
      const build = (s: Stage, start: readonly Val[]): Val => {
        const values = [...start];
        for (const [name, left, right] of steps)
          values.push(operations[name]!(s, values[left % values.length]!, values[right % values.length]!));
        return values.at(-1)!;
      };
      const folding = new Stage();
      const folded = build(
        folding,
        inputs.map((value) => folding.known(w, value)),
      );
      const stage = new Stage([ty, ty, ty]);
      const result = stage.variable(
        build(
          stage,
          inputs.map((_, at) => stage.parameter(at, w)),
        ),
      );
      stage.do([], stage.get(result));
      return { name: `f${index}`, stage, inputs, folded: BigInt(folded.known!), steps };
    });
    const { bytes } = moduleOf({
      imports: {},
      functions: rounds.map(({ name, stage }) => ({ name, stage, results: [ty] })),
      table: { names: [], signature: { parameters: [], results: [] } },
      exports: rounds.map(({ name }) => name),
    });
    const memory = new engine.Memory({ initial: 1 });
    const { exports } = new engine.Instance(new engine.Module(bytes), { host: { memory } });
    for (const { name, inputs, folded, steps } of rounds) {
      const run = exports[name] as (...values: (bigint | number)[]) => bigint | number;
      const live = BigInt.asUintN(w, BigInt(run(...inputs.map((value) => (w === 64 ? BigInt.asIntN(64, value) : Number(value))))));
      assert.equal(live, folded, `${inputs} ${steps.join(' ')}`);
    }
  });
}
