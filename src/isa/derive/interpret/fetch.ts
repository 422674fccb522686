/**
 * The page that a program's code is fetched from, where that is usual: four levels of tables, all entries marked as accessed, and a page of 4 KiB that isn't global.
 * Those are forgotten with each change of CR3. The host is told by a mark; whatever else there is, it finds: SDM Vol. 3A, 5.5.
 */
import { State } from '../../runtime/state.ts';
import { opcode, Stage, type StagedFunction, type Val } from '../../stage/index.ts';
import { Fetches, Layout, Tlb } from './memory.ts';
import { note } from './noting.ts';

/** Bits of entries: present, of users, accessed; of pages; and of their upper halves, an address above 4 GiB and no execution. */
const Entry = { marks: 0x25, large: 0x80, global: 0x100, upper: 0x800f_ffff } as const;
const lma = 10;
const levels = [39, 30, 21, Tlb.pageBits] as const;

/** (linear address) → 1 where its page has an entry among those that code was fetched from by users, 0 where the host has to look: then nothing has changed. */
export const fetch = (): StagedFunction => {
  const x = new Stage(['i64']);
  const linear = x.parameter(0, 64);
  const state = (offset: number, w: number): Val => x.load(w, x.known(32, 0), { home: offset });
  const leaveUnless = (claim: Val): void => x.when(x.not(claim), () => x.do([opcode.return], x.known(32, 0)));
  const cr3 = state(State.cr3, 64);
  const isLow = x.and(x.eqz(x.shr(linear, 47)), x.eqz(x.shr(cr3, 32)));
  leaveUnless(x.and(isLow, x.bit(state(State.efer, 32), lma)));
  let table = x.and(x.truncate(cr3, 32), x.known(32, ~0xfff));
  for (const shift of levels) {
    const number = x.and(x.truncate(x.shr(linear, shift), 32), x.known(32, 511));
    const at = x.add(table, x.shl(number, 3));
    leaveUnless(x.ltu(x.sub(at, state(State.walkedFrom, 32)), state(State.walked, 32)));
    const entry = x.load(64, x.add(at, state(State.walkedPlace, 32)));
    const low = x.truncate(entry, 32);
    const isLast = shift === Tlb.pageBits;
    const looked = x.known(32, Entry.marks | (isLast ? Entry.global : Entry.large));
    const isUpper = x.nez(x.and(x.slice(entry, 32, 32), x.known(32, Entry.upper)));
    leaveUnless(x.and(x.eq(x.and(low, looked), x.known(32, Entry.marks)), x.not(isUpper)));
    table = x.and(low, x.known(32, ~0xfff));
  }
  show(x, linear, x.shr(table, Tlb.pageBits));
  x.do([opcode.return], x.known(32, 1));
  x.do([opcode.unreachable]);
  return { name: 'fetch', stage: x, results: ['i32'] };
};

/** As cpu's memory/fetched.ts does. */
const show = (x: Stage, linear: Val, physical: Val): void => {
  const page = x.truncate(x.shr(linear, Tlb.pageBits), 32);
  const index = x.and(page, x.known(32, Fetches.entries - 1));
  const at = x.add(x.shl(index, 4), x.known(32, Fetches.userOffset));
  const { fetched, fetchedLists: lists, fetchedCounts: counts } = Layout;
  const ofUsers = x.known(32, 2);
  note(
    x,
    { flags: fetched + Fetches.flags, lists, counts, entries: Fetches.entries },
    { at, index, list: ofUsers, isGlobal: x.known(1, 0) },
  );
  x.store(x.or(x.and(linear, x.known(64, ~0xfffn)), x.known(64, Fetches.valid)), at, { home: Layout.fetched });
  x.store(physical, at, { home: Layout.fetched + Fetches.page });
  const number = x.and(page, x.known(32, Fetches.marks - 1));
  const mark = x.truncate(x.shl(x.known(32, 1), x.and(number, x.known(32, 7))), 8);
  const byte = x.shr(number, 3);
  x.store(x.or(x.load(8, byte, { home: Layout.fetchedMarks }), mark), byte, { home: Layout.fetchedMarks });
};
