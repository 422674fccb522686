/**
 * Far transfers and interrupts of real-address mode, with the table and the stack at hand, where nothing has to be looked at. Whatever is out of the ordinary the
 * processor does, with nothing changed: SDM Vol. 3B, 22.1. Far transfers of virtual-8086 mode are the same: 22.2.
 */
import { Eflags, Segment, SegmentPart, Shadow, State, segmentPlace } from '../runtime/state.ts';
import type { Val } from '../stage/index.ts';
import { areCalm, setFlags } from './control/segments.ts';
import { image } from './eflags.ts';
import type { X } from './vocabulary.ts';

/** Of any segment, and of the table of interrupts at the most. */
const last = 0xffff;

/** Whether this may be code of either mode at all, whose stack has pointers of 16 bits. */
const mayBe = (x: X): boolean => x.stackSize === 16;

/** Whether segments begin at sixteen times their selectors: in virtual-8086 mode, too. */
export const areReal = (x: X): Val => {
  if (!mayBe(x)) return x.known(1, 0);
  return x.or(isReal(x), x.nez(x.and(x.state(State.flags, 32), x.known(32, Eflags.vm))));
};

const isReal = (x: X): Val => x.not(x.bit(x.state(State.cr0, 32), 0));

export const baseOf = (x: X, selector: Val): Val => x.zext(x.shl(selector, 4), 64);

/** Whether a transfer is as usual, and its changes then. */
export interface Transfer {
  readonly isUsual: Val;
  readonly make: () => void;
}

/** Both of 64 bits. */
export interface Pointer {
  readonly selector: Val;
  readonly offset: Val;
}

const none = (x: X): Transfer => ({ isUsual: x.known(1, 0), make: () => {} });

export const jumpReal = (x: X, { selector, offset }: Pointer): Transfer =>
  mayBe(x) ? { isUsual: x.and(areReal(x), isWithin(x, offset)), make: () => enter(x, x.truncate(selector, 32), offset) } : none(x);

/** With numbers of `w` bits. */
export const callReal = (x: X, { selector, offset }: Pointer, w: 16 | 32): Transfer => {
  if (!mayBe(x)) return none(x);
  const { top, room } = roomFor(x, w, 2);
  const here = [x.truncate(x.next, w), x.zext(x.state(selectorOf(Segment.cs), 16), w)];
  const make = (): void => {
    room.put(...here);
    x.register('sp', 16).set(top);
    enter(x, x.truncate(selector, 32), offset);
  };
  return { isUsual: all(x, [areReal(x), isWithin(x, offset), room.isKnown]), make };
};

/** `more` bytes of the stack are dropped behind it, of 64 bits. */
export const returnReal = (x: X, more: Val, w: 16 | 32): Transfer => {
  if (!mayBe(x)) return none(x);
  const { top, isKnown, values } = frameOf(x, w, 2);
  const [offset, selector] = values as [Val, Val]; // As many were asked for.
  const make = (): void => {
    x.register('sp', 16).set(x.add(x.add(top, x.known(16, (2 * w) / 8)), x.truncate(more, 16)));
    enter(x, selectorIn(x, selector), x.zext(offset, 64));
  };
  return { isUsual: all(x, [areReal(x), isKnown, isWithin(x, x.zext(offset, 64))]), make };
};

