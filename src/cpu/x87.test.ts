import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { families, State, X87Control } from '../isa/index.ts';
import type { Engine } from './engine.ts';
import type { Processor } from './processor.ts';
import { setReset } from './reset.ts';
import { engineOfRows } from './stage/engine.ts';
import { type Paged, paged } from './stage/paged.ts';

const ts = 8n;
const ne = 1n << 5n;
const dataAt = 0x2_0000;
const codeAt = 0x1_0000n;
/** 1 as a double; it is at the data. */
const one = 0x3ff0_0000_0000_0000n;
/** With rbx at the data. */
const fldM64 = [0xdd, 0x03];
const fdivSt1 = [0xd8, 0xf1];
const fldz = [0xd9, 0xee];
const fnclex = [0xdb, 0xe2];
const ud2 = [0x0f, 0x0b];

suite('x87 and MMX on a processor', () => {
  let engine: Engine;
  before(() => {
    engine = engineOfRows(families.x87Move, families.x87Arithmetic, families.x87Control, families.mmxMove);
  });

  /** After FNINIT. */
  const running = (...code: readonly (readonly number[])[]): Paged => {
    const { ram, processor } = paged(engine, [...code.flat(), ...ud2], codeAt);
    ram.write64(dataAt, one);
    const { state } = processor;
    state.setBigUint64(State.cr0, state.getBigUint64(State.cr0, true) | ne, true);
    state.setUint16(State.x87Control, X87Control.initial, true);
    state.setUint8(State.x87Full, 0);
    state.setBigUint64(State.gpr + 8 * 3, BigInt(dataAt), true);
    processor.flush();
    return { ram, processor };
  };
  const vectorOf = (processor: Processor): number | string => {
    const exit = processor.run(100);
    return exit.why === 'exception' ? exit.vector : exit.why;
  };

  test('a reset leaves eight full registers of +0 and no exception masked; INIT leaves what is there', () => {
    const { processor } = running(fldM64);
    const { state } = processor;
    const words = (): readonly number[] => [
      ...[state.getUint16(State.x87Control, true), state.getUint16(State.x87Status, true), state.getUint8(State.x87Full)],
      ...[state.getUint16(State.x87 + 16 * 7 + 8, true), state.getUint32(State.vectors, true), state.getUint32(State.mxcsr, true)],
    ];
    assert.equal(vectorOf(processor), 6);
    state.setUint32(State.vectors, 5, true);
    state.setUint32(State.mxcsr, 0x1fa0, true);
    const before = words();
    assert.deepEqual(before, [X87Control.initial, 7 << 11, 0x80, 0x3fff, 5, 0x1fa0]);
    setReset(state, true);
    assert.deepEqual(words(), before);
    processor.reset();
    assert.deepEqual(words(), [0x40, 0, 0xff, 0, 0, 0x1f80]);
  });

  test('an instruction of another task is #NM', () => {
    const { processor } = running(fldz);
    const { state } = processor;
    state.setBigUint64(State.cr0, state.getBigUint64(State.cr0, true) | ts, true);
    assert.equal(vectorOf(processor), 7);
  });

  test('a quotient by zero, unmasked, is #MF at the next instruction that waits', () => {
    const { processor } = running(fldz, fldM64, fdivSt1, [0xd9, 0x7b, 0x10], fldz);
    processor.state.setUint16(State.x87Control, X87Control.initial & ~4, true);
    assert.equal(vectorOf(processor), 16);
    assert.equal(processor.rip, codeAt + 9n);
  });

  test('what was cleared is not told', () => {
    const { processor } = running(fldz, fldM64, fdivSt1, fnclex, fldz);
    processor.state.setUint16(State.x87Control, X87Control.initial & ~4, true);
    assert.equal(vectorOf(processor), 6);
  });

  test('where CR0.NE is clear, and nobody is told outside, the exception is unsupported', () => {
    const { processor } = running(fldz, fldM64, fdivSt1, fldz);
    const { state } = processor;
    state.setUint16(State.x87Control, X87Control.initial & ~4, true);
    state.setBigUint64(State.cr0, state.getBigUint64(State.cr0, true) & ~ne, true);
    assert.equal(vectorOf(processor), 'unsupported');
  });

  test('FNSAVE tells where the last instruction and its operand were, and which it was', () => {
    const { ram, processor } = running(fldM64, [0xdd, 0x33]);
    assert.equal(vectorOf(processor), 6);
    const word = (at: number): number => Number(ram.read64(dataAt + at) & 0xffff_ffffn);
    assert.equal(word(12), Number(codeAt));
    assert.equal(word(16) >>> 16, 0x503);
    assert.equal(word(20), dataAt);
  });

  test('an image of 512 bytes lies in two pages', () => {
    // fld1, fxsave [rbx], fninit, fxrstor [rbx], fstp qword [rbx+8]
    const { ram, processor } = running([0xd9, 0xe8], [0x0f, 0xae, 0x03], [0xdb, 0xe3], [0x0f, 0xae, 0x0b], [0xdd, 0x5b, 0x08]);
    processor.state.setBigUint64(State.gpr + 8 * 3, BigInt(dataAt + 4096 - 48), true);
    assert.equal(vectorOf(processor), 6);
    assert.equal(ram.read64(dataAt + 4096 - 40), one);
  });

  test('a register of MMX is the significand of one of x87, and all are in use', () => {
    // movd mm2, ebx
    const { processor } = running([0xd9, 0xe8], [0x0f, 0x6e, 0xd3]);
    assert.equal(vectorOf(processor), 6);
    const { state } = processor;
    assert.equal(state.getBigUint64(State.x87 + 16 * 2, true), BigInt(dataAt));
    assert.equal(state.getUint16(State.x87 + 16 * 2 + 8, true), 0xffff);
    assert.deepEqual([state.getUint8(State.x87Full), (state.getUint16(State.x87Status, true) >> 11) & 7], [0xff, 0]);
  });
});
