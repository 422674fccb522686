/** Segments, far transfers and interrupts of real-address mode by handlers, where table and stack are at hand, and by the processor: they leave the same, and what is usual nobody is asked for. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Eflags, Segment, State, segmentPlace } from '../../isa/index.ts';
import { Counter } from '../counts.ts';
import { Guest, Place, protectedEngine } from '../stage/guest.ts';
import { dice, leftOf, pick, shown, watch } from '../stage/watched.ts';

const engine = protectedEngine();
const [stackBase, data] = [0x5_0000, 0x3_0000];
const vector = 0x80;
/** Where far transfers lead: it halts there, at the offset 0x123 of this segment. */
const far = { selector: 0x1800, offset: 0x123 };

const word = (value: number): readonly number[] => [value & 0xff, (value >> 8) & 0xff];

interface Case {
  /** The instruction alone. */
  readonly code: readonly number[];
  /** What is on the stack, in words, and in memory at [bx]. */
  readonly stack: readonly number[];
  readonly pointer: readonly number[];
  readonly sp: number;
  readonly flags: number;
  /** Limit of the table of interrupts. */
  readonly table: number;
  /** Whether the page of the stack was touched before. */
  readonly isAtHand: boolean;
}

const usual: Case = {
  ...{ code: [], stack: [far.offset, far.selector, Eflags.cf | Eflags.if], pointer: [far.offset, far.selector] },
  ...{ sp: 0x800, flags: Eflags.one, table: 0x3ff, isAtHand: true },
};

const begun = ({ code, stack, pointer, sp, flags, table, isAtHand }: Case, counter?: Counter): Guest => {
  const guest = new Guest(engine, undefined, counter && { counter });
  const { processor, ram, registers } = guest;
  const { state } = processor;
  const real = (selector: number) => ({ selector, base: BigInt(selector << 4), limit: 0xffff, rights: 0x93 });
  state.setBigUint64(State.cr0, 0x10n, true);
  for (const segment of [Segment.es, Segment.ds, Segment.fs, Segment.gs]) registers.setSegment(segment, real(data >> 4));
  registers.setSegment(Segment.cs, real(Place.code >> 4));
  registers.setSegment(Segment.ss, real(stackBase >> 4));
  state.setUint32(State.idtr + 8, table, true);
  // Vector V halts at the offset 16 × V of the handlers' segment.
  for (let each = 0; each < 256; each++) ram.write32(Place.idt + 4 * each, ((Place.handlers >> 4) << 16) | (16 * each));
  ram.write((far.selector << 4) + far.offset, Uint8Array.of(0xf4));
  for (const [at, value] of pointer.entries()) ram.write(data + 0x10 + 2 * at, Uint8Array.from(word(value)));
  for (const [at, value] of stack.entries()) {
    const place = (sp + 2 * at) & 0xffff;
    ram.write(stackBase + place, Uint8Array.of(value & 0xff));
    ram.write(stackBase + ((place + 1) & 0xffff), Uint8Array.of(value >> 8));
  }
  // mov bx, 0x10; mov ax, fs; then, so that pages are at hand: the table's, read; the stack's, by push and pop.
  const touches = isAtHand ? [...[0x50, 0x58], ...[0x1e, 0x31, 0xc0, 0x8e, 0xd8, 0xa1, ...word(Place.idt), 0x1f]] : [];
  ram.write(Place.code, Uint8Array.from([0xbb, 0x10, 0, ...touches, 0xb8, ...word(0x4321), ...code, 0xf4]));
  registers.setGeneral(4, BigInt(sp));
  registers.rip = 0n;
  state.setUint32(State.flags, flags, true);
  processor.flush();
  processor.forget();
  return guest;
};

const leaves = (one: Case, isWatched: boolean): ReturnType<typeof leftOf> & { readonly why: string } => {
  const guest = begun(one);
  if (isWatched) watch(guest);
  const left = { why: guest.processor.run(1000).why, ...leftOf(guest) };
  const stack = guest.ram.bytes.slice(guest.ram.begin + stackBase, guest.ram.begin + stackBase + 0x1_0000);
  guest.leave();
  return { ...left, memory: Buffer.concat([left.memory, stack]) };
};

/** By the names of services. */
const askedBy = (one: Case): Readonly<Record<string, number>> => {
  const counter = new Counter();
  begun(one, counter).processor.run(1000);
  const { loadSegment = 0, jumpFar = 0, callFar = 0, returnFar = 0, interrupt = 0, interruptReturn = 0 } = counter.counted.asked;
  return { loadSegment, jumpFar, callFar, returnFar, interrupt, interruptReturn };
};

/** With the operand size's prefix each has numbers of 32 bits. */
const instructions = {
  'mov es, ax': [0x8e, 0xc0],
  'mov ss, ax': [0x8e, 0xd0],
  'mov fs, ax': [0x8e, 0xe0],
  'pop ds': [0x1f],
  'pop ss': [0x17],
  'pop gs': [0x0f, 0xa9],
  'les cx, [bx]': [0xc4, 0x0f],
  'lss cx, [bx]': [0x0f, 0xb2, 0x0f],
  'jmp far': [0xea, ...word(far.offset), ...word(far.selector)],
  'jmp far [bx]': [0xff, 0x2f],
  'call far': [0x9a, ...word(far.offset), ...word(far.selector)],
  'call far [bx]': [0xff, 0x1f],
  retf: [0xcb],
  'retf 6': [0xca, 6, 0],
  'int 80h': [0xcd, vector],
  iret: [0xcf],
} as const;

