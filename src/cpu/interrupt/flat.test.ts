/** INT n and IRET of 32 bits by handlers, where tables and stacks are at hand, and by the processor: they leave the same, and what is usual nobody is asked for. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Eflags, Segment, SegmentPart, State, segmentPlace } from '../../isa/index.ts';
import { Counter } from '../counts.ts';
import type { Observer } from '../observer.ts';
import { double, dpl, Guest, gateOf, handlerOf, Place, protectedEngine, Rights, Selector, segmentOf } from '../stage/guest.ts';
import { dice, leftOf, pick, shown, watch } from '../stage/watched.ts';

const engine = protectedEngine();
const { code, data, userCode, userData, free } = Selector;
/** Another free one. */
const second = free + 8;
const vector = 0x80;
const farther = Place.code + 0x800;
const userStack = Place.stack + 0x1000;

/** mov eax, [at]; mov [at], eax */
const read = (at: number): readonly number[] => [0xa1, ...double(at)];
const write = (at: number): readonly number[] => [0xa3, ...double(at)];

interface Case {
  /** What IRET takes off the stack. */
  readonly frame: readonly number[];
  /** The frame from the top of this page on, so that it may lie in two. */
  readonly top: number;
  readonly flags: number;
  readonly gate: bigint;
  readonly free: bigint;
  readonly second: bigint;
  /** Of the task: its stack and the selector of that, its limit and rights. */
  readonly stack: readonly [pointer: number, selector: number];
  readonly task: readonly [limit: number, rights: number];
  readonly limits: readonly [gdt: number, idt: number];
  /** A data segment that the program had before. */
  readonly hidden: { readonly segment: Segment; readonly rights: number; readonly selector: number };
  readonly ds: number;
}

const usual: Case = {
  frame: [farther, userCode, Eflags.one | Eflags.if | Eflags.cf | Eflags.of, userStack, userData],
  top: Place.stack - 20,
  flags: Eflags.one,
  gate: gateOf(code, handlerOf(vector), Rights.trap | dpl(3)),
  free: segmentOf(0, 0xf_ffff, Rights.code),
  second: segmentOf(0, 0xf_ffff, Rights.data),
  stack: [Place.innerStack, data],
  task: [0x67, 0x8b],
  limits: [0xff, 0x7ff],
  hidden: { segment: Segment.gs, rights: 0, selector: 0 },
  ds: userData,
};

/** IRET to a user who asks for the interrupt, whose handler halts. */
const begun = (one: Case, owner: ConstructorParameters<typeof Guest>[2] = {}): Guest => {
  const guest = new Guest(engine, undefined, owner);
  const { processor, ram, registers } = guest;
  const { state } = processor;
  guest.describe(free, one.free);
  guest.describe(second, one.second);
  guest.handle(vector, one.gate);
  ram.write32(Place.task + 4, one.stack[0]);
  ram.write32(Place.task + 8, one.stack[1]);
  const [limit, rights] = one.task;
  registers.setLoaded(State.tr, { selector: Selector.task, base: BigInt(Place.task), limit, rights });
  for (const segment of [Segment.es, Segment.ds])
    registers.setSegment(segment, { selector: one.ds, base: 0n, limit: 0xffff_ffff, rights: Rights.data | dpl(3) });
  for (const segment of [Segment.fs, Segment.gs]) registers.setSegment(segment, { selector: 0, base: 0n, limit: 0, rights: 0 });
  const hidden = segmentPlace(one.hidden.segment);
  state.setUint32(hidden + SegmentPart.rights, one.hidden.rights, true);
  state.setUint32(hidden + SegmentPart.selector, one.hidden.selector, true);
  state.setUint32(State.gdtr + 8, one.limits[0], true);
  state.setUint32(State.idtr + 8, one.limits[1], true);
  for (const [at, value] of one.frame.entries()) ram.write32(one.top + 4 * at, value);
  registers.setGeneral(4, BigInt(one.top));
  ram.write(farther, Uint8Array.of(0xcd, vector, 0xf4));
  state.setUint32(State.flags, one.flags, true);
  return guest;
};

const touches = [...read(Place.gdt), ...read(Place.idt + 8 * vector), ...read(Place.task), ...write(Place.innerStack - 64)];
const run = (guest: Guest): string => guest.run([...touches, ...read(Place.stack - 64), 0xcf]).why;

const leaves = (one: Case, isWatched: boolean): ReturnType<typeof leftOf> & { readonly why: string } => {
  const guest = begun(one);
  if (isWatched) watch(guest);
  const left = { why: run(guest), ...leftOf(guest) };
  guest.leave();
  return left;
};

const isOften = (roll: (sides: number) => number): boolean => roll(5) > 0;

