import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exactFloat, FloatOp } from './float.ts';
import { Mxcsr, State } from './state.ts';

const view = new DataView(new ArrayBuffer(8));
const bitsOf = (value: number, isSingle = false): bigint => {
  if (isSingle) view.setFloat32(0, value);
  else view.setFloat64(0, value);
  return isSingle ? BigInt(view.getUint32(0)) : view.getBigUint64(0);
};

/** One operation by an MXCSR: its result, and the flags it raised. */
const perform = (mxcsr: number, operation: number, a: bigint, b = 0n): readonly [bits: bigint, flags: number] => {
  const state = new DataView(new ArrayBuffer(State.size));
  state.setUint32(State.mxcsr, mxcsr, true);
  const w = (operation & FloatOp.double) === 0 ? 32 : 64;
  const bits = BigInt.asUintN(w, exactFloat(state)(operation, a, b));
  return [bits, state.getUint32(State.mxcsr, true) & Mxcsr.flags];
};

const numbers = [
  ...[0, 1, -1, 3, 0.1, -0.7, 1e300, -1e-300, 5e-324, 2 ** -1022, 2 ** -1023, 1e38, 1e-38, 1e-45, 16777217],
  ...[Number.MAX_VALUE, Number.EPSILON, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0],
];

const calculations = { add: (p, q) => p + q, sub: (p, q) => p - q, mul: (p, q) => p * q, div: (p, q) => p / q } as const satisfies Record<
  string,
  (p: number, q: number) => number
>;

for (const [name, calculate] of Object.entries(calculations))
  test(`${name} to the nearest number is what every other processor makes`, () => {
    const operation = FloatOp[name as keyof typeof calculations];
    for (const p of numbers)
      for (const q of numbers) {
        const expected = calculate(p, q);
        const [bits] = perform(Mxcsr.initial, operation + FloatOp.double, bitsOf(p), bitsOf(q));
        if (!Number.isNaN(expected)) assert.equal(bits, bitsOf(expected), `${p} ${name} ${q}`);
        const single = Math.fround(calculate(Math.fround(p), Math.fround(q)));
        const [short] = perform(Mxcsr.initial, operation, bitsOf(p, true), bitsOf(q, true));
        if (!Number.isNaN(single)) assert.equal(short, bitsOf(single, true), `${p} ${name} ${q}, singles`);
      }
  });

test('roots of both formats are rounded once', () => {
  for (const p of numbers.filter((value) => value >= 0)) {
    assert.equal(perform(Mxcsr.initial, FloatOp.sqrt + FloatOp.double, bitsOf(p))[0], bitsOf(Math.sqrt(p)));
    assert.equal(perform(Mxcsr.initial, FloatOp.sqrt, bitsOf(p, true))[0], bitsOf(Math.fround(Math.sqrt(Math.fround(p))), true));
  }
});

test('a third is rounded as MXCSR says, and precision is lost', () => {
  const third = (rounding: number): readonly [bigint, number] =>
    perform(Mxcsr.masks | (rounding << 13), FloatOp.div, bitsOf(1, true), bitsOf(3, true));
  assert.deepEqual(
    [0, 1, 2, 3].map(third),
    [0x3eaaaaabn, 0x3eaaaaaan, 0x3eaaaaabn, 0x3eaaaaaan].map((bits) => [bits, Mxcsr.pe]),
  );
});

test('a tiny product is a denormal, or zero where it shall be flushed', () => {
  const square = (control: number): readonly [bigint, number] => perform(Mxcsr.masks | control, FloatOp.mul, 0x1f80_0001n, 0x1f80_0001n);
  assert.deepEqual(square(0), [0x0020_0001n, Mxcsr.ue | Mxcsr.pe]);
  assert.deepEqual(square(Mxcsr.fz), [0n, Mxcsr.ue | Mxcsr.pe]);
});

test('denormals are zeros where they shall be, and nothing is said of them', () => {
  assert.deepEqual(perform(Mxcsr.masks, FloatOp.add, 1n, 1n), [2n, Mxcsr.de]);
  assert.deepEqual(perform(Mxcsr.masks | Mxcsr.daz, FloatOp.add, 1n, 1n), [0n, 0]);
});
