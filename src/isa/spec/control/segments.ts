/** Segments and flags as a whole, for what leads to other privileges at once. */
import { arithmeticFlags, Eflags, SegmentPart, State, segmentPlace } from '../../runtime/state.ts';
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
