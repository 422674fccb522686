/** What rounds up to the least normal number was too small before: SDM Vol. 1, 4.9.1.5. Found by a million products and sums. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Mxcsr } from '../../src/isa/runtime/state.ts';
import { families } from '../../src/isa/spec/index.ts';
import { Emulated } from './emulated.ts';
import { unasked } from './host.ts';
import { type Case, runNatively, vectorBytes } from './native.ts';
import { initialX87 } from './x87.ts';

const { vectorFloat, vectorConvert, vexFloat, vexFused } = families;
const least = 0x0080_0000n;
/** 1 - 2^-24, half a unit in the last place below 1. */
const below = 0x3f7f_ffffn;
/** Codes with operands in xmm0, xmm1 and xmm2, and the lowest lanes of those. */
const cases: readonly (readonly [name: string, code: readonly number[], lanes: readonly bigint[]])[] = [
  ['mulss', [0xf3, 0x0f, 0x59, 0xc1], [below, least]],
  ['mulps', [0x0f, 0x59, 0xc1], [below, least]],
  ['divss', [0xf3, 0x0f, 0x5e, 0xc1], [0x00ff_ffffn, 0x4000_0000n]],
  ['mulsd', [0xf2, 0x0f, 0x59, 0xc1], [0x3fef_ffff_ffff_ffffn, 0x0010_0000_0000_0000n]],
  ['vmulps', [0xc5, 0xfc, 0x59, 0xc1], [below, least]],
  ['cvtsd2ss', [0xf2, 0x0f, 0x5a, 0xc1], [0n, 0x380f_ffff_e000_0000n]],
  ['cvtpd2ps', [0x66, 0x0f, 0x5a, 0xc1], [0n, 0x380f_ffff_e000_0000n]],
  ['vfmadd132ss', [0xc4, 0xe2, 0x69, 0x99, 0xc1], [below, least, 0n]],
  ['vfmadd132ps', [0xc4, 0xe2, 0x69, 0x98, 0xc1], [below, least, 0n]],
];

const caseOf = (code: readonly number[], lanes: readonly bigint[]): Case => {
  const registers = new BigUint64Array(17);
  registers[16] = 0x302n;
  const vectors = new Uint8Array(vectorBytes);
  const view = new DataView(vectors.buffer);
  for (const [number, bits] of lanes.entries()) view.setBigUint64(32 * number, bits, true);
  return { code: Uint8Array.from(code), registers, vectors, mxcsr: Mxcsr.initial, x87: initialX87, piece: 0, mode: 64 };
};
const underflow = 1 << 4;

test('an underflow is told of a result that is rounded up to the least normal number', () => {
  const emulated = new Emulated([...vectorFloat, ...vectorConvert, ...vexFloat, ...vexFused]);
  for (const [name, code, lanes] of cases) assert.equal(emulated.run(caseOf(code, lanes)).mxcsr & underflow, underflow, name);
});

test("the host's processor tells it, too", { skip: unasked() }, () => {
  for (const [at, { mxcsr }] of runNatively(cases.map(([, code, lanes]) => caseOf(code, lanes))).entries())
    assert.equal(mxcsr & underflow, underflow, `case ${at}`);
});
