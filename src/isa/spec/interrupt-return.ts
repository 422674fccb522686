/**
 * IRET as systems of 64 bits return from interrupts and faults: at privilege 0, to code of 64 bits at privilege 0 or 3, with tables and stack at hand. Whatever is
 * out of the ordinary the processor does, with nothing changed: SDM Vol. 2A, IRET/IRETD/IRETQ.
 */
import { Eflags, Segment, SegmentPart, Shadow, State, segmentPlace } from '../runtime/state.ts';
import type { Val } from '../stage/index.ts';
import { type Loaded, setFlags, setSegment } from './control/segments.ts';
import { image } from './eflags.ts';
import type { X } from './vocabulary.ts';

/** Rights that must be as they are here: present and used code that doesn't conform, of 64 bits; present and used data that may be written. SDM Vol. 3A, figure 3-8. */
const usual = { code: { mask: 0x609d, rights: 0x2099 }, stack: { mask: 0x9b, rights: 0x93 } } as const;

export const returnUsually = (x: X, ask: () => void): void => {
  const frame = x.glance(x.register('sp', 64).get(), 64, 5);
  const [offset, codeSelector, flags, pointer, stackSelector] = frame.values as [Val, Val, Val, Val, Val]; // As many were asked for.
  const code = described(x, codeSelector);
  const stack = described(x, stackSelector);
  const level = x.and(code.loaded.selector, x.known(32, 3));
  const isUser = x.eq(level, x.known(32, 3));
  // Code of the supervisor may have no stack segment.
  const isNone = x.and(x.eqz(level), x.eqz(stack.loaded.selector));
  const has = ({ loaded, isKnown }: Described, { mask, rights }: { readonly mask: number; readonly rights: number }): Val =>
    x.and(isKnown, x.eq(x.and(loaded.rights, x.known(32, mask)), x.known(32, rights)));
  const isOf = ({ loaded: { rights, selector } }: Described): Val =>
    x.and(x.eq(privilegeOf(x, rights), level), x.eq(x.and(selector, x.known(32, 3)), level));
  const hasCode = x.and(x.and(has(code, usual.code), isOf(code)), x.or(isUser, x.eqz(level)));
  const hasStack = x.or(isNone, x.and(has(stack, usual.stack), isOf(stack)));
  const word = returned(x, x.truncate(flags, 32));
  const isUntrapped = x.eqz(x.and(word, x.known(32, Eflags.tf)));
  const claims = [isPlain(x), frame.isKnown, hasCode, hasStack, x.canonical(offset), isUntrapped, x.or(x.not(isUser), keepsAll(x))];
  const isUsual = claims.reduce((all, claim) => x.and(all, claim));
  x.when(x.not(isUsual), ask);
  x.only(isUsual, () => {
    const orNone = (value: Val): Val => x.select(isNone, x.known(value.w, 0), value);
    const { selector, base, limit, rights } = stack.loaded;
    setFlags(x, word);
    setSegment(x, Segment.ss, { selector, base: orNone(base), limit: orNone(limit), rights: orNone(rights) });
    x.register('sp', 64).set(pointer);
    setSegment(x, Segment.cs, code.loaded);
    x.setState(State.cpl, level);
    x.setState(State.rip, offset);
    x.setState(State.shadow, x.and(x.state(State.shadow, 32), x.known(32, ~Shadow.nmi)));
    x.look();
  });
};

/** The program's own pages count, and it returns to no other task. */
const isPlain = (x: X): Val =>
  x.and(x.eqz(x.state(State.cpl, 32)), x.eqz(x.and(x.state(State.flags, 32), x.known(32, Eflags.nt | Eflags.ac))));

/** All of the image: at privilege 0 it may be. */
const returned = (x: X, from: Val): Val => {
  const { cf, pf, af, zf, sf, of, tf, df, nt, rf, ac, id, vif, vip, iopl } = Eflags;
  const mask = cf | pf | af | zf | sf | of | tf | df | nt | rf | ac | id | vif | vip | iopl | Eflags.if;
  return x.or(x.and(image(x), x.known(32, ~mask)), x.and(from, x.known(32, mask)));
};

interface Described {
  readonly isKnown: Val;
  readonly loaded: Loaded;
}

/** What a selector of the global table names. */
const described = (x: X, from: Val): Described => {
  const selector = x.and(x.truncate(from, 32), x.known(32, 0xffff));
  const index = x.and(selector, x.known(32, 0xfff8));
  const isWithin = x.not(x.ltu(x.state(State.gdtr + 8, 32), x.or(index, x.known(32, 7))));
  const isNamed = x.and(x.nez(index), x.not(x.bit(selector, 2)));
  const { isKnown, values } = x.glance(x.add(x.state(State.gdtr, 64), x.zext(index, 64)), 64);
  const [low, high] = [x.truncate(values[0] ?? x.known(64, 0), 32), x.slice(values[0] ?? x.known(64, 0), 32, 32)];
  const rights = x.and(x.shr(high, 8), x.known(32, 0xf0ff));
  const base = x.or(x.or(x.shr(low, 16), x.shl(x.and(high, x.known(32, 0xff)), 16)), x.and(high, x.known(32, 0xff00_0000)));
  const limit = x.or(x.and(low, x.known(32, 0xffff)), x.and(high, x.known(32, 0xf_0000)));
  const isGranular = x.bit(rights, 15);
  const inBytes = x.select(isGranular, x.or(x.shl(limit, 12), x.known(32, 0xfff)), limit);
  return { isKnown: x.and(x.and(isWithin, isNamed), isKnown), loaded: { selector, base: x.zext(base, 64), limit: inBytes, rights } };
};

const privilegeOf = (x: X, rights: Val): Val => x.and(x.shr(rights, 5), x.known(32, 3));

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
