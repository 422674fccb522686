/** Segments and flags as a whole, for what leads to other privileges at once. */
import { arithmeticFlags, Eflags, FlatMode, SegmentPart, State, segmentPlace } from '../../runtime/state.ts';
import type { Val } from '../../stage/index.ts';
import { taken } from '../eflags.ts';
import type { X } from '../vocabulary.ts';

/** A segment register with its hidden part; all but the base have 32 bits. */
export interface Loaded {
  readonly selector: Val;
  readonly base: Val;
  readonly limit: Val;
  readonly rights: Val;
}

/** In a place of the state. */
export const setLoaded = (x: X, place: Val, { selector, base, limit, rights }: Loaded): void => {
  const put = (part: number, value: Val): void => x.location(x.add(place, x.known(32, part)), 64).set(value);
  put(SegmentPart.base, base);
  put(SegmentPart.limit, x.or(x.zext(limit, 64), x.shl(x.zext(rights, 64), 8 * (SegmentPart.rights - SegmentPart.limit))));
  put(SegmentPart.selector, x.zext(selector, 64));
};

export const setSegment = (x: X, segment: number, { selector, base, limit, rights }: Loaded): void => {
  const place = segmentPlace(segment);
  x.setState(place + SegmentPart.base, base);
  x.setState(place + SegmentPart.limit, limit);
  x.setState(place + SegmentPart.rights, rights);
  x.setState(place + SegmentPart.selector, selector);
};

/** All of EFLAGS; what is reserved in it is clear. */
export const setFlags = (x: X, word: Val): void => {
  x.flags(taken(x, word));
  x.setState(State.flags, x.or(x.and(word, x.known(32, otherFlags)), x.known(32, Eflags.one)));
};

const otherFlags = Object.values(Eflags).reduce((all, mask) => all | mask, 0) & ~arithmeticFlags;

/** Whether flags ask for nothing before the next instruction, or behind it. */
export const areCalm = (x: X, word: Val): Val => x.eqz(x.and(word, x.known(32, Eflags.tf | Eflags.rf)));

/** Whether this is code of 32 bits outside long mode whose ES, CS, SS and DS begin at 0 and end nowhere. As long as they do code means the same, whatever is loaded. */
export const isFlatCode = (x: X): Val => {
  const isFlat = x.eq(x.and(x.state(State.mode, 32), x.known(32, FlatMode.mask)), x.known(32, FlatMode.number));
  return x.and(isFlat, x.not(x.bit(x.state(State.efer, 32), lma)));
};

/** Bit of EFER. */
const lma = 10;

/** Does what is usual as it says; what isn't is asked for, with nothing changed. Returns a claim that it was usual. */
export const usually = (x: X, isUsual: Val, quick: () => void, ask: () => void): Val => {
  let isLeft = false;
  x.seldom(x.not(isUsual), () => {
    isLeft = x.binding.elsewhere();
    if (!isLeft) ask();
  });
  if (!isLeft) {
    x.only(isUsual, quick);
    return isUsual;
  }
  quick();
  return x.known(1, 1);
};
