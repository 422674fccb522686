import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engine } from '../runtime/engine.ts';
import { moduleOf } from './module.ts';
import { Stage } from './stage.ts';
import type { Val } from './value.ts';
import { type Wide, wideProduct, wideQuotient, wideSignedProduct } from './wide.ts';

type Run = (...values: bigint[]) => bigint;

/** Functions of 64-bit numbers, each with one of two results. */
const functionsOf = (makers: Readonly<Record<string, (s: Stage, a: Val, b: Val, c: Val) => Val>>): Readonly<Record<string, Run>> => {
  const functions = Object.entries(makers).map(([name, make]) => {
    const stage = new Stage(['i64', 'i64', 'i64']);
    stage.do([], make(stage, stage.parameter(0, 64), stage.parameter(1, 64), stage.parameter(2, 64)));
    return { name, stage, results: ['i64'] as const };
  });
  const { bytes } = moduleOf({
    imports: {},
    functions,
    table: { names: [], signature: { parameters: [], results: [] } },
    exports: Object.keys(makers),
  });
  const { exports } = new engine.Instance(new engine.Module(bytes), { host: { memory: new engine.Memory({ initial: 1 }) } });
  return exports as Readonly<Record<string, Run>>;
};

const { high, signed, quotient, remainder } = functionsOf({
  high: (s, a, b) => wideProduct(s, a, b).high,
  signed: (s, a, b) => wideSignedProduct(s, a, b).high,
  quotient: (s, a, b, c) => wideQuotient(s, { high: a, low: b } satisfies Wide, c).quotient,
  remainder: (s, a, b, c) => wideQuotient(s, { high: a, low: b } satisfies Wide, c).remainder,
});

/** Numbers whose halves are at an edge, or by chance (a linear congruence, Knuth, TAOCP Vol. 2, 3.3.4), of any length. */
const numbers = Array.from({ length: 40 }, (_, at) => {
  const halves = [0n, 1n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_fffen, 0xffff_ffffn];
  const chance = BigInt.asUintN(64, 6364136223846793005n * BigInt(at * at + 7) + 1442695040888963407n);
  return at < 36 ? (halves[at % 6]! << 32n) | halves[Math.floor(at / 6)]! : chance >> BigInt(7 * (at % 8));
});
const unsigned = (value: bigint): bigint => BigInt.asUintN(64, value);
const int = (value: bigint): bigint => BigInt.asIntN(64, value);

test('the high half of a product is what 128 bits have', () => {
  for (const a of numbers)
    for (const b of numbers) {
      assert.equal(unsigned(high!(int(a), int(b), 0n)), (a * b) >> 64n, `${a} × ${b}`);
      assert.equal(signed!(int(a), int(b), 0n), (int(a) * int(b)) >> 64n, `${int(a)} × ${int(b)}`);
    }
});

test('a quotient of 128 bits and its remainder are exact', () => {
  for (const divisor of numbers)
    for (const a of numbers)
      for (const low of numbers) {
        if (a >= divisor) continue;
        const dividend = (a << 64n) | low;
        const arguments_ = [int(a), int(low), int(divisor)] as const;
        assert.equal(unsigned(quotient!(...arguments_)), dividend / divisor, `${dividend} / ${divisor}`);
        assert.equal(unsigned(remainder!(...arguments_)), dividend % divisor, `${dividend} % ${divisor}`);
      }
});
