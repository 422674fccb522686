/** What a selector of the global table names, where the table is at hand: SDM Vol. 3A, 3.4.5. */
import { State } from '../../runtime/state.ts';
import type { Val } from '../../stage/index.ts';
import type { X } from '../vocabulary.ts';
import type { Loaded } from './segments.ts';

export interface Described {
  /** Whether there is one, and it is at hand. */
  readonly isKnown: Val;
  readonly loaded: Loaded;
}

/** Of `from` the lower 16 bits count. */
export const described = (x: X, from: Val): Described => {
  const selector = x.and(x.truncate(x.zext(from, 64), 32), x.known(32, 0xffff));
  const index = x.and(selector, x.known(32, 0xfff8));
  const isWithin = x.not(x.ltu(x.state(State.gdtr + 8, 32), x.or(index, x.known(32, 7))));
  const isNamed = x.and(x.nez(index), x.not(x.bit(selector, 2)));
  const { isKnown, values } = x.glance('system', x.add(x.state(State.gdtr, 64), x.zext(index, 64)), 64);
  const [low, high] = [x.truncate(values[0] ?? x.known(64, 0), 32), x.slice(values[0] ?? x.known(64, 0), 32, 32)];
  const rights = x.and(x.shr(high, 8), x.known(32, 0xf0ff));
  const base = x.or(x.or(x.shr(low, 16), x.shl(x.and(high, x.known(32, 0xff)), 16)), x.and(high, x.known(32, 0xff00_0000)));
  const limit = x.or(x.and(low, x.known(32, 0xffff)), x.and(high, x.known(32, 0xf_0000)));
  const isGranular = x.bit(rights, 15);
  const inBytes = x.select(isGranular, x.or(x.shl(limit, 12), x.known(32, 0xfff)), limit);
  return { isKnown: x.and(x.and(isWithin, isNamed), isKnown), loaded: { selector, base: x.zext(base, 64), limit: inBytes, rights } };
};

/** Whether it is there with these rights of those that are asked about: SDM Vol. 3A, figure 3-8. */
export const has = (x: X, { loaded, isKnown }: Described, { mask, rights }: { readonly mask: number; readonly rights: number }): Val =>
  x.and(isKnown, x.eq(x.and(loaded.rights, x.known(32, mask)), x.known(32, rights)));

/** Whether it is of a privilege level, and was asked for with it. */
export const isOf = (x: X, { loaded: { rights, selector } }: Described, level: Val): Val =>
  x.and(x.eq(privilegeOf(x, rights), level), x.eq(x.and(selector, x.known(32, 3)), level));

/** Whether it begins at 0 and ends nowhere. */
export const isFlat = (x: X, { loaded: { base, limit } }: Described): Val => x.and(x.eqz(base), x.eq(limit, x.known(32, -1)));

export const privilegeOf = (x: X, rights: Val): Val => x.and(x.shr(rights, 5), x.known(32, 3));
