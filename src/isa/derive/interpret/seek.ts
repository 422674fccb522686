/**
 * Blocks that are predecoded, by their addresses: what jumps remember is forgotten with page tables, and has too few places for a kernel. The page of an address
 * is one that code was fetched from, and so is the one behind it where a block goes on there; its block is in the chain of that address. What is found jumps remember, as cpu's code/jumps.ts does. Who isn't found here, the host finds.
 */
import { State } from '../../runtime/state.ts';
import { opcode, Stage, type StagedFunction, type Val } from '../../stage/index.ts';
import { Flow } from './flow.ts';
import { Fetches, Heads, Jumps, Layout, Tlb } from './memory.ts';
import { note } from './noting.ts';
import { Record } from './record.ts';

/** (address) → first record of its block, or 0. */
export const seek = (): StagedFunction => {
  const x = new Stage(['i64']);
  const rip = x.parameter(0, 64);
  const state = (offset: number, w: number): Val => x.load(w, x.known(32, 0), { home: offset });
  const leaveUnless = (claim: Val): void => x.when(x.not(claim), () => x.do([opcode.return], x.known(32, 0)));
  const mode = state(State.mode, 32);
  leaveUnless(x.nez(mode));
  const low = x.truncate(rip, 32);
  const jumps = state(State.jumps, 32);
  const isUser = x.nez(jumps);
  const users = x.select(isUser, x.known(32, Fetches.userOffset), x.known(32, 0));
  /** The entry of an address's page. */
  const fetched = (address: Val): Val => {
    const number = x.and(x.truncate(x.shr(address, Tlb.pageBits), 32), x.known(32, Fetches.entries - 1));
    const entry = x.add(x.shl(number, 4), users);
    const page = x.or(x.and(address, x.known(64, ~0xfffn)), x.known(64, Fetches.valid));
    x.when(x.ne(x.load(64, entry, { home: Layout.fetched }), page), () => {
      leaveUnless(isUser);
      leaveUnless(x.nez(x.pinned('i32', 32, [opcode.call, { call: 'fetch' }], address)));
    });
    return entry;
  };
  const physicalAt = (entry: Val): Val => x.load(32, entry, { home: Layout.fetched + Fetches.page });
  const fetch = fetched(rip);
  const physical = physicalAt(fetch);
  const flags = x.load(8, fetch, { home: Layout.fetched + Fetches.flags });
  const head = x.and(x.xor(low, x.shr(low, 15)), x.known(32, Heads.count - 1));
  const record = x.variable(x.load(32, x.shl(head, 2), { home: Layout.heads }));
  leaveUnless(x.nez(x.get(record)));
  x.repeat(() => {
    const one = x.get(record);
    const isCode = x.and(x.eq(x.load(32, one, Record.page), physical), x.eq(x.zext(x.load(16, one, Record.mode), 32), mode));
    x.when(x.and(x.eq(x.load(64, one, Record.next), rip), isCode), () => {
      const behind = x.load(32, one, Record.behind);
      const isHere = x.either(
        x.eqz(behind),
        () => x.known(1, 1),
        () => x.eq(x.add(physicalAt(fetched(x.add(rip, x.known(64, 4096)))), x.known(32, 1)), behind),
      );
      x.when(isHere, () => {
        remember(x, { rip, record: one, jumps, isUser, flags });
        x.do([opcode.return], one);
      });
    });
    x.set(record, x.load(32, one, Record.chain));
    return x.nez(x.get(record));
  });
  x.do([opcode.return], x.known(32, 0));
  x.do([opcode.unreachable]);
  return { name: 'seek', stage: x, results: ['i32'] };
};

/** (record of a branch) → first record of the block that it leads to, or 0; within its page, it is linked to that from then on. */
export const lead = (): StagedFunction => {
  const x = new Stage(['i32']);
  const flow = new Flow(x);
  const target = flow.read(Record.immediate, 64);
  const isNear = x.eqz(x.shr(x.xor(target, x.sub(flow.next, x.known(64, 1))), Tlb.pageBits));
  x.when(isNear, () => {
    const found = x.pinned('i32', 32, [opcode.call, { call: 'seek' }], target);
    x.when(x.nez(found), () => {
      // One of two pages is there as long as both are.
      x.when(x.eqz(x.load(32, found, Record.behind)), () => x.store(found, flow.record, Record.link));
      x.do([opcode.return], found);
    });
  });
  x.do([opcode.return], flow.known(target));
  x.do([opcode.unreachable]);
  return { name: 'lead', stage: x, results: ['i32'] };
};

interface Found {
  readonly rip: Val;
  readonly record: Val;
  readonly jumps: Val;
  readonly isUser: Val;
  /** Of the page it was fetched from. */
  readonly flags: Val;
}

const remember = (x: Stage, { rip, record, jumps, isUser, flags }: Found): void => {
  const index = x.and(x.truncate(x.xor(rip, x.shr(rip, 12)), 32), x.known(32, Jumps.entries - 1));
  const at = x.add(x.shl(index, 4), jumps);
  const isOne = x.eqz(x.load(32, record, Record.behind));
  const isGlobal = x.and(isOne, x.nez(x.and(flags, x.known(8, Tlb.Flag.isGlobal))));
  const list = x.select(isUser, x.known(32, 2), x.known(32, 0));
  const { jumps: home, jumpLists: lists, jumpCounts: counts } = Layout;
  note(x, { flags: home + Jumps.flags, lists, counts, entries: Jumps.entries }, { at, index, list, isGlobal });
  x.store(x.xor(rip, x.load(64, x.known(32, 0), { home: State.circumstance })), at, { home: Layout.jumps });
  x.store(record, at, { home: Layout.jumps + 8 });
};