const caseOf = (roll: (sides: number) => number): Case => {
  const odd = [free, free | 3, second, second | 3, 0, 3, code, data, userData, code | 3, userCode & ~3, userCode | 4, 0xf8];
  const selector = (often: number): number => (isOften(roll) ? often : pick(roll, ...odd));
  const kinds = [0x9b, 0xc09b, 0xc09a, 0xc09f, 0xc01b, 0xe09b, 0x409b, Rights.data, 0xc092, 0xc091, 0xc097, 0x8093, 0x4093];
  const descriptor = (): bigint =>
    segmentOf(roll(6) === 0 ? 4096 : 0, pick(roll, 0xf_ffff, 0xf_ffff, 0x20), pick(roll, ...kinds) | dpl(pick(roll, 0, 0, 3)));
  const gates = [0x8e, 0x8f, 0x8e, 0x8f, 0x86, 0x87, 0x85, 0x0e, 0x9e];
  const { one, tf, rf, ac, nt, vm } = Eflags;
  const isUser = isOften(roll);
  return {
    frame: [
      isOften(roll) ? farther : pick(roll, 0xffff_fff0, Place.code),
      selector(isUser ? userCode : code),
      pick(roll, one, one | Eflags.if, one | ac, one | nt, tf, rf, vm, -1) >>> 0,
      isOften(roll) ? userStack : 3,
      selector(isUser ? userData : data),
    ],
    top: isOften(roll) ? Place.stack - 20 : Place.stack - pick(roll, 12, 16),
    flags: isOften(roll) ? one | pick(roll, 0, Eflags.df, Eflags.cf) : one | pick(roll, nt, ac, Eflags.iopl),
    gate: gateOf(
      selector(pick(roll, code, free)),
      isOften(roll) ? handlerOf(vector) : 0xffff_fff0,
      pick(roll, ...gates) | dpl(isOften(roll) ? 3 : 0),
    ),
    free: descriptor(),
    second: descriptor(),
    stack: [isOften(roll) ? Place.innerStack : pick(roll, Place.innerStack + 8, 16, 0), selector(pick(roll, data, second))],
    task: pick(roll, [0x67, 0x8b], [0x67, 0x8b], [9, 0x8b], [8, 0x8b], [0x67, 0x83]),
    limits: [pick(roll, 0xff, 0xff, second + 7, second + 6), pick(roll, 0x7ff, 0x7ff, 8 * vector + 7, 8 * vector + 6)],
    hidden: {
      segment: pick(roll, Segment.fs, Segment.gs),
      rights: pick(roll, 0, 0, 0xc093, 0xc0f3, 0x9f),
      selector: pick(roll, 0, 0, 3, data),
    },
    ds: pick(roll, userData, userData, 0),
  };
};

/** How often handlers asked for what: the return, and the interrupt. */
const askedBy = (one: Case): readonly [returns: number, interrupts: number] => {
  const counter = new Counter();
  run(begun(one, { counter }));
  const { asked } = counter.counted;
  return [asked['interruptReturn'] ?? 0, asked['interrupt'] ?? 0];
};

