/** Entries of tables that handlers fill by themselves are listed, so that emptying one takes as long as there are some: as cpu's memory/noted.ts does. */
import type { Stage, Val } from '../../stage/index.ts';
import { Tlb } from './memory.ts';

const { Flag } = Tlb;

/** Homes of what tells of a table. */
export interface Listed {
  /** Of the flags in its first entry. */
  readonly flags: number;
  /** Of lists of entries, as many as the table has, each of 2 bytes; and of how many each has, of 4. */
  readonly lists: number;
  readonly counts: number;
  readonly entries: number;
}

export interface Noted {
  /** How far behind the first entry. */
  readonly at: Val;
  readonly index: Val;
  /** Number of the list of what isn't global; that of what is follows. */
  readonly list: Val;
  readonly isGlobal: Val;
}

/** Something is put into an entry. */
export const note = (x: Stage, { flags, lists, counts, entries }: Listed, { at, index, list, isGlobal }: Noted): void => {
  const before = x.load(8, at, { home: flags });
  const mark = x.select(isGlobal, x.known(8, Flag.inGlobal), x.known(8, Flag.inLocal));
  x.when(x.eqz(x.and(before, mark)), () => {
    const which = x.add(x.zext(isGlobal, 32), list);
    const counter = x.shl(which, 2);
    const count = x.load(32, counter, { home: counts });
    x.store(x.truncate(index, 16), x.add(x.mul(which, x.known(32, 2 * entries)), x.shl(count, 1)), { home: lists });
    x.store(x.add(count, x.known(32, 1)), counter, { home: counts });
  });
  const kept = x.or(x.and(before, x.known(8, ~Flag.isGlobal)), mark);
  x.store(x.or(kept, x.select(isGlobal, x.known(8, Flag.isGlobal), x.known(8, 0))), at, { home: flags });
};
