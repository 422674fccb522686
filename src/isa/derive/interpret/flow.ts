/** How handlers read their records, go from one to the next, and give control back. */
import { Eflags, Shadow, State } from '../../runtime/state.ts';
import { opcode, type Stage, tableType, type Val } from '../../stage/index.ts';
import { Jumps, Layout, Tlb } from './memory.ts';
import { Exit, Record } from './record.ts';

/** Instructions, less one, after which the core is left and entered again: V8 has no better code for a function while it runs. */
const roundsInCore = 0x3fff;

/** Bits of CR0 and CR4: AM and SMAP. */
const Looks = { am: 18, smap: 21 } as const;

export class Flow {
  readonly #x: Stage;
  readonly #isInCore: boolean;

  /** What is done before an instruction is interpreted, or the host is asked. */
  readonly #settle: () => void;

  /** Of a handler in the core, which goes on there; or of a function by itself. */
  constructor(x: Stage, isInCore = false, settle: () => void = () => {}) {
    this.#x = x;
    this.#isInCore = isInCore;
    this.#settle = settle;
  }

  get record(): Val {
    return this.#x.parameter(0, 32);
  }

  read(offset: number, w: number): Val {
    return this.#x.load(w, this.record, offset);
  }

  /** Place of the record's handler in the table. */
  handler(record: Val = this.record): Val {
    return this.#x.zext(this.#x.load(16, record, Record.handler), 32);
  }

  /** A place in the state that the record names. */
  place(field: number): Val {
    return this.#x.zext(this.read(field, 16), 32);
  }

  get next(): Val {
    return this.read(Record.next, 64);
  }

  state(offset: number, w: number): Val {
    return this.#x.load(w, this.#x.known(32, 0), { home: offset });
  }

  setState(offset: number, value: Val): void {
    this.#x.store(value, this.#x.known(32, 0), { home: offset });
  }

  /** Goes on with a record: a jump, for the stack must not grow. */
  enter(record: Val = this.record): void {
    if (this.#isInCore) {
      this.#x.do([opcode['local.set'], 0], record);
      this.#x.redispatch();
    } else this.#call(record);
  }

