/** Tasks, by the manual's pseudo-code: SDM Vol. 3A, chapter 8. */
import assert from 'node:assert/strict';
import { before, beforeEach, suite, test } from 'node:test';
import { Eflags, Segment, State } from '../../isa/index.ts';
import { Dr6 } from '../control/debug-registers.ts';
import type { Engine } from '../engine.ts';
import type { Ports } from '../ports.ts';
import { dpl, Guest, gateOf, handlerOf, Place, protectedEngine, Rights, Selector, segmentOf, word } from '../stage/guest.ts';

const { code, data, userCode, userData, task, free } = Selector;
const { one, nt, rf, vm, tf } = Eflags;
const other = free;
const otherCode = 0x1_4000;
const otherStack = 0x7000;
const call = (selector: number): readonly number[] => [0x9a, 0, 0, 0, 0, ...word(selector)];
const jump = (selector: number): readonly number[] => [0xea, 0, 0, 0, 0, ...word(selector)];
const iret = [0xcf];

suite('tasks', () => {
  let engine: Engine;
  let guest: Guest;
  before(() => {
    engine = protectedEngine();
  });
  const fresh = (ports?: Ports): void => {
    guest = new Guest(engine, ports);
    guest.describe(other, segmentOf(Place.other, 0x67, Rights.task));
    fill({});
    guest.ram.write(otherCode, Uint8Array.of(0xf4));
  };
  beforeEach(() => fresh());

  /** The other task, as it was left: a TSS of 32 bits. */
  const fill = (fields: Readonly<Record<number, number>>): void => {
    const usual = {
      ...{ 32: otherCode, 36: one, 40: 0xaaaa, 56: otherStack, 72: data, 76: code, 80: data, 84: data },
      ...{ 88: 0, 92: 0, 96: 0 },
    };
    for (const [at, value] of Object.entries({ ...usual, ...fields })) guest.ram.write32(Place.other + Number(at), value);
  };
  const busyOf = (selector: number): boolean => (guest.described(selector) & (2n << 40n)) !== 0n;
  const field = (at: number, of: number = Place.task): number => guest.ram.read32(of + at);
  const link = (): number => field(0, Place.other) & 0xffff;
  const isThere = (): boolean => guest.registers.rip === BigInt(otherCode + 1);

  test('a jump leaves one task and enters another', () => {
    guest.registers.setGeneral(3, 0x3333n);
    guest.outcome(jump(other));
    assert.equal(isThere(), true);
    assert.deepEqual([busyOf(task), busyOf(other), guest.registers.loaded(State.tr).selector], [false, true, other]);
    assert.deepEqual(
      [field(0x20), field(0x24), field(0x34), field(0x38), field(0x4c), field(0x50)],
      [Place.code + 7, one, 0x3333, Place.stack, code, data],
    );
    assert.deepEqual([guest.registers.general(0), guest.registers.stackPointer, guest.registers.flags], [0xaaaan, BigInt(otherStack), one]);
    assert.equal(guest.registers.cr0 & 8, 8);
  });

  test('a call nests it, and IRET goes back', () => {
    guest.outcome(call(other));
    assert.equal(isThere(), true);
    assert.deepEqual([busyOf(task), busyOf(other), link(), guest.registers.flags], [true, true, task, one | nt]);
    fresh();
    guest.ram.write(otherCode, Uint8Array.from(iret));
    assert.equal(guest.outcome(call(other)), 'halts at 0');
    assert.deepEqual(
      [busyOf(task), busyOf(other), guest.registers.flags, guest.registers.loaded(State.tr).selector],
      [true, false, one, task],
    );
    // It goes on behind its IRET the next time, and NT is clear.
    assert.deepEqual([field(0x20, Place.other), field(0x24, Place.other)], [otherCode + 1, one]);
  });

  test('a task gate leads to a task, of whatever privilege that is', () => {
    guest.describe(free + 8, gateOf(other, 0, Rights.taskGate | dpl(3)));
    guest.privilege(3);
    guest.outcome(call((free + 8) | 3));
    assert.equal(isThere(), true);
    assert.deepEqual([field(0x4c), guest.registers.cpl], [userCode, 0]);
    fresh();
    guest.privilege(3);
    assert.equal(guest.outcome(call(other | 3)), '#13(40)');
  });

  const refused: readonly (readonly [what: string, prepare: () => void, outcome: string])[] = [
    ['that is busy', () => guest.describe(other, segmentOf(Place.other, 0x67, Rights.task | 2)), '#13(40)'],
    ['that is not there', () => guest.describe(other, segmentOf(Place.other, 0x67, 0x09)), '#11(40)'],
    ['that is too short', () => guest.describe(other, segmentOf(Place.other, 0x66, Rights.task)), '#10(40)'],
    [
      'while the present one is too short',
      () => guest.registers.setLoaded(State.tr, { ...guest.registers.loaded(State.tr), limit: 9 }),
      '#10(28)',
    ],
  ];
  for (const [what, prepare, outcome] of refused)
    test(`a call to a task ${what}: ${outcome} in the old one, which is as it was`, () => {
      prepare();
      assert.equal(guest.outcome(call(other)), outcome);
      assert.deepEqual([guest.word(1), guest.registers.loaded(State.tr).selector, link()], [Place.code, task, 0]);
    });

  const late: readonly (readonly [what: string, fields: Readonly<Record<number, number>>, outcome: string])[] = [
    ['no code', { 76: 0 }, '#10(0)'],
    ['data as code', { 76: data }, '#10(10)'],
    ['code of another privilege', { 76: userCode & ~3 }, '#10(18)'],
    ['no stack', { 80: 0 }, '#10(0)'],
    ['the stack of another', { 80: userData }, '#10(20)'],
    ['code as data', { 84: task }, '#10(28)'],
    ['a table that is none', { 96: data }, '#10(10)'],
    ['an instruction pointer behind the end', { 76: free + 8, 32: 0x10_0000 }, '#13(0)'],
    ['a stack that is not there', { 80: free + 16 }, '#12(50)'],
    ['data that is not there', { 72: free + 16 }, '#11(50)'],
  ];
  for (const [what, fields, outcome] of late)
    test(`a task with ${what}: ${outcome} in the new one`, () => {
      guest.describe(free + 8, segmentOf(0, 0xffff, 0x409a));
      guest.describe(free + 16, segmentOf(0, 0xf_ffff, 0xc012));
      // Its handlers are a task of their own: the stack may be no good.
      guest.describe(free + 24, segmentOf(0x6000, 0x67, Rights.task));
      for (const vector of [10, 11, 12, 13]) guest.handle(vector, gateOf(free + 24, 0, Rights.taskGate));
      fill(fields);
      const handler = { 32: handlerOf(10), 36: one, 56: 0x9800, 72: data, 76: code, 80: data, 84: data };
      for (const [at, value] of Object.entries(handler)) guest.ram.write32(0x6000 + Number(at), value);
      guest.outcome(call(other));
      assert.equal(guest.registers.loaded(State.tr).selector, free + 24);
      assert.equal(field(0, 0x6000) & 0xffff, other);
      assert.equal(guest.word(0).toString(16), outcome.slice(4, -1));
      assert.equal(field(0x20, Place.other), fields[0x20] ?? otherCode);
    });

  test('an interrupt through a task gate has its error code on the stack of the task', () => {
    guest.handle(13, gateOf(other, 0, Rights.taskGate));
    guest.outcome([0x66, 0xb8, 0, 1, 0x8e, 0xd8]);
    assert.equal(isThere(), true);
    assert.deepEqual([guest.word(0), guest.registers.stackPointer, link()], [0x100, BigInt(otherStack - 4), task]);
    // The faulting instruction is done once more when it returns.
    assert.deepEqual([field(0x20), guest.registers.flags & nt], [Place.code + 4, nt]);
  });

  test('a task gate in the table of interrupts to a busy task is named with the event', () => {
    guest.describe(other, segmentOf(Place.other, 0x67, Rights.task | 2));
    guest.handle(6, gateOf(other, 0, Rights.taskGate));
    assert.equal(guest.outcome([0x0f, 0x0b]), '#13(41)');
  });

  test('IRET to what is no task, or is not busy, is #TS', () => {
    guest.registers.flags = nt;
    guest.ram.write32(Place.task, data);
    assert.equal(guest.outcome(iret), '#10(10)');
    fresh();
    guest.registers.flags = nt;
    guest.ram.write32(Place.task, other);
    assert.equal(guest.outcome(iret), '#10(40)');
  });

  test('a task of 16 bits has no more', () => {
    guest.describe(other, segmentOf(Place.other, 0x2b, 0x81));
    guest.ram.write(Place.other, new Uint8Array(0x68));
    guest.ram.write(0x6000, Uint8Array.of(0xf4));
    const fields = { 14: 0x6000, 16: one, 18: 0xaaaa, 26: 0x7000, 34: data, 36: code, 38: data, 40: data };
    for (const [at, value] of Object.entries(fields)) guest.ram.write(Place.other + Number(at), Uint8Array.from(word(value)));
    guest.outcome(call(other));
    assert.deepEqual([guest.registers.rip, guest.registers.stackPointer, guest.registers.general(0)], [0x6001n, 0x7000n, 0xaaaan]);
    assert.deepEqual([guest.registers.flags, link(), guest.selector(Segment.fs)], [one | nt, task, 0]);
    fresh();
    guest.describe(other, segmentOf(Place.other, 0x2a, 0x81));
    assert.equal(guest.outcome(call(other)), '#10(40)');
  });

  test('a task may begin in virtual-8086 mode', () => {
    fill({ 36: one | vm, 76: otherCode >> 4, 32: 0, 80: 0x700, 56: 0x10, 84: 0x1234, 4: 0x7800, 8: data });
    guest.ram.write(otherCode, Uint8Array.of(0x0f, 0x0b));
    assert.equal(guest.outcome(call(other)), '#6');
    assert.deepEqual(guest.words(5), [0, otherCode >> 4, one | rf | vm | nt, 0x10, 0x700]);
    assert.equal(guest.word(6), 0x1234);
  });

  test('a task that is marked so is trapped before its first instruction', () => {
    fill({ 100: 1 });
    guest.processor.state.setUint32(State.dr7, 0x4ff, true);
    assert.equal(guest.outcome(jump(other)), '#1');
    assert.equal(guest.word(0), otherCode);
    assert.equal(guest.processor.state.getUint32(State.dr6, true) & Dr6.bt, Dr6.bt);
    assert.equal(guest.processor.state.getUint32(State.dr7, true), 0x4aa);
  });

  test('TF of the task that is left traps in the one that is entered', () => {
    guest.registers.flags = tf;
    assert.equal(guest.outcome(jump(other)), '#1');
    assert.equal(guest.word(0), otherCode);
  });

  suite('ports', () => {
    const seen: string[] = [];
    const ports: Ports = {
      read: (port, bytes) => {
        seen.push(`in ${port} ${bytes}`);
        return 0x55;
      },
      write: (port, bytes) => void seen.push(`out ${port} ${bytes}`),
    };
    beforeEach(() => {
      seen.length = 0;
      fresh(ports);
      guest.ram.write32(Place.task + 0x64, 0x68 << 16);
      guest.ram.write(Place.task + 0x68, new Uint8Array(0x20));
      guest.registers.setLoaded(State.tr, { ...guest.registers.loaded(State.tr), limit: 0x68 + 0x20 });
      guest.ram.write(Place.task + 0x68 + 0x20, Uint8Array.of(0xff));
      guest.ram.write(Place.task + 0x68 + 2, Uint8Array.of(0b0000_0010));
      guest.privilege(3);
    });
    const [inAl, inEax, outAl] = [(port: number) => [0xe4, port], (port: number) => [0xe5, port], (port: number) => [0xe6, port]] as const;
    const behind = [0xf1];

    test('are allowed by a bit for each byte', () => {
      assert.equal(guest.outcome([...inAl(16), ...outAl(18), ...behind]), '#1');
      assert.deepEqual(seen, ['in 16 1', 'out 18 1']);
      guest.privilege(3);
      assert.equal(guest.outcome(inAl(17)), '#13(0)');
      guest.privilege(3);
      assert.equal(guest.outcome(inEax(14)), '#13(0)');
      assert.equal(seen.length, 2);
    });

    test('are forbidden behind the end of the map, and where there is none', () => {
      guest.registers.setGeneral(2, 0xffn);
      assert.equal(guest.outcome([0xec, ...behind]), '#1');
      guest.privilege(3);
      guest.registers.setGeneral(2, 0x100n);
      assert.equal(guest.outcome([0xec, ...behind]), '#13(0)');
      guest.privilege(3);
      guest.registers.setLoaded(State.tr, { ...guest.registers.loaded(State.tr), limit: 0x67 });
      assert.equal(guest.outcome(inAl(16)), '#13(0)');
    });

    test('are all allowed by IOPL', () => {
      guest.registers.flags = Eflags.iopl;
      assert.equal(guest.outcome([...inAl(17), ...behind]), '#1');
      assert.deepEqual(seen, ['in 17 1']);
    });

    test('are asked for before the memory of a string', () => {
      guest.registers.setGeneral(2, 17n);
      guest.registers.setGeneral(7, BigInt(Place.data));
      assert.equal(guest.outcome([0x6c, ...behind]), '#13(0)');
      guest.privilege(3);
      guest.registers.setGeneral(2, 16n);
      guest.registers.setGeneral(6, BigInt(Place.data));
      assert.equal(guest.outcome([0x6c, 0x6e, ...behind]), '#1');
      assert.deepEqual(seen, ['in 16 1', 'out 16 1']);
      assert.equal(guest.ram.read32(Place.data), 0x55);
    });
  });
});
