/** Exceptions and interrupts of long mode by handlers, where tables and stack are at hand, and by the processor, where each access is watched: they leave the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Eflags, SegmentPart, State } from '../../isa/index.ts';
import { Counter } from '../counts.ts';
import { double, dpl, gateOf, handlerOf, Place, protectedEngine, Rights, Selector, segmentOf } from '../stage/guest.ts';
import { LongGuest, longCode } from '../stage/long-guest.ts';
import { dice, leftOf, pick, shown, watch } from '../stage/watched.ts';

const { code, userCode, free } = Selector;
const engine = protectedEngine();
const rounds = 600;

/** What comes of each, and what is raised: #UD, #PF of a write to what isn't there, an interrupt. */
const events = {
  ud: { vector: 6, bytes: [0x0f, 0x0b] },
  pf: { vector: 14, bytes: [0x89, 0x04, 0x25, ...double(0x60_0000)] },
  interrupt: { vector: 0x30, bytes: [0x90] },
} as const;

interface Case {
  readonly event: keyof typeof events;
  readonly level: 0 | 3;
  readonly pointer: bigint;
  readonly inner: bigint;
  readonly flags: number;
  readonly gate: { readonly low: bigint; readonly high: bigint };
  readonly free: bigint;
  readonly limits: { readonly gdt: number; readonly idt: number; readonly task: number };
}

const caseOf = (roll: (sides: number) => number): Case => {
  const event = pick(roll, 'ud', 'pf', 'interrupt');
  const { vector } = events[event];
  const { interrupt, trap } = Rights;
  const rights = pick(roll, interrupt, interrupt, trap, interrupt | dpl(3), interrupt & ~0x80, Rights.gate);
  const stack = roll(8) === 0 ? 1 : 0;
  const selector = pick(roll, code, code, code, code | 3, free, free, userCode, 0);
  const kinds = [longCode, longCode, longCode & ~1, longCode | 4, longCode & ~0x80, Rights.code, Rights.data, longCode | dpl(3)];
  return {
    event,
    level: pick(roll, 0, 3),
    pointer: pick(roll, BigInt(Place.stack), BigInt(Place.stack - 4), BigInt(Place.stack + 16), 1n << 47n, 0x60_0000n),
    inner: pick(roll, BigInt(Place.innerStack), BigInt(Place.innerStack), BigInt(Place.innerStack + 24), 1n << 47n, 0x60_0000n),
    flags: Eflags.one | Eflags.if | pick(roll, 0, 0, Eflags.cf | Eflags.zf, Eflags.nt | Eflags.df, Eflags.ac, Eflags.iopl | Eflags.id),
    gate: {
      low: gateOf(selector, handlerOf(vector), rights, stack),
      high: pick(roll, 0n, 0n, 0n, 0x8000n, 0xffff_ffffn),
    },
    free: segmentOf(roll(4) << 12, pick(roll, 0xf_ffff, 0x12), pick(roll, ...kinds)),
    limits: {
      gdt: pick(roll, 0xff, 0xff, 0xff, free + 6, code + 6),
      idt: pick(roll, 0xfff, 0xfff, 16 * vector + 15, 16 * vector + 14),
      task: pick(roll, 0x67, 0x67, 11, 10),
    },
  };
};

const raise = (guest: LongGuest, { event, level, pointer, flags }: Pick<Case, 'event' | 'level' | 'pointer' | 'flags'>): unknown => {
  const { processor, registers } = guest;
  guest.privilege(level);
  registers.flags = flags;
  registers.setGeneral(4, pointer);
  registers.rip = BigInt(Place.code);
  if (event === 'interrupt') return processor.interrupt(events.interrupt.vector);
  return processor.run(1);
};

/** Tables as they are usually, and what is raised finds all at hand. */
const prepare = (guest: LongGuest, { event }: Case): void => {
  const { processor, ram } = guest;
  const { state } = processor;
  const { vector, bytes } = events[event];
  ram.write(Place.code, Uint8Array.from(bytes));
  guest.handle(vector, gateOf(code, handlerOf(vector), Rights.interrupt));
  ram.write64(Place.task + 4, BigInt(Place.innerStack));
  limit(guest, { gdt: 0xff, idt: 0xfff, task: 0x67 });
  state.setUint32(State.activity, 0, true);
  state.setUint32(State.shadow, 0, true);
  processor.forget();
  const usual = { event, pointer: BigInt(Place.stack), flags: Eflags.one | Eflags.if };
  for (const level of [0, 0, 3, 3] as const) raise(guest, { ...usual, level });
};

const limit = ({ processor: { state } }: LongGuest, { gdt, idt, task }: Case['limits']): void => {
  state.setUint32(State.gdtr + 8, gdt, true);
  state.setUint32(State.idtr + 8, idt, true);
  state.setUint32(State.tr + SegmentPart.limit, task, true);
};

const outcomeOf = (guest: LongGuest, one: Case): unknown => {
  prepare(guest, one);
  guest.describe(free, one.free);
  guest.handle(events[one.event].vector, one.gate.low, one.gate.high);
  guest.ram.write64(Place.task + 4, one.inner);
  limit(guest, one.limits);
  return { said: raise(guest, one), ...leftOf(guest) };
};

test('both leave the same, whatever tables say', () => {
  const roll = dice(5);
  const counters = [new Counter(), new Counter()] as const;
  const [quick, whole] = counters.map((counter) => new LongGuest(engine, { counter })) as [LongGuest, LongGuest]; // As many.
  watch(whole);
  const delivered = (): number => counters[0].counted.delivered;
  let usual = 0;
  for (let round = 0; round < rounds; round++) {
    const one = caseOf(roll);
    const before = delivered();
    assert.deepEqual(outcomeOf(quick, one), outcomeOf(whole, one), shown(one));
    // Of those that come before, two find all at hand.
    if (delivered() - before === 3) usual++;
  }
  assert.equal(counters[1].counted.delivered, 0);
  assert.ok(usual > rounds / 20 && usual < rounds / 2, `${usual} of ${rounds}`);
});
