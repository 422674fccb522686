/** What derivations calculate quickly, against what is exact: runtime/float has that. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engine } from '../../runtime/engine.ts';
import { add, divide, multiply } from '../../runtime/float/arithmetic.ts';
import { extended } from '../../runtime/float/format.ts';
import { X87Control } from '../../runtime/state.ts';
import { X87Environment } from '../../runtime/x87/environment.ts';
import { moduleOf } from '../../stage/index.ts';
import { calculated, calculationFunctions, resultFlags } from './calculation.ts';

const place = 64;
const memory = new engine.Memory({ initial: 1 });
const view = new DataView(memory.buffer);
const functions = calculationFunctions();
const { bytes } = moduleOf({
  imports: {},
  functions,
  table: { names: [], signature: { parameters: ['i32'], results: ['i32'] } },
  exports: functions.map(({ name }) => name),
});
const { exports } = new engine.Instance(new engine.Module(bytes), { host: { memory } });

interface Said {
  readonly result: bigint;
  readonly flags: number;
}

const quickly = (name: string, a: bigint, b: bigint, dropped = 0): Said | undefined => {
  const run = exports[name] as (headA: number, a: bigint, headB: number, b: bigint, dropped: number, place: number) => number;
  const whole = (bits: bigint): bigint => BigInt.asUintN(64, bits);
  const said = run(Number(a >> 64n), whole(a), Number(b >> 64n), whole(b), dropped, place);
  if ((said & calculated) === 0) return undefined;
  const result = view.getBigUint64(place, true) | (BigInt(view.getUint16(place + 8, true)) << 64n);
  return { result, flags: said & resultFlags };
};

/** PC by how many bits are dropped. */
const precisions = { 0: 0x300, 11: 0x200, 40: 0 } as const;

const exactly = (make: (on: X87Environment) => bigint, dropped: keyof typeof precisions): Said => {
  const on = new X87Environment((X87Control.initial & ~0x300) | precisions[dropped], true);
  const result = make(on);
  return { result, flags: on.flags | (on.isRoundedUp ? 0x200 : 0) };
};

let seed = 1;
/** A linear congruence: Knuth, TAOCP Vol. 2, 3.3.4. */
const roll = (sides: number): number => {
  seed = (seed * 48_271) % 0x7fff_ffff;
  return (seed >> 5) % sides;
};
const word = (): bigint => (BigInt(roll(2 ** 16)) << 48n) | (BigInt(roll(2 ** 24)) << 24n) | BigInt(roll(2 ** 24));

/** Significands at their edges or short ones, too; exponents close to each other, or anywhere. */
const number = (): bigint => {
  const sign = BigInt(roll(2)) << 79n;
  if (roll(8) === 0) return sign;
  const cut = BigInt(roll(64));
  const significand = [(1n << 64n) - 1n, 1n << 63n, (1n << 63n) + 1n, (word() >> cut) << cut, word()][roll(5)] ?? 0n;
  const exponent = [1, 0x7ffe, roll(0x7ffe) + 1, 0x3fff + roll(4), 0x3fff + roll(140)][roll(5)] ?? 1;
  return sign | (BigInt(exponent) << 64n) | BigInt.asUintN(64, significand | (1n << 63n));
};

for (const [name, exact] of [
  ['sum', (on, a, b) => add(on, extended, a, b, 0)],
  ['product', (on, a, b) => multiply(on, extended, a, b)],
  ['quotient', (on, a, b) => divide(on, extended, a, b)],
] as const satisfies readonly (readonly [string, (on: X87Environment, a: bigint, b: bigint) => bigint])[])
  test(`a ${name} of numbers is the exact one, with its flags`, () => {
    let made = 0;
    for (let count = 0; count < 20_000; count++) {
      const [a, b] = [number(), number()];
      const dropped = ([0, 11, 40] as const)[roll(3)] ?? 0;
      const said = quickly(`x87 ${name}`, a, b, dropped);
      if (said === undefined) continue;
      made++;
      assert.deepEqual(
        said,
        exactly((on) => exact(on, a, b), dropped),
        `${a.toString(16)} and ${b.toString(16)}`,
      );
    }
    assert.ok(made > 12_000, `${made} were calculated`);
  });

test('what is no number, too large or too small is left to whoever is exact', () => {
  const [one, infinity, denormal] = [0x3fff_8000_0000_0000_0000n, 0x7fff_8000_0000_0000_0000n, 1n];
  const [greatest, least] = [0x7ffe_ffff_ffff_ffff_ffffn, 0x0001_8000_0000_0000_0000n];
  for (const other of [infinity, denormal, 0x7fff_c000_0000_0000_0000n, 0x3fff_0000_0000_0000_0000n])
    for (const name of ['sum', 'product', 'quotient']) assert.equal(quickly(`x87 ${name}`, one, other), undefined);
  assert.equal(quickly('x87 sum', greatest, greatest), undefined);
  assert.equal(quickly('x87 product', least, least), undefined);
  assert.equal(quickly('x87 quotient', one, 0n), undefined);
});
