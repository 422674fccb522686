/**
 * IRET as systems return from interrupts and faults: at privilege 0, to code of as many bits at privilege 0 or 3, with tables and stack at hand. Whatever is
 * out of the ordinary the processor does, with nothing changed: SDM Vol. 2A, IRET/IRETD/IRETQ.
 */
import { Eflags, Segment, SegmentPart, Shadow, State, segmentPlace } from '../runtime/state.ts';
import type { Val } from '../stage/index.ts';
import { described, has, isFlat, isOf, privilegeOf } from './control/described.ts';
import { isFlatCode, type Loaded, setFlags, setSegment } from './control/segments.ts';
import { image } from './eflags.ts';
import type { X } from './vocabulary.ts';

/** Rights that must be as they are here: present and used code that doesn't conform, of 64 bits or of 32; present and used data that may be written, with pointers of 32 bits where code has them. SDM Vol. 3A, figure 3-8. */
const usual = {
  long: { code: { mask: 0x609d, rights: 0x2099 }, stack: { mask: 0x9b, rights: 0x93 } },
  flat: { code: { mask: 0x609d, rights: 0x4099 }, stack: { mask: 0x409f, rights: 0x4093 } },
} as const;

/** Of 64 bits: the frame has a stack whatever privilege it leads to. */
export const returnUsually = (x: X, ask: () => void): void => {
  const frame = x.glance('program', x.register('sp', 64).get(), 64, 5);
  const [offset, codeSelector, flags, pointer, stackSelector] = frame.values as [Val, Val, Val, Val, Val]; // As many were asked for.
  const code = described(x, codeSelector);
  const stack = described(x, stackSelector);
  const level = x.and(code.loaded.selector, x.known(32, 3));
  const isUser = x.eq(level, x.known(32, 3));
  // Code of the supervisor may have no stack segment.
  const isNone = x.and(x.eqz(level), x.eqz(stack.loaded.selector));
  const hasCode = x.and(x.and(has(x, code, usual.long.code), isOf(x, code, level)), x.or(isUser, x.eqz(level)));
  const hasStack = x.or(isNone, x.and(has(x, stack, usual.long.stack), isOf(x, stack, level)));
  const word = returned(x, x.truncate(flags, 32));
  const isUntrapped = x.eqz(x.and(word, x.known(32, Eflags.tf)));
  const claims = [isPlain(x), frame.isKnown, hasCode, hasStack, x.canonical(offset), isUntrapped, x.or(x.not(isUser), keepsAll(x))];
  const isUsual = all(x, claims);
  x.when(x.not(isUsual), ask);
  x.only(isUsual, () => {
    const orNone = (value: Val): Val => x.select(isNone, x.known(value.w, 0), value);
    const { selector, base, limit, rights } = stack.loaded;
    setFlags(x, word);
    setSegment(x, Segment.ss, { selector, base: orNone(base), limit: orNone(limit), rights: orNone(rights) });
    x.register('sp', 64).set(pointer);
    arriveAt(x, code.loaded, level, offset);
  });
};

/** Of 32 bits, where all segments begin at 0 and end nowhere before and behind it: then code means the same. */
export const returnFlat = (x: X, ask: () => void): void => {
  const top = x.register('sp', 32).get();
  const frame = x.glance('program', x.zext(top, 64), 32, 5);
  const [offset, codeSelector, flags, pointer, stackSelector] = frame.values as [Val, Val, Val, Val, Val]; // As many were asked for.
  const code = described(x, codeSelector);
  const stack = described(x, stackSelector);
  const level = x.and(code.loaded.selector, x.known(32, 3));
  const isUser = x.eq(level, x.known(32, 3));
  const isSame = x.eqz(level);
  const hasCode = [has(x, code, usual.flat.code), isOf(x, code, level), isFlat(x, code), x.or(isUser, isSame)];
  const hasStack = [has(x, stack, usual.flat.stack), isOf(x, stack, level), isFlat(x, stack), keepsAll(x)];
  const word = returned(x, flags);
  const isUntrapped = x.eqz(x.and(flags, x.known(32, Eflags.tf | Eflags.vm)));
  const isUsual = all(x, [isFlatCode(x), isPlain(x), frame.isKnown, ...hasCode, isUntrapped, x.or(isSame, all(x, hasStack))]);
  x.when(x.not(isUsual), ask);
  x.only(isUsual, () => {
    setFlags(x, word);
    x.only(isUser, () => setSegment(x, Segment.ss, stack.loaded));
    // Where privilege stays the frame has no more than three.
    x.register('sp', 32).set(x.select(isUser, pointer, x.add(top, x.known(32, 12))));
    arriveAt(x, code.loaded, level, x.zext(offset, 64));
  });
};

/** The last of it, after which no NMI is held back. */
const arriveAt = (x: X, code: Loaded, level: Val, offset: Val): void => {
  setSegment(x, Segment.cs, code);
  x.setState(State.cpl, level);
  x.setState(State.rip, offset);
  x.setState(State.shadow, x.and(x.state(State.shadow, 32), x.known(32, ~Shadow.nmi)));
  x.look();
};

const all = (x: X, claims: readonly Val[]): Val => claims.reduce((sofar, claim) => x.and(sofar, claim));

/** The program's own pages count, and it returns to no other task. */
const isPlain = (x: X): Val =>
  x.and(x.eqz(x.state(State.cpl, 32)), x.eqz(x.and(x.state(State.flags, 32), x.known(32, Eflags.nt | Eflags.ac))));

/** All of the image: at privilege 0 it may be. */
const returned = (x: X, from: Val): Val => {
  const { cf, pf, af, zf, sf, of, tf, df, nt, rf, ac, id, vif, vip, iopl } = Eflags;
  const mask = cf | pf | af | zf | sf | of | tf | df | nt | rf | ac | id | vif | vip | iopl | Eflags.if;
  return x.or(x.and(image(x), x.known(32, ~mask)), x.and(from, x.known(32, mask)));
};

/** Whether programs may keep all data segments: SDM Vol. 2B, RET. */
const keepsAll = (x: X): Val =>
  [Segment.es, Segment.ds, Segment.fs, Segment.gs]
    .map((segment) => {
      const place = segmentPlace(segment);
      const [rights, selector] = [x.state(place + SegmentPart.rights, 32), x.state(place + SegmentPart.selector, 16)];
      const isReached = x.or(x.not(x.bit(rights, 4)), x.eq(privilegeOf(x, rights), x.known(32, 3)));
      return x.and(isReached, x.or(x.eqz(selector), x.nez(x.and(selector, x.known(16, 0xfffc)))));
    })
    .reduce((all, claim) => x.and(all, claim));
