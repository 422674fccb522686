/** Who may use vectors: SDM Vol. 2A, tables 2-21 to 2-23. */
import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { families, Mxcsr, State } from '../../isa/index.ts';
import type { Engine } from '../engine.ts';
import { Bare } from '../stage/bare.ts';
import { engineOfRows } from '../stage/engine.ts';
import { Cr0, Cr4 } from './bits.ts';

const [ud, nm, xm] = [6, 7, 19];
const [addps, ldmxcsr, movnti, crc32, movdq2q] = [
  [0x0f, 0x58, 0xc1],
  [0x0f, 0xae, 0x10],
  [0x0f, 0xc3, 0x00],
  [0xf2, 0x0f, 0x38, 0xf1, 0xc0],
  [0xf2, 0x0f, 0xd6, 0xc1],
];
const usual = Cr0.pe | Cr0.pg | Cr0.wp;
const enabled = Cr4.pae | Cr4.osfxsr | Cr4.osxmmexcpt;

suite('vectors', () => {
  let engine: Engine;
  before(() => {
    const { vectorFloat, vectorMove, bit, mmxMove, arithmetic, vexFloat, vexLanes, bmi } = families;
    engine = engineOfRows(vectorFloat, vectorMove, bit, mmxMove, arithmetic, vexFloat, vexLanes, bmi);
  });

  const outcome = (code: readonly number[], cr0: number, cr4: number): number | undefined => {
    const one = new Bare(engine, code);
    one.set(State.gpr, 0x20000n);
    one.set(State.cr0, BigInt((usual | cr0) >>> 0));
    one.set(State.cr4, BigInt(cr4));
    return one.step();
  };

  test('are used where CR0 and CR4 let them be', () => {
    for (const code of [addps, ldmxcsr]) {
      assert.equal(outcome(code, 0, enabled), undefined);
      assert.equal(outcome(code, Cr0.em, enabled), ud);
      assert.equal(outcome(code, 0, Cr4.pae), ud);
      assert.equal(outcome(code, Cr0.ts, enabled), nm);
      assert.equal(outcome(code, Cr0.ts | Cr0.em, enabled), ud);
    }
    assert.equal(outcome(movdq2q, 0, Cr4.pae), ud);
  });

  test('are not what has no register of theirs', () => {
    for (const code of [movnti, crc32]) assert.equal(outcome(code, Cr0.ts | Cr0.em, Cr4.pae), undefined);
  });

  test('fault in the middle of other instructions, and are found again when they are allowed', () => {
    const one = new Bare(engine, [0x83, 0xc0, 0x01, ...addps, 0x83, 0xc0, 0x01]);
    one.set(State.cr0, BigInt((usual | Cr0.ts) >>> 0));
    assert.deepEqual(one.processor.run(10), { why: 'exception', vector: nm, error: 0, address: Bare.at + 3n });
    one.set(State.cr0, BigInt(usual >>> 0));
    assert.equal(one.processor.run(2).why, 'budget');
    assert.equal(one.get(State.gpr), 2n);
  });

  test('tell of their exceptions by #XM, or where nobody knows it by #UD', () => {
    const divide = (cr4: number): number | undefined => {
      const one = new Bare(engine, [0x0f, 0x5e, 0xc1]);
      one.state.setUint32(State.mxcsr, Mxcsr.initial & ~Mxcsr.masks, true);
      one.set(State.cr4, BigInt(cr4));
      return one.step();
    };
    assert.equal(divide(enabled), xm);
    assert.equal(divide(Cr4.pae | Cr4.osfxsr), ud);
  });

  test('with VEX are used where XCR0 has them, whatever EM and OSFXSR say', () => {
    const [vaddps, vzeroupper] = [
      [0xc5, 0xf8, 0x58, 0xc1],
      [0xc5, 0xf8, 0x77],
    ];
    const wide = (code: readonly number[], cr0: number, cr4: number, xcr0: bigint): number | undefined => {
      const one = new Bare(engine, code);
      one.set(State.cr0, BigInt((usual | cr0) >>> 0));
      one.set(State.cr4, BigInt(Cr4.pae | cr4));
      one.set(State.xcr0, xcr0);
      return one.step();
    };
    for (const code of [vaddps, vzeroupper]) {
      assert.equal(wide(code, Cr0.em, Cr4.osxsave, 7n), undefined);
      assert.equal(wide(code, 0, 0, 7n), ud);
      assert.equal(wide(code, 0, Cr4.osxsave, 3n), ud);
      assert.equal(wide(code, Cr0.ts, Cr4.osxsave, 7n), nm);
    }
    const andn = [0xc4, 0xe2, 0x70, 0xf2, 0xc2];
    assert.equal(wide(andn, Cr0.ts, 0, 1n), undefined, 'general registers are nobody’s secret');
  });

  test('with VEX mean nothing in real-address mode', () => {
    for (const code of [
      [0xc5, 0xf8, 0x58, 0xc1],
      [0xc4, 0xe2, 0x70, 0xf2, 0xc2],
    ]) {
      const one = new Bare(engine, code);
      one.set(State.cr0, 0n);
      one.state.setBigUint64(State.efer, 0n, true);
      one.state.setUint32(State.idtr + 8, 0x3ff, true);
      one.ram.write32(4 * ud, 0x1234_5678);
      one.step();
      assert.equal(one.processor.rip, 0x5678n);
    }
  });
});
