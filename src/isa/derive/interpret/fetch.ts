/**
 * The page that a program's code is fetched from, where that is usual: four levels of tables, those of PAE, or two, all entries marked as accessed, and a page of 4 KiB that isn't global.
 * Those are forgotten with each change of CR3. The host is told by a mark; whatever else there is, it finds: SDM Vol. 3A, 5.5.
 */
import { State } from '../../runtime/state.ts';
import { opcode, Stage, type StagedFunction, type Val } from '../../stage/index.ts';
import { Fetches, Layout, Tlb } from './memory.ts';
import { note } from './noting.ts';
import { Cr0, Cr4, Efer, Entry, entryIn, isPointer, type Level, pageOf, pointers, pointersAt } from './page-tables.ts';

/** Present, of users, accessed. */
const marks = Entry.present | Entry.user | Entry.accessed;

/** Tables of one kind, down to pages: how many bits of an address each takes, how wide its entries are, and what of their upper halves nobody has whose page may be run and is below 4 GiB. */
interface Tables {
  readonly bits: 9 | 10;
  readonly w: 32 | 64;
  readonly shifts: readonly number[];
  readonly upper: number;
}

const long: Tables = { bits: 9, w: 64, shifts: [39, 30, 21, Tlb.pageBits], upper: 0x800f_ffff };
const extended: Tables = { bits: 9, w: 64, shifts: [21, Tlb.pageBits], upper: 0xffff_ffff };
const two: Tables = { bits: 10, w: 32, shifts: [22, Tlb.pageBits], upper: 0 };

/** (linear address) → 1 where its page has an entry among those that code was fetched from by users, 0 where the host has to look: then nothing has changed. */
export const fetch = (): StagedFunction => {
  const x = new Stage(['i64']);
  const linear = x.parameter(0, 64);
  const state = (offset: number, w: number): Val => x.load(w, x.known(32, 0), { home: offset });
  const leaveUnless = (claim: Val): void => x.when(x.not(claim), () => x.do([opcode.return], x.known(32, 0)));
  const cr3 = state(State.cr3, 64);
  const root = x.truncate(cr3, 32);
  const read = (table: Val, level: Level): Val => entryIn(x, { linear, table, level, leaveUnless });
  const descend = (from: Val, tables: Tables): void => {
    let table = from;
    for (const shift of tables.shifts) {
      const entry = read(table, { ...tables, shift });
      const low = x.truncate(entry, 32);
      const looked = x.known(32, marks | (shift === Tlb.pageBits ? Entry.global : Entry.large));
      leaveUnless(x.eq(x.and(low, looked), x.known(32, marks)));
      if (tables.w === 64) leaveUnless(x.eqz(x.and(x.slice(entry, 32, 32), x.known(32, tables.upper))));
      table = pageOf(x, low);
    }
    show(x, linear, x.shr(table, Tlb.pageBits));
    x.do([opcode.return], x.known(32, 1));
  };
  leaveUnless(x.eqz(x.slice(cr3, 32, 32)));
  x.when(x.bit(state(State.efer, 32), Efer.lma), () => {
    leaveUnless(x.eqz(x.shr(linear, 47)));
    descend(pageOf(x, root), long);
  });
  leaveUnless(x.and(x.eqz(x.slice(linear, 32, 32)), x.bit(state(State.cr0, 32), Cr0.pg)));
  x.when(x.bit(state(State.cr4, 32), Cr4.pae), () => {
    const entry = read(pointersAt(x, root), pointers);
    leaveUnless(isPointer(x, entry));
    descend(pageOf(x, x.truncate(entry, 32)), extended);
  });
  descend(pageOf(x, root), two);
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
