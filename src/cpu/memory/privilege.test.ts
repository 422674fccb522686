/** What instructions do where no program of a host's user gets: the comparison with its processor can't show it. */
import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { Eflags, families, readFlags, State } from '../../isa/index.ts';
import type { Engine } from '../engine.ts';
import type { Processor } from '../processor.ts';
import { engineOfRows } from '../stage/engine.ts';
import { paged } from '../stage/paged.ts';

const ud2 = [0x0f, 0x0b];
const stackTop = 0x8000n;
const lastCanonicalPage = 0x7fff_ffff_f000n;

suite('privilege and the edge of the address space', () => {
  let engine: Engine;
  before(() => {
    engine = engineOfRows(families.stack, families.branch);
  });

  /** The first 2 MiB are mapped onto themselves, and once more at the end of the lower half. */
  const processorWith = (code: readonly number[], rip: bigint): Processor => {
    const entries = [
      [0, 255],
      [0, 511],
      [0, 511],
    ];
    const { processor } = paged(engine, code, rip, { rights: 7, entries });
    const { state } = processor;
    state.setBigUint64(State.gpr + 32, stackTop, true);
    processor.flush();
    return processor;
  };

  /** Flags after POPF of an image. */
  const popped = (image: number, cpl: number, before: number, size: readonly number[] = []): number => {
    const bytes = [0, 8, 16, 24].map((by) => (image >>> by) & 255);
    const processor = processorWith([...size, 0x68, ...(size.length > 0 ? bytes.slice(0, 2) : bytes), ...size, 0x9d, ...ud2], 0x10000n);
    processor.state.setUint32(State.cpl, cpl, true);
    processor.state.setUint32(State.flags, Eflags.one | before, true);
    assert.equal(processor.run(100).why, 'exception');
    return readFlags(processor.state);
  };
  const { cf, one, if: interrupts, iopl, nt, rf, vm, ac, vif, vip, id } = Eflags;

  test('POPF of the supervisor changes interrupts and IOPL', () => {
    assert.equal(popped(cf | interrupts | iopl | nt | ac | id, 0, 0), one | cf | interrupts | iopl | nt | ac | id);
    assert.equal(popped(0, 0, interrupts | iopl | nt | ac | id), one);
  });

  test('POPF of a user changes interrupts as far as IOPL lets him, and never IOPL', () => {
    assert.equal(popped(cf | interrupts | iopl, 3, 0), one | cf);
    assert.equal(popped(cf, 3, interrupts), one | cf | interrupts);
    assert.equal(popped(interrupts, 3, iopl), one | interrupts | iopl);
    assert.equal(popped(0, 3, interrupts | iopl), one | iopl);
  });

  test('POPF clears RF, and leaves what only virtual-8086 mode has', () => {
    assert.equal(popped(rf | vm | vif | vip, 0, rf), one);
    assert.equal(popped(0, 0, vif | vip), one | vif | vip);
  });

  test('POPF of 16 bits leaves the upper half', () => {
    assert.equal(popped(cf, 0, ac | id | nt, [0x66]), one | cf | ac | id);
  });

  test('a branch to where no code can be faults where it stands, and has changed nothing', () => {
    const at = lastCanonicalPage + 0xff0n;
    const [jump, call, loop] = [
      [0xeb, 0x7f],
      [0xe8, 0x7f, 0, 0, 0],
      [0xe2, 0x7f],
    ];
    for (const code of [jump, call, loop]) {
      const processor = processorWith(code ?? [], at);
      processor.state.setBigUint64(State.gpr + 8, 7n, true);
      assert.deepEqual(processor.run(100), { why: 'exception', vector: 13, error: 0, address: at });
      assert.equal(processor.state.getBigUint64(State.gpr + 8, true), 7n);
      assert.equal(processor.state.getBigUint64(State.gpr + 32, true), stackTop);
    }
  });

  test('a branch that is not taken leads nowhere', () => {
    const at = lastCanonicalPage + 0xff0n;
    const processor = processorWith([0x74, 0x7f, ...ud2], at);
    processor.state.setBigUint64(State.result, 1n, true);
    assert.deepEqual(processor.run(100), { why: 'exception', vector: 6, error: 0, address: at + 2n });
  });
});
