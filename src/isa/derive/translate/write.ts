/** Writes a region as one function: control flow as WebAssembly has it, the state in locals, and ways out. */
import { State } from '../../runtime/state.ts';
import type { Known } from '../../spec/binding.ts';
import type { Form } from '../../spec/row.ts';
import { type Label, opcode, type Stage, type Val, type Variable } from '../../stage/index.ts';
import { fieldsOf } from '../interpret/fields.ts';
import { Jumps, jumpEntryOf, Layout } from '../interpret/memory.ts';
import { choiceOf, circumstanceOf, forbidden, type Placed } from '../interpret/predecode.ts';
import { Record } from '../interpret/record.ts';
import { type Surroundings, TranslationBinding, Untranslated } from './binding.ts';
import { type Flags, PendingFlags } from './flags.ts';
import { goesOnAt, isCall, isIndirect, isReturn, targetOf } from './leading.ts';
import type { leavings } from './leaving.ts';
import { Locals } from './locals.ts';
import { type Order, orderOf } from './order.ts';
import { type Region, type RegionBlock, Visits } from './region.ts';
import { TranslatedWords } from './words.ts';

/** What a region goes on with, once its state is back in memory. */
const Way = {
  /** The handler of a record: what is there wasn't begun. */
  record: 0,
  /** Where the branch of a record leads. */
  branch: 1,
  /** An address. */
  jump: 2,
} as const;

export interface Written {
  readonly stage: Stage;
  /** Instructions that are in it, and those that are left to the interpreter. */
  readonly instructions: number;
  readonly left: number;
}

/** `formOf`: the row of the specification for one that only says how it is encoded. */
export const writeRegion = (region: Region, formOf: (placed: Placed) => Form): Written => new RegionWriter(region, formOf).write();

class RegionWriter {
  readonly #x = new TranslatedWords(['i32']);
  readonly #locals = new Locals(this.#x);
  readonly #flags: PendingFlags;
  readonly #region: Region;
  readonly #formOf: (placed: Placed) => Form;
  readonly #order: Order;
  /** Blocks by their addresses. */
  readonly #at: ReadonlyMap<bigint, number>;
  readonly #labels = new Map<number, { behind?: Label; anew?: Label }>();
  readonly #way: Variable = { ty: 'i32', w: 32 };
  readonly #record: Variable = { ty: 'i32', w: 32 };
  readonly #address: Variable = { ty: 'i64', w: 64 };
  /** The budget as it was at the beginning. */
  readonly #paid: Variable = { ty: 'i32', w: 32 };
  #out: Label | undefined;
  #instructions = 0;
  #left = 0;

  constructor(region: Region, formOf: (placed: Placed) => Form) {
    this.#region = region;
    this.#formOf = formOf;
    this.#flags = new PendingFlags(this.#x, this.#locals);
    this.#x.pendingFlags = this.#flags;
    this.#at = new Map(region.blocks.map((block, index) => [block.start, index]));
    this.#order = orderOf(region.blocks.map((block) => this.#successors(block)));
  }

