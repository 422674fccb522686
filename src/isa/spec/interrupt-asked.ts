/**
 * INT n as systems of 32 bits have their programs ask: from privilege 3 through a gate to code of privilege 0, on the stack that the task keeps for it, with tables
 * and that stack at hand, where all segments begin at 0 and end nowhere before and behind it. Whatever is out of the ordinary the processor does, with nothing
 * changed: SDM Vol. 2A, INT n; Vol. 3A, 7.12.
 */
import { Eflags, Segment, SegmentPart, State, segmentPlace } from '../runtime/state.ts';
import type { Val } from '../stage/index.ts';
import { type Described, described, has, isFlat } from './control/described.ts';
import { areCalm, isFlatCode, setSegment } from './control/segments.ts';
import { image } from './eflags.ts';
import type { X } from './vocabulary.ts';

/** Rights that must be as they are here: a present gate of 32 bits that users may name, for interrupts or traps; code that doesn't conform and data that may be written, both present, used, of 32 bits and of privilege 0. */
const usual = {
  gate: { mask: 0xfe, rights: 0xee },
  code: { mask: 0x60fd, rights: 0x4099 },
  stack: { mask: 0x40ff, rights: 0x4093 },
} as const;

/** Bytes of its highest entry; a longer table is none. */
const longestTable = 0xffff;

export const askFlat = (x: X, vector: Val, ask: () => void): void => {
  const gate = gateOf(x, x.truncate(vector, 32));
  const { pointer, stack, isTask } = innerStack(x);
  const code = described(x, gate.selector);
  const top = x.sub(pointer, x.known(32, 20));
  const room = x.room('system', x.zext(top, 64), 32, 5);
  const flags = x.state(State.flags, 32);
  const claims = [
    ...[isFlatCode(x), x.eq(x.state(State.cpl, 32), x.known(32, 3)), x.eqz(x.state(State.heard, 32))],
    // What is the supervisor's is reached as always where AC is clear.
    ...[areCalm(x, flags), x.eqz(x.and(flags, x.known(32, Eflags.ac))), gate.isKnown, isTask, room.isKnown],
    ...[has(x, code, usual.code), isFlat(x, code), has(x, stack, usual.stack), isFlat(x, stack), isSupervisors(x, stack)],
  ];
  const isUsual = claims.reduce((all, claim) => x.and(all, claim));
  const selectorOf = (segment: Segment): Val => x.zext(x.state(segmentPlace(segment) + SegmentPart.selector, 16), 32);
  const before = [x.truncate(x.next, 32), selectorOf(Segment.cs), image(x), x.register('sp', 32).get(), selectorOf(Segment.ss)];
  x.when(x.not(isUsual), ask);
  x.only(isUsual, () => {
    room.put(...before);
    const open = x.select(gate.isTrap, x.known(32, 0), x.known(32, Eflags.if));
    x.setState(State.flags, x.and(flags, x.not(x.or(open, x.known(32, Eflags.nt)))));
    setSegment(x, Segment.ss, stack.loaded);
    setSegment(x, Segment.cs, { ...code.loaded, selector: x.and(code.loaded.selector, x.known(32, 0xfffc)) });
    x.register('sp', 32).set(top);
    x.setState(State.cpl, x.known(32, 0));
    x.setState(State.rip, x.zext(gate.offset, 64));
    x.look();
  });
};

interface Gate {
  /** Whether there is one as usual, and it is at hand. */
  readonly isKnown: Val;
  readonly selector: Val;
  readonly offset: Val;
  readonly isTrap: Val;
}

/** SDM Vol. 3A, figure 7-2. */
const gateOf = (x: X, vector: Val): Gate => {
  const at = x.shl(vector, 3);
  const limit = x.state(State.idtr + 8, 32);
  const isWithin = x.and(x.not(x.ltu(limit, x.or(at, x.known(32, 7)))), x.not(x.ltu(x.known(32, longestTable), limit)));
  const { isKnown, values } = x.glance('system', x.add(x.state(State.idtr, 64), x.zext(at, 64)), 32, 2);
  const [low, high] = values as [Val, Val]; // As many were asked for.
  const rights = x.shr(high, 8);
  const isUsual = x.eq(x.and(rights, x.known(32, usual.gate.mask)), x.known(32, usual.gate.rights));
  return {
    isKnown: x.and(x.and(isWithin, isKnown), isUsual),
    selector: x.shr(low, 16),
    offset: x.or(x.and(low, x.known(32, 0xffff)), x.and(high, x.known(32, 0xffff_0000))),
    isTrap: x.bit(rights, 0),
  };
};

/** What the task has for privilege 0, where it is one of 32 bits: SDM Vol. 3A, figure 8-2. */
const innerStack = (x: X): { readonly isTask: Val; readonly pointer: Val; readonly stack: Described } => {
  const part = (at: number, w: number): Val => x.state(State.tr + at, w);
  const isWide = x.and(x.bit(part(SegmentPart.rights, 32), 3), x.not(x.ltu(part(SegmentPart.limit, 32), x.known(32, 9))));
  const { isKnown, values } = x.glance('system', x.add(part(SegmentPart.base, 64), x.known(64, 4)), 32, 2);
  const [pointer, selector] = values as [Val, Val]; // As many were asked for.
  return { isTask: x.and(isWide, isKnown), pointer, stack: described(x, selector) };
};

/** Whether it was asked for with privilege 0. */
const isSupervisors = (x: X, { loaded: { selector } }: Described): Val => x.eqz(x.and(selector, x.known(32, 3)));
