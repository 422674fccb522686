/** What isn't global is forgotten with CR3: pages, jumps, and pages that code was fetched from, as cpu's memory/noted.ts and memory/fetched.ts do; and one page by itself. SDM Vol. 3A, 5.10.4.1. */
import { State } from '../../runtime/state.ts';
import { opcode, Stage, type StagedFunction, type Val } from '../../stage/index.ts';
import { Fetches, invalidPage, Jumps, Layout, programBits, Tlb } from './memory.ts';
import type { Listed } from './noting.ts';

/** Tables that lie one behind the other, as do their lists. */
interface Tables extends Listed {
  /** Home of the first one's first entry, and how many tables there are. */
  readonly table: number;
  readonly count: number;
  /** What an entry has that has nothing, of 64 bits. */
  nothing(x: Stage, index: Val): Val;
}

const zeros = (x: Stage): Val => x.known(64, 0);

const pages: Tables = {
  ...{ table: Layout.readable, count: Tlb.tables, entries: Tlb.entries, flags: Layout.readable + Tlb.Entry.flags },
  ...{ lists: Layout.lists, counts: Layout.counts },
  nothing: (x, index) => x.select(x.eqz(index), x.known(64, invalidPage(0)), zeros(x)),
};

const jumps: Tables = {
  ...{ table: Layout.jumps, count: 2, entries: Jumps.entries, flags: Layout.jumps + Jumps.flags },
  ...{ lists: Layout.jumpLists, counts: Layout.jumpCounts, nothing: zeros },
};

const fetches: Tables = {
  ...{ table: Layout.fetched, count: 2, entries: Fetches.entries, flags: Layout.fetched + Fetches.flags },
  ...{ lists: Layout.fetchedLists, counts: Layout.fetchedCounts, nothing: zeros },
};

/** () → nothing; `State.forgotten` tells the host, which remembers pages of its own. */
export const forgetLocal = (): StagedFunction => {
  const x = new Stage([]);
  for (const tables of [pages, jumps, fetches]) emptyAll(x, tables);
  each(x, x.known(32, Fetches.marks / 8 / 16), (at) => x.store(x.known(128, 0), x.shl(at, 4), { home: Layout.fetchedMarks }));
  const none = x.known(32, 0);
  x.store(x.add(x.load(32, none, { home: State.forgotten }), x.known(32, 1)), none, { home: State.forgotten });
  return { name: 'forgetLocal', stage: x, results: [] };
};

/** (linear address) → 1 where its page is forgotten, 0 where the host has to: of programs' pages of 4 KiB that nobody fetched from, only these tables know. */
export const forgetPage = (): StagedFunction => {
  const x = new Stage(['i64']);
  const linear = x.parameter(0, 64);
  const [none, low] = [x.known(32, 0), x.truncate(linear, 32)];
  const number = x.shr(low, Tlb.pageBits);
  const byte = x.load(8, x.and(x.shr(number, 3), x.known(32, Fetches.marks / 8 - 1)), { home: Layout.fetchedMarks });
  const isFetched = x.and(x.shr(x.zext(byte, 32), x.and(number, x.known(32, 7))), x.known(32, 1));
  const isHigh = x.nez(x.shr(linear, programBits));
  const isOther = x.or(isHigh, x.nez(x.or(isFetched, x.load(32, none, { home: State.lasting }))));
  x.when(isOther, () => x.do([opcode.return], none));
  const index = x.and(number, x.known(32, Tlb.entries - 1));
  const page = x.and(linear, x.known(64, ~0xfffn));
  each(x, x.known(32, Tlb.tables), (table) => {
    const at = x.add(x.mul(table, x.known(32, 16 * Tlb.entries)), x.shl(index, 4));
    x.when(x.eq(x.load(64, at, { home: pages.table }), page), () => x.store(pages.nothing(x, index), at, { home: pages.table }));
  });
  x.do([opcode.return], x.known(32, 1));
  x.do([opcode.unreachable]);
  return { name: 'forgetPage', stage: x, results: ['i32'] };
};

const emptyAll = (x: Stage, { table, count, entries, flags, lists, counts, nothing }: Tables): void =>
  each(x, x.known(32, count), (number) => {
    // Each has a list of what isn't global, and one of what is.
    const counter = x.shl(number, 3);
    const noted = x.load(32, counter, { home: counts });
    const [list, first] = [x.mul(number, x.known(32, 4 * entries)), x.mul(number, x.known(32, 16 * entries))];
    x.when(x.nez(noted), () => {
      x.store(x.known(32, 0), counter, { home: counts });
      each(x, noted, (place) => {
        const index = x.zext(x.load(16, x.add(list, x.shl(place, 1)), { home: lists }), 32);
        const at = x.add(first, x.shl(index, 4));
        const now = x.load(8, at, { home: flags });
        x.when(x.eqz(x.and(now, x.known(8, Tlb.Flag.isGlobal))), () => x.store(nothing(x, index), at, { home: table }));
        x.store(x.and(now, x.known(8, ~Tlb.Flag.inLocal)), at, { home: flags });
      });
    });
  });

/** For each number below one that isn't 0. */
const each = (x: Stage, count: Val, work: (number: Val) => void): void => {
  const number = x.variable(x.known(32, 0));
  x.repeat(() => {
    work(x.get(number));
    x.set(number, x.add(x.get(number), x.known(32, 1)));
    return x.ltu(x.get(number), count);
  });
};