/** INT n of real-address mode alone; `vector` has 64 bits. */
export const interruptReal = (x: X, vector: Val): Transfer => {
  if (!mayBe(x)) return none(x);
  const at = x.shl(x.truncate(vector, 32), 2);
  const limit = x.state(State.idtr + 8, 32);
  const hasEntry = x.and(x.not(x.ltu(limit, x.or(at, x.known(32, 3)))), x.not(x.ltu(x.known(32, last), limit)));
  const entry = x.glance('system', x.add(x.state(State.idtr, 64), x.zext(at, 64)), 16, 2);
  const [offset, selector] = entry.values as [Val, Val]; // As many were asked for.
  const { top, room } = roomFor(x, 16, 3);
  const flags = x.state(State.flags, 32);
  const here = [x.truncate(x.next, 16), x.state(selectorOf(Segment.cs), 16), x.truncate(image(x), 16)];
  const claims = [isReal(x), isUnwatched(x), areCalm(x, flags), x.eqz(x.and(flags, x.known(32, Eflags.ac)))];
  const make = (): void => {
    room.put(...here);
    x.setState(State.flags, x.and(flags, x.known(32, ~Eflags.if)));
    x.register('sp', 16).set(top);
    enter(x, selectorIn(x, selector), x.zext(offset, 64));
  };
  return { isUsual: all(x, [...claims, hasEntry, entry.isKnown, room.isKnown]), make };
};

/** IRET with numbers of 16 bits, of real-address mode alone: NMIs come again behind it. */
export const interruptReturnReal = (x: X): Transfer => {
  if (!mayBe(x)) return none(x);
  const { top, isKnown, values } = frameOf(x, 16, 3);
  const [offset, selector, flags] = values as [Val, Val, Val]; // As many were asked for.
  const before = x.state(State.flags, 32);
  const isCalm = x.and(areCalm(x, before), x.eqz(x.and(flags, x.known(16, Eflags.tf))));
  const make = (): void => {
    setFlags(x, x.or(x.and(image(x), x.known(32, ~last)), x.and(x.zext(flags, 32), x.known(32, popped))));
    x.register('sp', 16).set(x.add(top, x.known(16, 6)));
    enter(x, selectorIn(x, selector), x.zext(offset, 64));
    x.setState(State.shadow, x.and(x.state(State.shadow, 32), x.known(32, ~Shadow.nmi)));
  };
  return { isUsual: all(x, [isReal(x), isCalm, isKnown]), make };
};

/** Of the lower 16 bits of flags, those that there are. */
const popped = Object.values(Eflags).reduce((every, mask) => every | mask, 0) & last;

const enter = (x: X, selector: Val, offset: Val): void => {
  const place = segmentPlace(Segment.cs);
  x.setState(place + SegmentPart.selector, selector);
  x.setState(place + SegmentPart.base, baseOf(x, selector));
  x.setState(State.rip, offset);
};

const isWithin = (x: X, offset: Val): Val => x.not(x.ltu(x.known(64, last), offset));

/** Nobody is told of interrupts. */
const isUnwatched = (x: X): Val => x.eqz(x.state(State.heard, 32));

const selectorOf = (segment: Segment): number => segmentPlace(segment) + SegmentPart.selector;

const selectorIn = (x: X, pushed: Val): Val => x.and(x.zext(pushed, 32), x.known(32, 0xffff));

/** From the top of the stack on, where they don't go on at the other end of the segment. */
const frameOf = (x: X, w: 16 | 32, count: number): { readonly top: Val; readonly isKnown: Val; readonly values: readonly Val[] } => {
  const top = x.register('sp', 16).get();
  const bytes = (w / 8) * count;
  const { isKnown, values } = x.glance('program', stackAt(x, top), w, count);
  return { top, values, isKnown: x.and(isKnown, x.not(x.ltu(x.known(16, last + 1 - bytes), top))) };
};

/** For so many more, the last one at the new top. */
const roomFor = (x: X, w: 16 | 32, count: number): { readonly top: Val; readonly room: ReturnType<X['room']> } => {
  const before = x.register('sp', 16).get();
  const bytes = (w / 8) * count;
  const top = x.sub(before, x.known(16, bytes));
  const { isKnown, put } = x.room('program', stackAt(x, top), w, count);
  return { top, room: { put, isKnown: x.and(isKnown, x.not(x.ltu(before, x.known(16, bytes)))) } };
};

const stackAt = (x: X, offset: Val): Val => x.add(x.state(segmentPlace(Segment.ss) + SegmentPart.base, 64), x.zext(offset, 64));

const all = (x: X, claims: readonly Val[]): Val => claims.reduce((sofar, claim) => x.and(sofar, claim));
