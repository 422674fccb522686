/** Segments, transfers and interrupts of long mode, by the manual's pseudo-code. */
import assert from 'node:assert/strict';
import { before, beforeEach, suite, test } from 'node:test';
import { Eflags, Segment, State } from '../../isa/index.ts';
import type { Engine } from '../engine.ts';
import { double, dpl, gateOf, handlerOf, movAx, Place, protectedEngine, Rights, Selector, segmentOf, word } from '../stage/guest.ts';
import { compatible, LongGuest } from '../stage/long-guest.ts';

const { code, data, userCode, userData, task, free } = Selector;
const { one, rf, nt, if: open, iopl } = Eflags;
const ud2 = [0x0f, 0x0b];
const push = (value: number): readonly number[] => [0x68, ...double(value)];
const frame = (...values: readonly number[]): readonly number[] => values.flatMap(push);
const iretq = [0x48, 0xcf];
const movDs = [0x8e, 0xd8];
const movSs = [0x8e, 0xd0];
const farther = Place.code + 0x800;

suite('long mode', () => {
  let engine: Engine;
  let guest: LongGuest;
  before(() => {
    engine = protectedEngine();
  });
  beforeEach(() => {
    guest = new LongGuest(engine);
    guest.ram.write(farther, Uint8Array.of(0xf4));
  });
  const there = 'halts there';
  const reach = (bytes: readonly number[]): string => {
    const outcome = guest.outcome(bytes);
    return Number(guest.registers.rip) === farther + 1 ? there : outcome;
  };
  /** To a pointer of 64 bits in memory: jmp, call. */
  const far = (digit: 5 | 3, selector: number, offset: bigint = BigInt(farther)): readonly number[] => {
    guest.ram.write64(Place.data, offset);
    guest.ram.write(Place.data + 8, Uint8Array.from(word(selector)));
    return [0x48, 0xff, (digit << 3) | 4, 0x25, ...double(Place.data)];
  };

  test('an interrupt always pushes the stack, at a multiple of 16', () => {
    guest.registers.setGeneral(4, BigInt(Place.stack - 4));
    assert.equal(guest.outcome(ud2), '#6');
    assert.equal(guest.registers.stackPointer, BigInt(Place.stack - 16 - 40));
    assert.deepEqual(guest.quads(5), [Place.code, code, one | rf, Place.stack - 4, data]);
    assert.equal(guest.selector(Segment.ss), data);
  });

  test('RF that IRET brings is gone behind one instruction, whether its code is known or not', () => {
    // add eax, 1; int 30h
    guest.ram.write(farther, Uint8Array.of(0x83, 0xc0, 0x01, 0xcd, 0x30));
    guest.run([...frame(data, Place.stack, one | rf, code, farther), ...iretq]);
    assert.deepEqual([guest.vector, guest.quads(3)[2]], [0x30, one]);
    guest.registers.rip = BigInt(Place.code);
    guest.registers.setGeneral(4, BigInt(Place.stack));
    guest.processor.state.setUint32(State.activity, 0, true);
    guest.processor.run(1000);
    assert.deepEqual([guest.vector, guest.quads(3)[2]], [0x30, one]);
  });

  test('a user is interrupted on RSP0, without a stack segment', () => {
    guest.privilege(3);
    assert.equal(guest.outcome([0xf4]), '#13(0)');
    assert.deepEqual(guest.quads(6), [0, Place.code, userCode, one | rf, Place.stack, userData]);
    assert.deepEqual([guest.selector(Segment.ss), guest.registers.cpl], [0, 0]);
  });

  test('a gate may name one of seven stacks', () => {
    guest.ram.write64(Place.task + 28 + 8 * 7, 0x7008n);
    guest.handle(6, gateOf(code, handlerOf(6), Rights.interrupt, 7));
    assert.equal(guest.outcome(ud2), '#6');
    assert.equal(guest.registers.stackPointer, BigInt(0x7000 - 40));
  });

  test('a stack that is no address, or that the task has no room for, faults', () => {
    guest.ram.write64(Place.task + 28 + 8, 1n << 47n);
    guest.handle(6, gateOf(code, handlerOf(6), Rights.interrupt, 1));
    assert.equal(guest.outcome(ud2), '#12(1)');
    guest = new LongGuest(engine);
    guest.registers.setLoaded(State.tr, { ...guest.registers.loaded(State.tr), limit: 28 });
    guest.handle(6, gateOf(code, handlerOf(6), Rights.interrupt, 1));
    assert.equal(guest.outcome(ud2), '#10(29)');
  });

  const gates: readonly (readonly [what: string, gate: bigint, upper: bigint, outcome: string])[] = [
    ['to code of 32 bits', gateOf(compatible & ~3, handlerOf(6), Rights.interrupt), 0n, '#13(39)'],
    ['to a task', gateOf(task, 0, Rights.taskGate), 0n, '#13(33)'],
    ['of 16 bits', gateOf(code, 0, 0x86), 0n, '#13(33)'],
    ['that is not there', gateOf(code, 0, 0x0e), 0n, '#11(33)'],
    ['to what is no address', gateOf(code, 0, Rights.interrupt), 0x8000n, '#13(1)'],
  ];
  for (const [what, gate, upper, outcome] of gates)
    test(`a gate ${what}: ${outcome}`, () => {
      guest.handle(6, gate, upper);
      assert.equal(guest.outcome(ud2), outcome);
    });

  test('IRETQ takes the stack, too, and may have none of a segment', () => {
    assert.equal(reach([...frame(0, 0x7000, one | open, code, farther), ...iretq]), there);
    assert.deepEqual([guest.registers.stackPointer, guest.selector(Segment.ss), guest.registers.flags], [0x7000n, 0, one | open]);
    guest.ram.write(farther, Uint8Array.from(ud2));
    assert.equal(guest.outcome([...frame(userData, 0x7010, one | iopl, userCode, farther), ...iretq]), '#6');
    assert.deepEqual(guest.quads(5), [farther, userCode, one | iopl | rf, 0x7010, userData]);
  });

  test('IRET goes back to compatibility mode, whose exceptions come out as those of 64-bit code', () => {
    guest.ram.write(farther, Uint8Array.of(0x40, 0x0f, 0x0b));
    assert.equal(guest.outcome([...frame(userData, 0x7010, one, compatible, farther), ...iretq]), '#6');
    // There 40 is inc eax, and no prefix.
    assert.deepEqual(guest.quads(5), [farther + 1, compatible, one | rf, 0x7010, userData]);
  });

  const returns: readonly (readonly [what: string, values: readonly number[], outcome: string])[] = [
    ['a user without a stack segment', [3, 0x7000, one, userCode, farther], '#13(0)'],
    ['a stack segment of another privilege', [userData, 0x7000, one, code, farther], '#13(20)'],
    ['data', [data, 0x7000, one, data, farther], '#13(10)'],
  ];
  for (const [what, values, outcome] of returns)
    test(`IRETQ to ${what}: ${outcome}`, () => {
      assert.equal(reach([...frame(...values), ...iretq]), outcome);
    });

  test('IRETQ to what is no address faults before anything changes', () => {
    // mov rax, 1 << 47; push rax
    const address = [0x48, 0xb8, 0, 0, 0, 0, 0, 0x80, 0, 0, 0x50];
    assert.equal(guest.outcome([...frame(0, 0x7000, one, code), ...address, ...iretq]), '#13(0)');
    assert.equal(guest.quads(2)[1], Place.code + 20 + 11);
  });

  test('there are no tasks to return to', () => {
    guest.registers.flags = nt;
    assert.equal(guest.outcome(iretq), '#13(0)');
  });

  test('pointers of 64 bits lead to code, which has no limit', () => {
    assert.equal(reach(far(5, code)), there);
    assert.equal(reach(far(3, code)), there);
    assert.deepEqual(guest.quads(2), [Place.code + 8, code]);
    assert.equal(guest.outcome(far(5, code, 1n << 47n)), '#13(0)');
    guest.describe(free, segmentOf(0, 0, 0xe09b));
    assert.equal(guest.outcome(far(5, free)), '#13(40)');
    guest.describe(free, segmentOf(Place.task, 0x67, Rights.task));
    assert.equal(guest.outcome(far(5, free)), '#13(40)');
  });

  /** Of 16 bytes. */
  const describeGate = (low: bigint, high: bigint): void => {
    guest.describe(free, low);
    guest.describe(free + 8, high);
  };

  test('a call gate has 16 bytes, and to more privilege a stack without segment', () => {
    describeGate(gateOf(code, farther, Rights.gate | dpl(3)), 0n);
    guest.privilege(3);
    assert.equal(reach(far(3, free | 3)), there);
    assert.deepEqual(guest.quads(4), [Place.code + 8, userCode, Place.stack, userData]);
    assert.deepEqual(
      [guest.selector(Segment.ss), guest.registers.cpl, guest.registers.stackPointer],
      [0, 0, BigInt(Place.innerStack - 32)],
    );
    guest.privilege(3);
    describeGate(gateOf(code, farther, Rights.gate | dpl(3)), 0x0100_0000_0000n);
    assert.equal(guest.outcome(far(3, free | 3)), '#13(40)');
    guest.privilege(3);
    describeGate(gateOf(compatible, farther, Rights.gate | dpl(3)), 0n);
    assert.equal(guest.outcome(far(3, free | 3)), '#13(38)');
    guest.privilege(3);
    describeGate(gateOf(code, farther, 0x84 | dpl(3)), 0n);
    assert.equal(guest.outcome(far(3, free | 3)), '#13(40)');
  });

  test('the supervisor may do without a stack segment, a user may not', () => {
    assert.equal(guest.outcome([...movAx(0), ...movSs]), 'halts at 0');
    guest.privilege(3);
    assert.equal(guest.outcome([...movAx(3), ...movSs]), '#13(0)');
  });

  test('data segments are loaded, and forgotten by 64-bit code but for FS and GS', () => {
    guest.describe(free, segmentOf(Place.data, 0xf, 0x4090));
    guest.ram.write32(Place.data + 0x20, 0x77);
    // mov eax, [0x20] by FS, behind its limit.
    assert.equal(guest.outcome([...movAx(free), ...movDs, 0x8e, 0xe0, 0x64, 0x8b, 0x04, 0x25, ...double(0x20)]), 'halts at 0');
    assert.equal(guest.registers.general(0), 0x77n);
    assert.equal(guest.outcome([...movAx(0x200), ...movDs]), '#13(200)');
  });

  test('compatibility mode heeds limits and rights', () => {
    guest.describe(free + 16, segmentOf(Place.data, 0xf, 0x4092 | dpl(3)));
    guest.ram.write(farther, Uint8Array.from([...movAx((free + 16) | 3), ...movDs, 0xa1, ...double(0xd)]));
    assert.equal(guest.outcome([...frame(userData, 0x7010, one, compatible, farther), ...iretq]), '#13(0)');
    assert.equal(guest.quads(2)[1], farther + 6);
  });

  test('the system has descriptors of 16 bytes, and only available tasks are loaded', () => {
    const ltr = [0x0f, 0x00, 0xd8];
    describeGate(segmentOf(Place.other, 0x67, Rights.task), 0x1n);
    assert.equal(guest.outcome([...movAx(free), ...ltr]), 'halts at 0');
    assert.deepEqual(
      [guest.registers.loaded(State.tr).base, guest.registers.loaded(State.tr).limit],
      [(1n << 32n) + BigInt(Place.other), 0x67],
    );
    guest = new LongGuest(engine);
    describeGate(segmentOf(Place.other, 0x67, Rights.task), 0x100_0000n);
    assert.equal(guest.outcome([...movAx(free), ...ltr]), '#13(40)');
    describeGate(segmentOf(Place.other, 0x67, 0x81), 0n);
    assert.equal(guest.outcome([...movAx(free), ...ltr]), '#13(40)');
    // The second half is behind the table's end.
    guest.describe(0xf8, segmentOf(Place.other, 0x67, Rights.task));
    assert.equal(guest.outcome([...movAx(0xf8), ...ltr]), '#13(f8)');
  });

  test('tables have bases of 64 bits', () => {
    const [lidt, sidt] = [
      [0x0f, 0x01, 0x1c, 0x25, ...double(Place.data)],
      [0x0f, 0x01, 0x0c, 0x25, ...double(Place.data)],
    ];
    assert.equal(guest.outcome(sidt), 'halts at 0');
    assert.deepEqual([guest.ram.read64(Place.data), guest.ram.read32(Place.data + 8)], [0x2000_0fffn, 0]);
    guest.ram.write64(Place.data, 0x2000_0ffen);
    assert.equal(guest.outcome(lidt), 'halts at 0');
    assert.equal(guest.registers.table(State.idtr).limit, 0xffe);
    guest.ram.write32(Place.data + 6, 0x100_0000);
    assert.equal(guest.outcome(lidt), '#13(0)');
  });

  test('what is beyond addresses is #SS on the stack', () => {
    guest.registers.setGeneral(4, (1n << 47n) + 8n);
    guest.handle(12, gateOf(code, handlerOf(12), Rights.interrupt, 1));
    guest.ram.write64(Place.task + 28 + 8, 0x7000n);
    assert.equal(guest.outcome([0x50]), '#12(0)');
  });
});
