/** Far jumps, calls and returns in protected mode, by the manual's pseudo-code. */
import assert from 'node:assert/strict';
import { before, beforeEach, suite, test } from 'node:test';
import { Segment } from '../../isa/index.ts';
import type { Engine } from '../engine.ts';
import { double, dpl, Guest, gateOf, movAx, Place, protectedEngine, Rights, Selector, segmentOf, word } from '../stage/guest.ts';

const { free, code, data, userCode, userData } = Selector;
const farther = Place.code + 0x800;
const jump = (selector: number, offset = farther): readonly number[] => [0xea, ...double(offset), ...word(selector)];
const call = (selector: number, offset = farther): readonly number[] => [0x9a, ...double(offset), ...word(selector)];
const push = (value: number): readonly number[] => [0x68, ...double(value)];
const retf = [0xcb];

suite('far transfers', () => {
  let engine: Engine;
  let guest: Guest;
  before(() => {
    engine = protectedEngine();
  });
  beforeEach(() => {
    guest = new Guest(engine);
    guest.ram.write(farther & 0xffff, Uint8Array.of(0x0f, 0x0b));
    // Who comes here halts; a user asks for interrupt 0x30 instead.
    guest.ram.write(farther, Uint8Array.of(0xf4));
    guest.handle(0x30, gateOf(code, Place.handlers + 0x300, Rights.interrupt | dpl(3)));
  });
  const there = `halts at ${0x800}`;
  /** As `outcome`, but of where it halts nothing but that. */
  const reach = (bytes: readonly number[]): string => {
    const outcome = guest.outcome(bytes);
    return Number(guest.registers.rip) === farther + 1 ? there : outcome;
  };
  const codeOf = (rights: number, limit = 0xf_ffff): bigint => segmentOf(0, limit, 0xc090 | rights);

  const direct: readonly (readonly [what: string, cpl: 0 | 3, descriptor: bigint, selector: number, outcome: string])[] = [
    ['code of the same privilege', 0, codeOf(0xa), free, there],
    ['code asked for at less privilege', 0, codeOf(0xa), free | 3, '#13(40)'],
    ['code of less privilege', 0, codeOf(0xa | dpl(3)), free, '#13(40)'],
    ['conforming code of less privilege', 0, codeOf(0xe | dpl(3)), free, '#13(40)'],
    ['conforming code', 0, codeOf(0xe), free | 3, there],
    ['code of more privilege', 3, codeOf(0xa), free | 3, '#13(40)'],
    ['data', 0, segmentOf(0, 0xf_ffff, 0xc092), free, '#13(40)'],
    ['code that is not there', 0, segmentOf(0, 0xf_ffff, 0xc01a), free, '#11(40)'],
    ['an offset behind the end', 0, segmentOf(0, 0xffff, 0x409a), free, '#13(0)'],
    ['a null selector', 0, 0n, 0, '#13(0)'],
    ['no descriptor', 0, 0n, 0x100, '#13(100)'],
    ['an interrupt gate', 0, gateOf(code, farther, Rights.interrupt), free, '#13(40)'],
  ];
  for (const [what, cpl, descriptor, selector, outcome] of direct)
    for (const [how, transfer] of [['jump', jump] as const, ['call', call] as const])
      test(`a ${how} to ${what}: ${outcome}`, () => {
        guest.describe(free, descriptor);
        guest.privilege(cpl);
        assert.equal(reach(transfer(selector)), outcome);
      });

  test('a user who comes to conforming code stays one', () => {
    guest.describe(free, codeOf(0xe));
    guest.privilege(3);
    guest.ram.write(farther, Uint8Array.of(0xcd, 0x30));
    assert.equal(guest.outcome(jump(free)), '#48');
    assert.deepEqual(guest.words(2), [farther + 2, free | 3]);
  });

  test('a call leaves where it came from, as wide as operands are', () => {
    assert.equal(reach(call(code)), there);
    assert.deepEqual(guest.words(2), [Place.code + 7, code]);
    assert.equal(guest.registers.stackPointer, BigInt(Place.stack - 8));
    guest = new Guest(engine);
    guest.describe(free, segmentOf(Place.code, 0xffff, 0x409a));
    // An operand of 16 bits.
    guest.outcome([0x66, 0x9a, 0, 8, free, 0]);
    assert.deepEqual([guest.word(0) >>> 0, guest.registers.stackPointer], [(code << 16) | 6, BigInt(Place.stack - 4)]);
  });

  const gate = (rights: number, target: number = code, parameters = 0, offset = farther): bigint =>
    gateOf(target, offset, rights, parameters);

  const gates: readonly (readonly [what: string, cpl: 0 | 3, gate: bigint, selector: number, jump: string, call: string])[] = [
    ['within a privilege', 0, gate(Rights.gate), free, there, there],
    ['that is not there', 0, gate(0x0c), free, '#11(40)', '#11(40)'],
    ['for more privilege than asks', 3, gate(Rights.gate), free | 3, '#13(40)', '#13(40)'],
    ['asked for at less privilege', 0, gate(Rights.gate), free | 3, '#13(40)', '#13(40)'],
    ['to data', 0, gate(Rights.gate, data), free, '#13(10)', '#13(10)'],
    ['to nothing', 0, gate(Rights.gate, 0), free, '#13(0)', '#13(0)'],
    ['to code of less privilege', 0, gate(Rights.gate, userCode), free, '#13(18)', '#13(18)'],
    ['to more privilege', 3, gate(Rights.gate | dpl(3)), free | 3, '#13(8)', there],
    ['of 16 bits, whose offset has no more', 0, gate(0x84), free, '#6', '#6'],
  ];
  for (const [what, cpl, descriptor, selector, jumped, called] of gates)
    for (const [how, transfer, outcome] of [['jump', jump, jumped] as const, ['call', call, called] as const])
      test(`a ${how} through a call gate ${what}: ${outcome}`, () => {
        guest.describe(free, descriptor);
        guest.privilege(cpl);
        // The offset of the gate counts, that of the pointer doesn't.
        assert.equal(reach(transfer(selector, 0x7777)), outcome);
      });

  test('a call gate to more privilege copies parameters to the stack of the task, and RET takes them off both', () => {
    guest.describe(free, gate(Rights.gate | dpl(3), code, 2));
    guest.privilege(3);
    assert.equal(reach([...push(0x1111), ...push(0x2222), ...call(free | 3)]), there);
    const back = Place.code + 17;
    assert.deepEqual(guest.words(6), [back, userCode, 0x2222, 0x1111, Place.stack - 8, userData]);
    assert.deepEqual([guest.registers.cpl, guest.selector(Segment.ss), guest.selector(Segment.cs)], [0, data, code]);
    assert.equal(guest.registers.stackPointer, BigInt(Place.innerStack - 24));
    // ret far 8 where the call led, and behind it INT 0x30 by the user; FS has become the supervisor's meanwhile.
    guest = new Guest(engine);
    guest.handle(0x30, gateOf(code, Place.handlers + 0x300, Rights.interrupt | dpl(3)));
    guest.describe(free, gate(Rights.gate | dpl(3), code, 2));
    guest.privilege(3);
    guest.ram.write(farther, Uint8Array.from([...movAx(data), 0x8e, 0xe0, 0xca, 8, 0]));
    assert.equal(guest.outcome([...push(0x1111), ...push(0x2222), ...call(free | 3), 0xcd, 0x30]), '#48');
    assert.deepEqual(
      guest.words(5).filter((_, at) => at !== 2),
      [back + 2, userCode, Place.stack, userData],
    );
    assert.deepEqual([guest.selector(Segment.fs), guest.selector(Segment.ds)], [0, userData]);
  });

  test('a call gate of 16 bits has a frame of words', () => {
    guest.describe(free, gateOf(code, 0x6000, 0x84 | dpl(3), 1));
    guest.ram.write(0x6000, Uint8Array.of(0xf4));
    guest.privilege(3);
    guest.outcome([...push(0x1111_2222), ...call(free | 3)]);
    const words = [0, 1, 2, 3, 4].map((at) => (guest.word(at >> 1) >>> (16 * (at & 1))) & 0xffff);
    assert.deepEqual(words, [(Place.code + 12) & 0xffff, userCode, 0x2222, Place.stack - 4, userData]);
  });

  const stacks: readonly (readonly [what: string, prepare: () => void, outcome: string])[] = [
    ['of no segment', () => guest.ram.write32(Place.task + 8, 0), '#10(0)'],
    ['of another privilege', () => guest.ram.write32(Place.task + 8, userData), '#10(20)'],
    ['that is code', () => guest.ram.write32(Place.task + 8, code), '#10(8)'],
    ['beyond the table', () => guest.ram.write32(Place.task + 8, 0x100), '#10(100)'],
    ['that the task has no room for', () => guest.registers.setLoaded(0x320, { ...guest.registers.loaded(0x320), limit: 8 }), '#10(28)'],
    ['that is not there', () => guest.describe(data, segmentOf(0, 0xf_ffff, 0xc012)), '#12(10)'],
    [
      'that ends too soon',
      () => {
        guest.describe(free + 8, segmentOf(Place.innerStack, 7, 0x4092));
        guest.ram.write32(Place.task + 4, 8);
        guest.ram.write32(Place.task + 8, free + 8);
      },
      '#12(48)',
    ],
  ];
  for (const [what, prepare, outcome] of stacks)
    test(`a call gate to a stack ${what}: ${outcome}, to a handler of the caller's privilege`, () => {
      guest.describe(free, gate(Rights.gate | dpl(3)));
      guest.privilege(3);
      prepare();
      // Conforming code needs no other stack.
      guest.describe(free + 16, codeOf(0xe));
      for (const vector of [10, 12]) guest.handle(vector, gateOf(free + 16, Place.handlers + 16 * vector, Rights.interrupt));
      // A user can't halt: he spins.
      guest.ram.write(Place.handlers + 160, Uint8Array.of(0xeb, 0xfe));
      guest.ram.write(Place.handlers + 192, Uint8Array.of(0xeb, 0xfe));
      assert.equal(guest.run(call(free | 3)).why, 'budget');
      assert.equal(`#${guest.vector}(${guest.word(0).toString(16)})`, outcome);
      assert.deepEqual(guest.words(3).slice(1), [Place.code, userCode]);
    });

  test('a far return keeps privilege, or lessens it together with the stack', () => {
    assert.equal(reach([...push(code), ...push(farther), ...retf]), there);
    guest.ram.write(farther, Uint8Array.of(0xcd, 0x30));
    guest.registers.setSegment(Segment.gs, { ...guest.registers.segment(Segment.ds), base: 0x40_0000n });
    assert.equal(guest.outcome([...push(userData), ...push(0x7000), ...push(userCode), ...push(farther), ...retf]), '#48');
    assert.deepEqual(guest.words(2), [farther + 2, userCode]);
    assert.deepEqual([guest.word(3), guest.word(4)], [0x7000, userData]);
    assert.equal(guest.selector(Segment.ds), 0);
    // What is out of reach keeps its base: 64-bit code has no more than that.
    const { selector, base, rights } = guest.registers.segment(Segment.gs);
    assert.deepEqual([selector, base, rights], [0, 0x40_0000n, 0]);
  });

  const returns: readonly (readonly [what: string, stack: readonly number[], outcome: string])[] = [
    ['nothing', [0, farther], '#13(0)'],
    ['data', [data, farther], '#13(10)'],
    ['code of another privilege than asked for', [code | 3, farther], '#13(8)'],
    ['less privilege without a stack', [0, 0x7000, userCode, farther], '#13(0)'],
    ['less privilege with a stack of more', [data, 0x7000, userCode, farther], '#13(10)'],
    ['less privilege with code as a stack', [userCode, 0x7000, userCode, farther], '#13(18)'],
    ['behind the table', [0x100, farther], '#13(100)'],
  ];
  for (const [what, stack, outcome] of returns)
    test(`a far return to ${what}: ${outcome}, and the stack is as it was`, () => {
      assert.equal(reach([...stack.flatMap(push), ...retf]), outcome);
      assert.equal(guest.word(4), stack.at(-1));
    });

  test('a user does not return to more privilege', () => {
    guest.privilege(3);
    assert.equal(guest.outcome([...push(code), ...push(farther), ...retf]), '#13(8)');
  });
});