const caseOf = (roll: (sides: number) => number): Case => {
  const name = pick(roll, ...(Object.keys(instructions) as (keyof typeof instructions)[])); // They are its keys.
  const flags = (): number =>
    Eflags.one | pick(roll, 0, Eflags.cf, Eflags.if, Eflags.df | Eflags.of) | pick(roll, 0, 0, 0, Eflags.tf, Eflags.nt, Eflags.iopl);
  const isWide = roll(4) === 0 && !['jmp far', 'call far'].includes(name);
  const numbers = isWide ? [far.offset, pick(roll, 0, 0, 1), far.selector, 0] : [far.offset, far.selector];
  return {
    code: [...(isWide ? [0x66] : []), ...instructions[name]],
    stack: [...numbers, flags(), roll(2) === 0 ? 0 : 0xffff],
    pointer: numbers,
    sp: pick(roll, 0x800, 0x800, 0x800, 0xffe, 0xfff, 0xfffe, 0xfffb, 2, 0, 1),
    flags: Eflags.one | pick(roll, 0, Eflags.if, Eflags.cf | Eflags.pf) | pick(roll, 0, 0, 0, 0, Eflags.ac, Eflags.nt, Eflags.rf),
    table: pick(roll, 0x3ff, 0x3ff, 0x3ff, 4 * vector + 3, 4 * vector + 2),
    isAtHand: roll(5) > 0,
  };
};

suite('real-address mode', () => {
  test('segments, far transfers and interrupts leave the same, whoever does them', () => {
    const roll = dice(3);
    const met = new Set<unknown>();
    for (let count = 0; count < 400; count++) {
      const one = caseOf(roll);
      const quick = leaves(one, false);
      assert.deepEqual(quick, leaves(one, true), shown(one));
      met.add(quick.left['rip']);
    }
    assert.ok(met.size > 8);
  });

  for (const [name, code] of Object.entries(instructions))
    test(`${name}: nobody is asked`, () =>
      assert.deepEqual(askedBy({ ...usual, code }), {
        ...{ loadSegment: 0, jumpFar: 0, callFar: 0, returnFar: 0, interrupt: 0, interruptReturn: 0 },
      }));

  const refused: readonly (readonly [what: string, asked: string, change: Partial<Case>])[] = [
    ['a stack that was not touched', 'returnFar', { code: instructions.retf, isAtHand: false }],
    ['a frame that goes on at the other end of the stack', 'interruptReturn', { code: instructions.iret, sp: 0xfffb }],
    ['room that goes on there', 'callFar', { code: instructions['call far'], sp: 2 }],
    ['an interrupt behind the end of the table', 'interrupt', { code: instructions['int 80h'], table: 4 * vector + 2 }],
    ['an interrupt where AC is set', 'interrupt', { code: instructions['int 80h'], flags: Eflags.one | Eflags.ac }],
    [
      'flags that have each instruction watched',
      'interruptReturn',
      { code: instructions.iret, stack: [far.offset, far.selector, Eflags.tf] },
    ],
    ['an offset behind the end of code', 'jumpFar', { code: [0x66, 0xff, 0x2f], pointer: [0, 1, far.selector, 0] }],
  ];
  for (const [what, asked, change] of refused)
    test(`${what} is asked for`, () => assert.ok((askedBy({ ...usual, ...change })[asked] ?? 0) > 0));

  test('a segment begins at sixteen times its selector, and keeps its limit and its rights', () => {
    for (const [code, segment] of [
      [instructions['mov es, ax'], Segment.es],
      [instructions['mov ss, ax'], Segment.ss],
    ] as const) {
      const guest = begun({ ...usual, code });
      guest.registers.setSegment(segment, { ...guest.registers.segment(segment), limit: 0xffff_ffff, rights: 0x8093 });
      assert.equal(guest.processor.run(1000).why, 'halt');
      assert.deepEqual(guest.registers.segment(segment), { selector: 0x4321, base: 0x4_3210n, limit: 0xffff_ffff, rights: 0x8093 });
    }
  });

  test('behind a load of SS no interrupt comes, behind the next instruction it does', () => {
    const shadow = (count: number, code: readonly number[]): number => {
      const guest = begun({ ...usual, code, isAtHand: false });
      guest.processor.run(count);
      return guest.processor.state.getUint32(State.shadow, true);
    };
    // mov bx; mov ax; the load; hlt.
    for (const name of ['mov ss, ax', 'pop ss'] as const) assert.equal(shadow(3, instructions[name]), 2, name);
    for (const name of ['lss cx, [bx]', 'mov es, ax', 'pop ds'] as const) assert.equal(shadow(3, instructions[name]), 0, name);
    assert.equal(shadow(4, [...instructions['mov ss, ax'], 0x90]), 0);
  });

  test('code of 16 bits in virtual-8086 mode has its segments loaded so, too', () => {
    const guest = begun({ ...usual, code: instructions['mov fs, ax'] });
    const { state } = guest.processor;
    state.setBigUint64(State.cr0, 0x11n, true);
    state.setUint32(State.flags, Eflags.one | Eflags.vm | Eflags.iopl, true);
    state.setUint32(State.cpl, 3, true);
    guest.processor.flush();
    guest.processor.run(10);
    assert.equal(state.getBigUint64(segmentPlace(Segment.fs), true), 0x4_3210n);
  });
});