suite('INT n and IRET of 32 bits', () => {
  test('they leave the same, whoever does them', () => {
    const roll = dice(11);
    const met = new Set<unknown>();
    for (let count = 0; count < 250; count++) {
      const one = caseOf(roll);
      const quick = leaves(one, false);
      assert.deepEqual(quick, leaves(one, true), shown(one));
      met.add(quick.left['rip']);
    }
    assert.ok(met.has(BigInt(handlerOf(vector) + 1)) && met.has(BigInt(handlerOf(13) + 1)) && met.size > 5);
  });

  test('what is usual leaves what the manual says, and nobody is asked', () => {
    const guest = begun(usual);
    assert.equal(run(guest), 'halt');
    assert.equal(guest.vector, vector);
    const flags = Eflags.one | Eflags.if | Eflags.cf | Eflags.of;
    assert.deepEqual(guest.words(5), [farther + 2, userCode, flags, userStack, userData]);
    assert.deepEqual(
      [Segment.cs, Segment.ss, Segment.ds].map((segment) => guest.selector(segment)),
      [code, data, userData],
    );
    assert.equal(guest.processor.rflags, flags);
    assert.deepEqual(askedBy(usual), [0, 0]);
  });

  test('an interrupt gate closes interrupts, NT ends, and the return is within privilege 0', () => {
    const closed = begun({ ...usual, gate: gateOf(code, handlerOf(vector), Rights.interrupt | dpl(3)) });
    run(closed);
    assert.equal(closed.processor.rflags & Eflags.if, 0);
    const same: Case = { ...usual, frame: [farther, code, Eflags.one] };
    const guest = begun(same);
    guest.handle(vector, gateOf(code, handlerOf(vector), Rights.trap));
    run(guest);
    assert.equal(guest.registers.stackPointer, BigInt(Place.stack - 8 - 12));
    assert.deepEqual(askedBy(same), [0, 1]);
  });

  const ofReturn: readonly (readonly [what: string, change: Partial<Case>])[] = [
    ['to virtual-8086 mode', { frame: [0, 0x100, Eflags.vm, 0, 0] }],
    ['with TF', { frame: [farther, userCode, Eflags.tf, userStack, userData] }],
    ['from a task', { flags: Eflags.one | Eflags.nt }],
    ['with AC', { flags: Eflags.one | Eflags.ac }],
    ['by a frame in two pages', { top: Place.stack - 16 }],
    ['to code with an end', { free: segmentOf(0, 0xf_ffff, 0x409b | dpl(3)), frame: [farther, free | 3, 2, userStack, userData] }],
    ['to code of 16 bits', { free: segmentOf(0, 0xf_ffff, 0x809b | dpl(3)), frame: [farther, free | 3, 2, userStack, userData] }],
    ['to code that was never used', { free: segmentOf(0, 0xf_ffff, 0xc09a | dpl(3)), frame: [farther, free | 3, 2, userStack, userData] }],
    ['to privilege 1', { free: segmentOf(0, 0xf_ffff, Rights.code | dpl(1)), frame: [farther, free | 1, 2, userStack, userData] }],
    ['to a local segment', { frame: [farther, 7, 2, userStack, userData] }],
    ['to a stack of 16 bits', { free: segmentOf(0, 0xf_ffff, 0x8093 | dpl(3)), frame: [farther, userCode, 2, userStack, free | 3] }],
    ['from a supervisor’s data', { hidden: { segment: Segment.gs, rights: 0xc093, selector: data } }],
    ['from a null selector that asks for less', { hidden: { segment: Segment.gs, rights: 0, selector: 3 } }],
    ['with a table that ends before', { limits: [userCode - 1, 0x7ff] }],
  ];
  for (const [what, change] of ofReturn) test(`IRET ${what} is asked for`, () => assert.equal(askedBy({ ...usual, ...change })[0], 1));

  const gate = (selector: number, rights: number): Partial<Case> => ({ gate: gateOf(selector, handlerOf(vector), rights | dpl(3)) });
  const ofInterrupt: readonly (readonly [what: string, change: Partial<Case>])[] = [
    ['through a gate for the supervisor alone', { gate: gateOf(code, handlerOf(vector), Rights.trap) }],
    ['through a gate of 16 bits', gate(code, 0x86)],
    ['through a gate that isn’t there', gate(code, 0x0e)],
    ['through a task gate', gate(Selector.task, Rights.taskGate)],
    ['behind the end of the table', { limits: [0xff, 8 * vector + 6] }],
    ['with AC', { frame: [farther, userCode, Eflags.ac, userStack, userData] }],
    ['to code that conforms', { ...gate(free, Rights.trap), free: segmentOf(0, 0xf_ffff, 0xc09f) }],
    ['to code that was never used', { ...gate(free, Rights.trap), free: segmentOf(0, 0xf_ffff, 0xc09a) }],
    ['to code at a base', { ...gate(free, Rights.trap), free: segmentOf(4096, 0xf_ffff, Rights.code) }],
    ['to code of a user', gate(userCode, Rights.trap)],
    ['of a task of 16 bits', { task: [0x67, 0x83] }],
    ['of a task that ends before', { task: [8, 0x8b] }],
    ['to a stack that no page holds', { stack: [Place.innerStack + 8, data] }],
    ['to a stack asked for by a user', { stack: [Place.innerStack, data | 3] }],
    ['to a stack that was never used', { stack: [Place.innerStack, second], second: segmentOf(0, 0xf_ffff, 0xc092) }],
    ['to a stack of 16 bits', { stack: [Place.innerStack, second], second: segmentOf(0, 0xf_ffff, 0x8093) }],
  ];
  for (const [what, change] of ofInterrupt)
    test(`INT n ${what} is asked for`, () => assert.deepEqual(askedBy({ ...usual, ...change }), [0, 1]));

  test('where somebody hears of interrupts, all are told', () => {
    const told: number[] = [];
    const nothing = (): void => {};
    const observer: Observer = {
      ...{ seesEach: false, awaited: undefined, shutdown: nothing, instruction: nothing, arrive: nothing },
      ...{ port: nothing, register: nothing, model: nothing, interrupt: (what) => told.push(what.vector) },
    };
    run(begun(usual, { observer }));
    assert.deepEqual(told, [vector]);
  });
});