  #call(record: Val): void {
    this.#x.do([opcode.return_call_indirect, tableType, 0], record, this.handler(record));
  }

  /** Does what a block's first record does, and goes on with the second; where the budget doesn't suffice, the first says what then. */
  enterBlock(first: Val): void {
    const x = this.#x;
    const budget = this.state(State.budget, 32);
    const rest = x.sub(budget, x.load(32, first, Record.immediate));
    x.when(x.lts(rest, x.known(32, 0)), () => {
      this.#settle();
      this.enter(first);
    });
    const second = x.load(32, first, Record.entry);
    // What was translated isn't counted any more.
    x.when(x.eq(second, x.add(first, x.known(32, Record.size))), () => {
      this.#warm(first);
      this.#settle();
    });
    if (this.#isInCore) {
      const isLong = x.ltu(x.known(32, roundsInCore), x.xor(rest, budget));
      this.setState(State.budget, rest);
      x.when(isLong, () => this.#call(second));
    } else this.setState(State.budget, rest);
    this.enter(second);
  }

  /** Counts how often a block was led to. */
  #warm(first: Val): void {
    const x = this.#x;
    const heat = x.sub(x.load(32, first, Record.heat), x.known(32, 1));
    x.store(heat, first, Record.heat);
    x.when(x.eqz(heat), () => {
      this.setState(State.rip, x.load(64, first, Record.next));
      this.setState(State.from, first);
      this.#exit(Exit.hot);
    });
  }

  #exit(why: number): void {
    this.#settle();
    this.#x.do([opcode.return], this.#x.known(32, why));
  }

  proceed(): void {
    this.enter(this.#x.add(this.record, this.#x.known(32, Record.size)));
  }

  /** Goes where the record's immediate leads: straight to that block's record where they are linked. */
  branch(): void {
    const x = this.#x;
    const link = this.read(Record.link, 32);
    const found = (): Val => x.pinned('i32', 32, [opcode.call, { call: 'lead' }], this.record);
    const first = x.either(x.nez(link), () => link, found);
    x.when(x.nez(first), () => this.enterBlock(first));
    this.setState(State.rip, this.read(Record.immediate, 64));
    this.setState(State.from, this.record);
    this.#exit(Exit.link);
  }

  jump(target: Val): void {
    this.#whenKnown(target, (record) => this.enterBlock(record));
    this.setState(State.rip, target);
    this.#exit(Exit.jump);
  }

  /** Goes on at rip, where the processor has arrived. */
  arrive(): void {
    const x = this.#x;
    const isElsewhere = x.and(this.state(State.cpl, 32), this.state(State.programs, 32));
    x.when(x.and(this.isCalm, x.eqz(isElsewhere)), () => this.#whenKnown(this.state(State.rip, 64), (record) => this.#begin(record)));
    this.#exit(Exit.jump);
  }

  /** Has the pages and the jumps count that are of the present privilege and EFLAGS.AC: as cpu's memory/viewing.ts does. */
  look(): void {
    const x = this.#x;
    const isUser = x.eq(this.state(State.cpl, 32), x.known(32, 3));
    const isChecked = x.nez(x.and(this.state(State.flags, 32), x.known(32, Eflags.ac)));
    const isAligned = x.and(isChecked, x.bit(this.state(State.cr0, 32), Looks.am));
    const isLifted = x.and(isChecked, x.bit(this.state(State.cr4, 32), Looks.smap));
    const user = x.select(isAligned, x.known(32, Tlb.alignedOffset), x.known(32, Tlb.userOffset));
    const supervisor = x.select(isLifted, x.known(32, Tlb.liftedOffset), x.known(32, 0));
    this.setState(State.tlb, x.select(isUser, user, supervisor));
    this.setState(State.jumps, x.select(isUser, x.known(32, Jumps.userOffset), x.known(32, 0)));
  }

  halt(): void {
    this.setState(State.rip, this.next);
    this.#exit(Exit.halt);
  }

  resume(next = this.next): void {
    this.setState(State.rip, next);
    this.#exit(Exit.jump);
  }

  /** Goes on behind the instruction; of what is held back until then, nothing is any more. */
  heed(claim: Val, next = this.next): void {
    const x = this.#x;
    x.when(x.and(claim, this.isCalm), () => this.#whenKnown(next, (record) => this.#begin(record)));
    this.resume(next);
  }

  /** Enters a block that is paid, with whose first instruction ends what holds for one alone: what is held back, and RF. */
  #begin(record: Val): void {
    const x = this.#x;
    const isPaid = x.not(x.lts(this.state(State.budget, 32), x.load(32, record, Record.immediate)));
    x.when(isPaid, () => {
      this.release();
      this.enterBlock(record);
    });
  }

  /** Nothing is held back any more, and RF is over. */
  release(): void {
    const x = this.#x;
    this.setState(State.shadow, x.and(this.state(State.shadow, 32), x.known(32, ~(Shadow.sti | Shadow.stack))));
    this.setState(State.flags, x.and(this.state(State.flags, 32), x.known(32, ~Eflags.rf)));
  }

  /** Whether nothing has to be looked at between two blocks. */
  get isCalm(): Val {
    return this.#x.eqz(this.state(State.attention, 32));
  }

  /** With the first record of the block that a jump is remembered to lead to, if one is. */
  whenCached(target: Val, work: (record: Val) => void): void {
    const { isThere, record } = this.#remembered(target);
    this.#x.when(isThere, () => work(record()));
  }

  #whenKnown(target: Val, work: (record: Val) => void): void {
    const first = this.known(target);
    this.#x.when(this.#x.nez(first), () => work(first));
  }

  /** The same, or that of the block that begins there, if it is predecoded; else 0. */
  known(target: Val): Val {
    const x = this.#x;
    const { isThere, record } = this.#remembered(target);
    return x.either(isThere, record, () => x.pinned('i32', 32, [opcode.call, { call: 'seek' }], target));
  }

  #remembered(target: Val): { readonly isThere: Val; readonly record: () => Val } {
    const x = this.#x;
    const mixed = x.truncate(x.xor(target, x.shr(target, 12)), 32);
    const entry = x.add(x.shl(x.and(mixed, x.known(32, Jumps.entries - 1)), 4), this.state(State.jumps, 32));
    const sought = x.xor(target, this.state(State.circumstance, 64));
    const isThere = x.eq(x.load(64, entry, { home: Layout.jumps }), sought);
    return { isThere, record: () => x.load(32, entry, { home: Layout.jumps + 8 }) };
  }

  /** After a fault: rip is where the instruction begins. */
  fault(): void {
    this.#giveBack(Exit.fault);
  }

  /** An instruction that only faults. */
  raise(vector: number): void {
    this.setState(State.fault, this.#x.known(32, vector + 1));
    this.setState(State.error, this.#x.known(32, 0));
    this.fault();
  }

  /** In the place of every handler of a block whose code was written. */
  stale(): void {
    this.#giveBack(Exit.stale);
  }

  /** Within a string: what it did is paid as one instruction, whatever is left as another. */
  again(): void {
    const x = this.#x;
    const budget = this.state(State.budget, 32);
    x.when(x.and(this.isCalm, x.lts(x.known(32, 0), budget)), () => {
      this.setState(State.budget, x.sub(budget, x.known(32, 1)));
      this.enter();
    });
    this.#giveBack(Exit.jump, 1);
  }

  /** Leaves before this instruction; it and those after it are paid back, but for some. */
  #giveBack(why: number, paid = 0): void {
    const x = this.#x;
    this.setState(State.rip, x.sub(this.next, x.zext(this.read(Record.length, 8), 64)));
    const left = x.sub(x.zext(this.read(Record.left, 8), 32), x.known(32, paid));
    this.setState(State.budget, x.add(this.state(State.budget, 32), left));
    this.#exit(why);
  }

  /** The first record of a block: takes its instructions off the budget, or gives control back before them. */
  begin(): void {
    const x = this.#x;
    const rest = x.sub(this.state(State.budget, 32), this.read(Record.immediate, 32));
    x.when(x.lts(rest, x.known(32, 0)), () => {
      this.setState(State.rip, this.next);
      this.#exit(Exit.budget);
    });
    this.setState(State.budget, rest);
    this.enter(this.read(Record.entry, 32));
  }
}
