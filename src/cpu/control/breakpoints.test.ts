/** Debug exceptions, as SDM Vol. 3B, chapter 19 has them. */
import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { Eflags, State } from '../../isa/index.ts';
import type { Engine } from '../engine.ts';
import { double, Guest, Place, protectedEngine, Selector } from '../stage/guest.ts';
import { Cr4 } from './bits.ts';
import { Dr6 } from './debug-registers.ts';

const [incEcx, hlt] = [0x41, 0xf4];
/** mov [absolute], eax, and the other way. */
const store = (at: number): readonly number[] => [0xa3, ...double(at)];
const load = (at: number): readonly number[] => [0xa1, ...double(at)];
const { data, code: start } = Place;

suite('debug exceptions', () => {
  let engine: Engine;
  before(() => {
    engine = protectedEngine();
  });

  /** A guest with the first breakpoint set: where, of which kind and length as DR7 has them. */
  const watched = (address: number, kind: number, length: number): Guest => {
    const guest = new Guest(engine);
    const { state } = guest.processor;
    state.setBigUint64(State.dr0, BigInt(address), true);
    state.setBigUint64(State.dr7, BigInt(0x401 | (kind << 16) | (length << 18)), true);
    state.setBigUint64(State.cr4, BigInt(Cr4.de), true);
    return guest;
  };
  const met = ({ processor }: Guest): number => processor.state.getUint32(State.dr6, true) & ~Dr6.ones;
  const ecx = ({ registers }: Guest): bigint => registers.general(1);

  test('code is stopped before the instruction, which is told', () => {
    const guest = watched(start + 2, 0, 0);
    assert.equal(guest.outcome([incEcx, incEcx, incEcx, incEcx]), '#1');
    assert.deepEqual([ecx(guest), guest.word(0), met(guest)], [2n, start + 2, 1]);
  });

  test('RF lets one instruction pass, and is gone behind it', () => {
    const guest = watched(start, 0, 0);
    guest.registers.flags |= Eflags.rf;
    assert.equal(guest.outcome([incEcx, 0xeb, 0xfd]), '#1');
    assert.deepEqual([ecx(guest), guest.word(0)], [1n, start]);
  });

  test('what is written is told behind the instruction', () => {
    const guest = watched(data, 1, 3);
    assert.equal(guest.outcome([incEcx, ...store(data + 2), incEcx]), '#1');
    assert.deepEqual([ecx(guest), guest.word(0), met(guest)], [1n, start + 6, 1]);
    assert.equal(watched(data, 1, 3).outcome(load(data)), 'halts at 0');
    assert.equal(watched(data, 3, 3).outcome(load(data)), '#1');
  });

  test('what a load of SS meets is told with the #DB of INT1 behind it, and once', () => {
    const guest = watched(data, 3, 1);
    guest.ram.write(data, Uint8Array.of(Selector.data, 0));
    assert.equal(guest.outcome([0x8e, 0x15, ...double(data), 0xf1]), '#1');
    assert.deepEqual([guest.word(0), met(guest)], [start + 7, 1]);
  });

  test('what was met before is told no longer, but for what software alone clears', () => {
    const guest = watched(data, 1, 3);
    guest.processor.state.setBigUint64(State.dr6, BigInt(Dr6.ones | Dr6.bs | 2), true);
    assert.equal(guest.outcome([...store(data), incEcx]), '#1');
    assert.equal(met(guest), Dr6.bs | 1);
  });

  test('an access meets a breakpoint of which it touches a byte', () => {
    for (const [at, length, isMet] of [
      [data - 3, 0, true],
      [data - 4, 0, false],
      [data + 1, 0, false],
      [data + 1, 1, true],
      [data + 3, 3, true],
      [data + 4, 3, false],
    ] as const)
      assert.equal(watched(data, 1, length).outcome(store(at)), isMet ? '#1' : 'halts at 0', `${at - data}, ${length}`);
  });

  test('what was touched by an instruction that faults is not told', () => {
    // push [data], with no stack to push to; then the handler of #SS has none either, so the task's.
    const guest = watched(data, 3, 3);
    guest.processor.state.setUint32(State.segments + 2 * 32 + 8, 0xf, true);
    guest.registers.setGeneral(4, 0x100n);
    assert.equal(guest.run([0xff, 0x35, ...double(data)]).why, 'shutdown');
    assert.equal(met(guest), 0);
  });

  test('each step of a string is one', () => {
    const guest = watched(data + 2, 1, 0);
    guest.registers.setGeneral(1, 8n);
    guest.registers.setGeneral(7, BigInt(data));
    assert.equal(guest.outcome([0xf3, 0xaa]), '#1');
    assert.deepEqual([ecx(guest), guest.word(0)], [5n, start]);
  });

  test('ports are watched with CR4.DE', () => {
    assert.equal(watched(0x60, 2, 0).outcome([0xe6, 0x60]), '#1');
    assert.equal(watched(0x60, 2, 0).outcome([0xe6, 0x61]), 'halts at 0');
    const guest = watched(0x60, 2, 0);
    guest.processor.state.setBigUint64(State.cr4, 0n, true);
    assert.equal(guest.outcome([0xe6, 0x60]), 'halts at 0');
  });

  test('breakpoints count from the instruction behind the one that enables them, and no longer than they are enabled', () => {
    // mov dr7, eax; inc ecx
    const guest = watched(start + 3, 0, 0);
    guest.processor.state.setBigUint64(State.dr7, 0x400n, true);
    guest.registers.setGeneral(0, 0x401n);
    assert.equal(guest.outcome([0x0f, 0x23, 0xf8, incEcx]), '#1');
    const other = watched(data, 1, 3);
    other.registers.setGeneral(0, 0x400n);
    assert.equal(other.outcome([0x0f, 0x23, 0xf8, ...store(data), incEcx]), 'halts at 0');
  });

  test('the exception lets its handler use debug registers', () => {
    const guest = new Guest(engine);
    guest.processor.state.setBigUint64(State.dr7, 0x2400n, true);
    assert.equal(guest.outcome([0x0f, 0x21, 0xc0]), '#1');
    assert.deepEqual([met(guest), guest.processor.state.getUint32(State.dr7, true), guest.word(0)], [Dr6.bd, 0x400, start]);
  });

  test('a single step is told, and not lost behind code that ran before', () => {
    const guest = new Guest(engine);
    // A loop that is known by where it begins, then once more with TF: inc ecx; jmp back through eax.
    guest.ram.write(start, Uint8Array.of(incEcx, 0xff, 0xe0));
    guest.registers.setGeneral(0, BigInt(start));
    guest.registers.rip = BigInt(start);
    guest.processor.forget();
    assert.equal(guest.processor.run(100).why, 'budget');
    const before = ecx(guest);
    guest.registers.rip = BigInt(start + 1);
    guest.registers.flags |= Eflags.tf;
    guest.ram.write(Place.handlers + 16, Uint8Array.of(hlt));
    assert.equal(guest.processor.run(100).why, 'halt');
    assert.deepEqual([guest.vector, ecx(guest), guest.word(0), met(guest)], [1, before, start, Dr6.bs]);
  });
});