  write(): Written {
    const x = this.#x;
    const locals = this.#locals;
    const begin = x.group();
    x.labelled('behind', (out) => {
      this.#out = out;
      this.#tree(0);
    });
    this.#count();
    locals.bringBack();
    const way = x.get(this.#way);
    const goOn = (name: keyof typeof leavings, by: Val): void => x.do([opcode.return_call, { call: name }], by);
    x.when(x.eq(way, x.known(32, Way.branch)), () => goOn('branch', x.get(this.#record)));
    x.when(x.eq(way, x.known(32, Way.jump)), () => goOn('jump', x.get(this.#address)));
    goOn('record', x.get(this.#record));
    x.do([opcode.unreachable]);
    begin(() => {
      x.set(this.#way, x.known(32, Way.record));
      x.set(this.#paid, x.load(32, x.known(32, 0), { home: State.budget }));
      locals.bring();
    });
    return { stage: x, instructions: this.#instructions, left: this.#left };
  }

  /** Tells whether it is worth its visits. */
  #count(): void {
    const x = this.#x;
    const record = x.parameter(0, 32);
    const first = this.#region.blocks[0]?.placed.length ?? 0;
    const ran = x.add(x.sub(x.get(this.#paid), this.#locals.get(State.budget, 32)), x.known(32, first));
    x.store(x.add(x.load(32, record, Visits.count), x.known(32, 1)), record, Visits.count);
    x.store(x.add(x.load(64, record, Visits.instructions), x.zext(ran, 64)), record, Visits.instructions);
  }

  /** Where a block may go on within the region. */
  #successors({ placed }: RegionBlock): readonly number[] {
    const last = placed.at(-1);
    if (last === undefined) return [];
    return [...this.#anywhere(last), ...goesOnAt(last).flatMap((address) => this.#at.get(address) ?? [])];
  }

  /** Where a jump to any address may lead: behind calls of the region, if it returns from one. */
  #anywhere(last: Placed): readonly number[] {
    if (isReturn(last)) return this.#returns();
    return isIndirect(last) ? [...this.#region.targets].flatMap((address) => this.#at.get(address) ?? []) : [];
  }

  #returns(): readonly number[] {
    return this.#region.blocks.flatMap(({ placed }) => {
      const last = placed.at(-1);
      const index = last !== undefined && isCall(last) ? this.#at.get(last.next) : undefined;
      return index === undefined ? [] : [index];
    });
  }

  /** A block and all that comes under it. */
  #tree(block: number, flags: Flags = 'carried'): void {
    const joined = (this.#order.under[block] ?? []).filter((one) => this.#order.isJoined[one] === true);
    const nest = (rest: readonly number[]): void => {
      const [first, ...others] = rest;
      if (first === undefined) {
        this.#flags.now = flags;
        this.#block(block);
        return;
      }
      this.#x.labelled('behind', (label) => {
        this.#label(first, { behind: label });
        nest(others);
      });
      this.#tree(first);
    };
    if (this.#order.isLoop[block] === true)
      this.#x.labelled('anew', (label) => {
        this.#label(block, { anew: label });
        nest(joined);
      });
    else nest(joined);
  }

  #label(block: number, label: { readonly behind?: Label; readonly anew?: Label }): void {
    this.#labels.set(block, { ...this.#labels.get(block), ...label });
  }

  #block(index: number): void {
    const block = this.#region.blocks[index] ?? missing();
    for (const [number, placed] of block.placed.entries()) {
      const record = block.record + (1 + number) * Record.size;
      const how = this.#instruction(index, placed, record);
      if (how === 'left') {
        this.#left++;
        this.#leave(Way.record, record);
        return;
      }
      this.#instructions++;
      if (how === 'leads') return;
    }
    const last = block.placed.at(-1) ?? missing();
    this.#branch(index, last.next, endOf(block));
  }

  /** Translates one: it is through, has led elsewhere, or is left to the interpreter. */
  #instruction(index: number, placed: Placed, record: number): 'through' | 'leads' | 'left' {
    const { instruction } = placed;
    const { mode } = this.#region;
    if (forbidden(instruction, mode) !== undefined) return 'left';
    const form = this.#formOf(placed);
    const { addressing, ...circumstance } = circumstanceOf(instruction, mode);
    const choice = choiceOf(instruction);
    if (choice.repetition !== undefined) return 'left';
    const known: Known = {
      ...choice,
      form,
      mode: circumstance.isLong ? 64 : 32,
      stack: circumstance.stack,
      address: circumstance.address,
    };
    let leads = false;
    const around: Surroundings = {
      ...{ x: this.#x, locals: this.#locals, flags: this.#flags },
      leave: () => this.#leave(Way.record, record),
      branch: () => {
        leads = true;
        this.#branch(index, targetOf(placed), record);
      },
      // Of a branch that isn't taken.
      proceed: () => {
        if (leads) this.#branch(index, placed.next, endOf(this.#region.blocks[index] ?? missing()));
      },
      jump: (target) => {
        leads = true;
        this.#jump(index, target, placed);
      },
      limit: mode.code === 64 ? undefined : this.#region.limit,
    };
    const { now } = this.#flags;
    const isDone = this.#x.attempt(Untranslated, () =>
      this.#x.perform(new TranslationBinding(around, placed, { known, addressing, fields: fieldsOf(instruction.form) })),
    );
    if (isDone) return leads ? 'leads' : 'through';
    this.#flags.now = now;
    return 'left';
  }

  /** Goes on where the record of a branch, or of a block's end, leads to. */
  #branch(from: number, address: bigint, record: number): void {
    this.#edge(from, address);
    this.#leave(Way.branch, record);
  }

  /** Goes on at an address in the region, where that is there, is what was translated, and is paid; else does nothing. */
  #edge(from: number, address: bigint): void {
    const to = this.#at.get(address);
    const way = to === undefined ? undefined : this.#order.wayFrom(from, to);
    if (to === undefined || way === undefined) return;
    const { blocks } = this.#region;
    const [left, met] = [blocks[from] ?? missing(), blocks[to] ?? missing()];
    if (left.page === met.page) this.#enter(to, way);
    else this.#x.when(this.#isStill(met), () => this.#enter(to, way));
  }

  /** Whether an address in another page leads to the block that it led to. */
  #isStill({ start, record }: RegionBlock): Val {
    const x = this.#x;
    const jumps = this.#locals.get(State.jumps, 32);
    const home = Layout.jumps + Jumps.entryBytes * jumpEntryOf(start);
    const sought = x.xor(x.known(64, start), this.#locals.get(State.circumstance, 64));
    return x.and(x.eq(x.load(64, jumps, { home }), sought), x.eq(x.load(32, jumps, { home: home + 8 }), x.known(32, record)));
  }

  #enter(to: number, way: 'back' | 'joined' | 'alone'): void {
    const { now } = this.#flags;
    this.#pay(to);
    if (way === 'alone') this.#tree(to, this.#order.isLoop[to] === true ? this.#carried() : now);
    else {
      this.#flags.carry();
      const label = this.#labels.get(to);
      this.#x.go((way === 'back' ? label?.anew : label?.behind) ?? missing());
    }
    this.#flags.now = now;
  }

  #carried(): Flags {
    this.#flags.carry();
    return 'carried';
  }

  #pay(to: number): void {
    const x = this.#x;
    const { placed, record } = this.#region.blocks[to] ?? missing();
    const rest = x.sub(this.#locals.get(State.budget, 32), x.known(32, placed.length));
    x.when(x.lts(rest, x.known(32, 0)), () => this.#leave(Way.record, record));
    this.#locals.set(State.budget, rest);
  }

  #jump(from: number, target: Val, last: Placed): void {
    const x = this.#x;
    const address = x.zext(target, 64);
    const ways = this.#anywhere(last)
      .filter((to) => this.#order.wayFrom(from, to) !== undefined)
      .map((to) => (this.#region.blocks[to] ?? missing()).start)
      .toSorted((a, b) => (a < b ? -1 : 1));
    this.#search(address, ways, (start) => this.#edge(from, start));
    x.set(this.#address, address);
    this.#leave(Way.jump, 0);
  }

  /** Goes on with one of several, in ascending order; else does nothing. */
  #search(address: Val, starts: readonly bigint[], found: (start: bigint) => void): void {
    const x = this.#x;
    const [first] = starts;
    if (first === undefined) return;
    const known = (start: bigint | undefined): Val => x.known(64, start ?? 0n);
    const middle = starts.length >> 1;
    if (middle === 0) x.when(x.eq(address, known(first)), () => found(first));
    else
      x.when(
        x.ltu(address, known(starts[middle])),
        () => this.#search(address, starts.slice(0, middle), found),
        () => this.#search(address, starts.slice(middle), found),
      );
  }

  #leave(way: number, record: number): void {
    const x = this.#x;
    this.#flags.carry();
    if (way !== Way.record) x.set(this.#way, x.known(32, way));
    x.set(this.#record, x.known(32, record));
    x.go(this.#out ?? missing());
  }
}

const endOf = ({ record, placed }: RegionBlock): number => record + (1 + placed.length) * Record.size;

const missing = (): never => {
  throw new Error('a region goes where it has nothing');
};
