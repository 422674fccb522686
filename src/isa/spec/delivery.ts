/**
 * Exceptions and interrupts as systems of 64 bits take them: from code of 64 bits at privilege 3 or 0 through a gate to code of 64 bits at privilege 0, on the stack in
 * use or on the one that the task keeps for it, with tables and that stack at hand. Whatever is out of the ordinary the processor does, with nothing changed:
 * SDM Vol. 3A, 7.14; Vol. 2A, INT n.
 */
import { Eflags, Segment, SegmentPart, State, segmentPlace } from '../runtime/state.ts';
import type { Val } from '../stage/index.ts';
import { described, has } from './control/described.ts';
import { setSegment } from './control/segments.ts';
import { image } from './eflags.ts';
import type { X } from './vocabulary.ts';

/** Rights that must be as they are here: a present gate for interrupts or traps; code that doesn't conform, present, used, of 64 bits and of privilege 0. */
const usual = { gate: { mask: 0x9e, rights: 0x8e }, code: { mask: 0x60fd, rights: 0x2099 } } as const;
/** Numbers of bits: LMA of EFER, and L of a segment's rights. */
const Bit = { lma: 10, long: 13 } as const;
/** Bytes of its highest entry; a longer table is none. */
const longestTable = 0xffff;
const quad = 8;

export interface Delivered {
  readonly vector: Val;
  /** Its error code, where it has one. */
  readonly code: Val;
  readonly hasCode: Val;
  /** What was interrupted is done once more: RF is pushed. */
  readonly isFault: Val;
}

/** Whether it is done. */
export const deliverLong = (x: X, { vector, code, hasCode, isFault }: Delivered): Val => {
  const part = (segment: Segment, at: number, w: number): Val => x.state(segmentPlace(segment) + at, w);
  const selectorOf = (segment: Segment): Val => x.zext(part(segment, SegmentPart.selector, 16), 64);
  const [cpl, flags] = [x.state(State.cpl, 32), x.state(State.flags, 32)];
  const isUser = x.eq(cpl, x.known(32, 3));
  const gate = gateOf(x, vector);
  const target = described(x, gate.selector);
  const own = innerStack(x);
  const pointer = x.register('sp', 64).get();
  const bottom = x.and(x.select(isUser, own.pointer, pointer), x.known(64, ~0xfn));
  const frame = x.reach('system', x.sub(bottom, x.known(64, 6 * quad)), 6 * quad, 'write');
  const claims = [
    ...[x.bit(x.state(State.efer, 32), Bit.lma), x.bit(part(Segment.cs, SegmentPart.rights, 32), Bit.long)],
    ...[x.or(x.eqz(cpl), x.and(isUser, own.isKnown)), gate.isKnown, has(x, target, usual.code), x.canonical(gate.offset), frame.isKnown],
  ];
  const isUsual = x.variable(
    x.zext(
      claims.reduce((all, claim) => x.and(all, claim)),
      32,
    ),
  );
  const pushed = x.or(image(x), x.select(isFault, x.known(32, Eflags.rf), x.known(32, 0)));
  const values = [x.state(State.rip, 64), selectorOf(Segment.cs), x.zext(pushed, 64), pointer, selectorOf(Segment.ss)];
  x.only(x.nez(x.get(isUsual)), () => {
    x.commit(() => {
      x.when(hasCode, () => x.store(x.zext(code, 64), frame.place));
      for (const [at, value] of values.entries()) x.store(value, frame.place, quad * (1 + at));
    });
    const masked = x.select(gate.isTrap, x.known(32, 0), x.known(32, Eflags.if));
    x.setState(State.flags, x.and(flags, x.not(x.or(masked, x.known(32, Eflags.tf | Eflags.nt | Eflags.vm | Eflags.rf)))));
    // There is no segment of an inner stack.
    const stack = ({ w }: Val, at: number): Val => x.select(isUser, x.known(w, 0), part(Segment.ss, at, w));
    const { base, limit, rights, selector } = SegmentPart;
    setSegment(x, Segment.ss, {
      base: stack(x.known(64, 0), base),
      limit: stack(x.known(32, 0), limit),
      rights: stack(x.known(32, 0), rights),
      selector: stack(x.known(32, 0), selector),
    });
    setSegment(x, Segment.cs, { ...target.loaded, selector: x.and(target.loaded.selector, x.known(32, 0xfffc)) });
    x.register('sp', 64).set(x.sub(bottom, x.select(hasCode, x.known(64, 6 * quad), x.known(64, 5 * quad))));
    x.setState(State.cpl, x.known(32, 0));
    x.setState(State.rip, gate.offset);
    x.look();
  });
  return x.get(isUsual);
};

interface Gate {
  /** Whether there is one as usual that names no stack, and it is at hand. */
  readonly isKnown: Val;
  readonly selector: Val;
  readonly offset: Val;
  readonly isTrap: Val;
}

/** SDM Vol. 3A, figure 7-8. */
const gateOf = (x: X, vector: Val): Gate => {
  const at = x.shl(vector, 4);
  const limit = x.state(State.idtr + 8, 32);
  const isWithin = x.and(x.not(x.ltu(limit, x.or(at, x.known(32, 15)))), x.not(x.ltu(x.known(32, longestTable), limit)));
  const { isKnown, values } = x.glance('system', x.add(x.state(State.idtr, 64), x.zext(at, 64)), 64, 2);
  const [low, high] = values as [Val, Val]; // As many were asked for.
  const rights = x.and(x.truncate(x.shr(low, 40), 32), x.known(32, 0xff));
  const isUsual = x.eq(x.and(rights, x.known(32, usual.gate.mask)), x.known(32, usual.gate.rights));
  const hasStack = x.nez(x.and(x.truncate(x.shr(low, 32), 32), x.known(32, 7)));
  const offset = x.or(x.and(low, x.known(64, 0xffff)), x.and(x.shr(low, 32), x.known(64, 0xffff_0000)));
  return {
    isKnown: x.and(x.and(isWithin, isKnown), x.and(isUsual, x.not(hasStack))),
    selector: x.and(x.truncate(x.shr(low, 16), 32), x.known(32, 0xffff)),
    offset: x.or(offset, x.shl(high, 32)),
    isTrap: x.bit(rights, 0),
  };
};

/** What the task has for privilege 0: figure 8-11. */
const innerStack = (x: X): { readonly isKnown: Val; readonly pointer: Val } => {
  const part = (at: number, w: number): Val => x.state(State.tr + at, w);
  const isLong = x.not(x.ltu(part(SegmentPart.limit, 32), x.known(32, 11)));
  const { isKnown, values } = x.glance('system', x.add(part(SegmentPart.base, 64), x.known(64, 4)), 64);
  const [pointer] = values as [Val]; // As many were asked for.
  return { isKnown: x.and(isLong, isKnown), pointer };
};
