/** Lost precision and denormal operands are told of while MXCSR is as after reset: SDM Vol. 1, 4.9.1.2 and 4.9.1.6. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Mxcsr } from '../../src/isa/runtime/state.ts';
import { families } from '../../src/isa/spec/index.ts';
import { Emulated } from './emulated.ts';
import { unasked } from './host.ts';
import { type Case, runNatively, vectorBytes } from './native.ts';
import { initialX87 } from './x87.ts';

const emulated = new Emulated([...families.vectorFloat, ...families.vectorConvert, ...families.vexFused]);

/** With operands in xmm0, xmm1 and xmm2. Every lane of one has the same number. */
const caseOf = (code: readonly number[], lane: 32 | 64, lanes: readonly bigint[]): Case => {
  const registers = new BigUint64Array(17);
  registers[16] = 0x302n;
  const vectors = new Uint8Array(vectorBytes);
  const view = new DataView(vectors.buffer);
  for (const [number, bits] of lanes.entries())
    for (const at of [0, 8]) view.setBigUint64(32 * number + at, lane === 64 ? bits : bits | (bits << 32n), true);
  return { code: Uint8Array.from(code), registers, vectors, mxcsr: Mxcsr.initial, x87: initialX87, piece: 0, mode: 64 };
};

const bitsOf = (lane: 32 | 64, value: number): bigint => {
  const view = new DataView(new ArrayBuffer(8));
  if (lane === 32) view.setFloat32(0, value);
  else view.setFloat64(0, value);
  return lane === 32 ? BigInt(view.getUint32(0)) : view.getBigUint64(0);
};

test('a third loses precision, a half does not; a denormal is told of though the sum is normal', () => {
  const divsd = [0xf2, 0x0f, 0x5e, 0xc1];
  const told = (code: readonly number[], a: number, b: number): number =>
    emulated.run(
      caseOf(
        code,
        64,
        [a, b].map((value) => bitsOf(64, value)),
      ),
    ).mxcsr & Mxcsr.flags;
  assert.equal(told(divsd, 1, 3), Mxcsr.pe);
  assert.equal(told(divsd, 1, 2), 0);
  assert.equal(told([0xf2, 0x0f, 0x58, 0xc1], 1, 2 ** -1070), Mxcsr.de | Mxcsr.pe);
});

/** Numbers whose sums and products are exact, are nearly so, have a tie, or come near to where an error is a denormal. */
const numbers = (lane: 32 | 64): readonly bigint[] => {
  const [precision, least] = lane === 32 ? [24, -126] : [53, -1022];
  const half = Math.floor(precision / 2);
  const values = [
    ...[0, 1, 3, 10, 2 ** half + 1, 2 ** half - 1, 2 ** (half + 1) + 1, 2 ** precision - 1, 2 ** (precision - 1) + 1, 2 ** precision],
    ...[2 ** -precision, 2 ** (1 - precision), 2 ** least, 3 * 2 ** least, 2 ** (least - 3), 2 ** (least / 2), 9 * 2 ** (least / 2 + half)],
    ...[(2 ** (half + 1) - 1) * 2 ** (least / 2), (2 ** half + 1) * 2 ** (half / 2 + least / 2), 2 ** -least, 7 * 2 ** (-least / 2 - 2)],
    ...[1 / 3, 1.5, Number.POSITIVE_INFINITY],
  ];
  return [...values, ...values.slice(1, 12).map((value) => -value)].map((value) => bitsOf(lane, value));
};

const rows: readonly (readonly [prefix: readonly number[], lane: 32 | 64])[] = [
  [[], 32],
  [[0xf3], 32],
  [[0x66], 64],
  [[0xf2], 64],
];

/** Sums, products, differences, quotients, roots, conversions to another format and ADDSUB; products with a sum. */
const casesOf = ([prefix, lane]: (typeof rows)[number]): readonly Case[] => {
  const all = numbers(lane);
  const pairs = all.flatMap((a) => all.map((b) => [a, b] as const));
  const [isPacked, ps] = [prefix[0] === undefined || prefix[0] === 0x66, lane === 32];
  const addSub = isPacked ? [[ps ? 0xf2 : 0x66, 0x0f, 0xd0, 0xc1]] : [];
  const fused = [0xc4, 0xe2, 0x69, isPacked ? 0x98 : 0x99, 0xc1]; // Of singles.
  return pairs.flatMap(([a, b]) => [
    ...[0x51, 0x58, 0x59, 0x5a, 0x5c, 0x5e].map((opcode) => caseOf([...prefix, 0x0f, opcode, 0xc1], lane, [a, b])),
    ...addSub.map((code) => caseOf(code, lane, [a, b])),
    ...(ps ? [0n, bitsOf(32, 3), bitsOf(32, -(2 ** -20))].map((c) => caseOf(fused, lane, [a, b, c])) : []),
  ]);
};

test("all of MXCSR's flags are what the host's processor says, of what is nearly exact", { skip: unasked() }, () => {
  for (const row of rows) {
    const cases = casesOf(row);
    for (const [at, { mxcsr }] of runNatively(cases).entries()) {
      const one = cases[at] as Case; // As many.
      const words = (): string => `${Buffer.from(one.code).toString('hex')} of ${Buffer.from(one.vectors.subarray(0, 80)).toString('hex')}`;
      assert.equal(emulated.run(one).mxcsr, mxcsr, words());
    }
  }
});
