/** Writes a region as one function: control flow as WebAssembly has it, and the state in locals. */
import { State } from '../../runtime/state.ts';
import type { Known } from '../../spec/binding.ts';
import type { Form } from '../../spec/row.ts';
import type { Label, Stage, Val } from '../../stage/index.ts';
import { fieldsOf } from '../interpret/fields.ts';
import { Flow } from '../interpret/flow.ts';
import { Jumps, jumpEntryOf, Layout } from '../interpret/memory.ts';
import { choiceOf, circumstanceOf, forbidden, type Placed } from '../interpret/predecode.ts';
import { Record } from '../interpret/record.ts';
import { type Surroundings, TranslationBinding, Untranslated } from './binding.ts';
import { carried, type Flags, PendingFlags } from './flags.ts';
import { targetOf } from './leading.ts';
import { Locals } from './locals.ts';
import { type Knowledge, Nearby, nothingKnown } from './nearby.ts';
import { type Plan, planOf } from './plan.ts';
import type { Region, RegionBlock } from './region.ts';
import { Way, Ways } from './ways.ts';
import { TranslatedWords } from './words.ts';

export interface Written {
  readonly stage: Stage;
  /** Instructions that are in it, and those that are left to the interpreter. */
  readonly instructions: number;
  readonly left: number;
  /** Numbers of the blocks it may be entered at, by the numbers of their entrances. */
  readonly entrances: readonly number[];
}

/** `place`: of the region in the table. `formOf`: the row of the specification for one that only says how it is encoded. */
export const writeRegion = (region: Region, place: number, formOf: (placed: Placed) => Form): Written =>
  new RegionWriter(region, place, formOf).write();

/** The instruction that is written. What it leads to is written before it is through. */
interface AtHand {
  /** Of its block. */
  readonly index: number;
  readonly placed: Placed;
  readonly record: number;
  /** Whether it has led elsewhere. */
  leads: boolean;
}

class RegionWriter {
  readonly #x = new TranslatedWords(['i32']);
  readonly #nearby = new Nearby(this.#x);
  readonly #locals = new Locals(this.#x, this.#nearby.origins);
  readonly #flags: PendingFlags;
  readonly #region: Region;
  readonly #formOf: (placed: Placed) => Form;
  readonly #plan: Plan;
  readonly #ways: Ways;
  /** Blocks by their addresses. */
  readonly #at: ReadonlyMap<bigint, number>;
  /** Numbers of entrances by those of their blocks. */
  readonly #entrances: ReadonlyMap<number, number>;
  readonly #labels = new Map<number, { behind?: Label; anew?: Label }>();
  #instructions = 0;
  #left = 0;
  #here: AtHand | undefined;
  readonly #around: Surroundings;

  constructor(region: Region, place: number, formOf: (placed: Placed) => Form) {
    this.#region = region;
    this.#formOf = formOf;
    this.#flags = new PendingFlags(this.#x, this.#locals);
    this.#x.pendingFlags = this.#flags;
    this.#plan = planOf(region);
    this.#ways = new Ways({ x: this.#x, locals: this.#locals, flags: this.#flags, place, record: region.record });
    this.#at = new Map(region.blocks.map((block, index) => [block.start, index]));
    this.#entrances = new Map(this.#plan.entrances.map((block, number) => [block, number]));
    this.#around = this.#surroundings();
  }

  #surroundings(): Surroundings {
    const here = (): AtHand => this.#here ?? missing();
    const leading = (): AtHand => {
      const found = here();
      found.leads = true;
      return found;
    };
    return {
      ...{ x: this.#x, locals: this.#locals, flags: this.#flags, nearby: this.#nearby },
      leave: () => this.#ways.leave(Way.record, here().record),
      branch: () => {
        const { index, placed, record } = leading();
        this.#branch(index, targetOf(placed), record);
      },
      // Of a branch that isn't taken.
      proceed: () => {
        const { index, placed, leads } = here();
        if (leads) this.#branch(index, placed.next, endOf(this.#region.blocks[index] ?? missing()));
      },
      jump: (target) => this.#jump(leading().index, target),
      heed: (claim) => {
        const { index, placed } = leading();
        this.#heed(index, placed.next, claim);
      },
      limit: this.#region.mode.code === 64 ? undefined : this.#region.limit,
    };
  }

  write(): Written {
    this.#ways.around(() => this.#tree(this.#plan.begin));
    return { stage: this.#x, instructions: this.#instructions, left: this.#left, entrances: this.#plan.entrances };
  }

  /** A block and all that comes under it. */
  #tree(block: number, flags = carried, known: Knowledge = nothingKnown): void {
    const { under, isJoined, isLoop, begin } = this.#plan;
    const joined = (under[block] ?? []).filter((one) => block === begin || isJoined[one] === true);
    const nest = (rest: readonly number[]): void => {
      const [first, ...others] = rest;
      if (first === undefined) {
        this.#flags.now = flags;
        this.#nearby.now = known;
        if (block === begin) this.#begin();
        else this.#ways.together(() => this.#block(block));
        return;
      }
      this.#x.labelled('behind', (label) => {
        this.#label(first, { behind: label });
        nest(others);
      });
      this.#tree(first);
    };
    if (isLoop[block] === true)
      this.#x.labelled('anew', (label) => {
        this.#label(block, { anew: label });
        nest(joined);
      });
    else nest(joined);
  }

  #begin(): void {
    this.#ways.choose(this.#plan.entrances.map((block) => this.#labels.get(block)?.behind ?? missing()));
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
        this.#ways.leave(Way.record, record);
        return;
      }
      this.#instructions++;
      if (how === 'leads') return;
    }
    const last = block.placed.at(-1) ?? missing();
    this.#flags.begin();
    this.#branch(index, last.next, endOf(block));
  }

  /** Translates one: it is through, has led elsewhere, or is left to the interpreter. */
  #instruction(index: number, placed: Placed, record: number): 'through' | 'leads' | 'left' {
    const { instruction } = placed;
    const { mode } = this.#region;
    if (forbidden(instruction, mode) !== undefined) return 'left';
    const form = this.#formOf(placed);
    const { addressing, isLong, stack, address } = circumstanceOf(instruction, mode);
    const choice = choiceOf(instruction);
    const known: Known = { ...choice, form, mode: isLong ? 64 : 32, stack, address };
    const before = this.#here;
    const here: AtHand = { index, placed, record, leads: false };
    this.#here = here;
    this.#flags.begin();
    const { now } = this.#flags;
    const isDone = this.#x.attempt(Untranslated, () =>
      this.#x.perform(new TranslationBinding(this.#around, placed, { known, addressing, fields: fieldsOf(instruction.form) })),
    );
    this.#here = before;
    if (isDone) return here.leads ? 'leads' : 'through';
    this.#flags.now = now;
    return 'left';
  }

  /** Goes on where the record of a branch, or of a block's end, leads to. */
  #branch(from: number, address: bigint, record: number): void {
    this.#edge(from, address);
    this.#ways.leave(Way.branch, record);
  }

  /** Goes on at an address in the region, where that is there, is what was translated, and is paid; else does nothing. */
  #edge(from: number, address: bigint): void {
    const to = this.#at.get(address);
    if (to === undefined) return;
    const { blocks } = this.#region;
    const [left, met] = [blocks[from] ?? missing(), blocks[to] ?? missing()];
    if (left.page === met.page) this.#enter(from, to);
    else this.#x.when(this.#isStill(met), () => this.#enter(from, to));
  }

  /** Goes on behind an instruction that lets in what was held back, where nothing is to be looked at; else leaves. */
  #heed(from: number, next: bigint, claim: Val): void {
    const x = this.#x;
    x.when(x.not(claim), () => this.#ways.leaveAt(Way.resume, next));
    const to = this.#at.get(next);
    const met = to === undefined ? undefined : this.#region.blocks[to];
    if (to !== undefined && met !== undefined) {
      const isPaid = x.not(x.lts(this.#restBehind(met), x.known(32, 0)));
      const isThere = this.#region.blocks[from]?.page === met.page ? x.known(1, 1) : this.#isStill(met);
      const flow = new Flow(x);
      x.when(x.and(x.and(flow.isCalm, isThere), isPaid), () => {
        flow.release();
        this.#enter(from, to);
      });
    }
    this.#ways.leaveAt(Way.heed, next);
  }

  /** Whether an address in another page leads to the block that it led to. */
  #isStill({ start, record }: RegionBlock): Val {
    const x = this.#x;
    const jumps = this.#locals.get(State.jumps, 32);
    const home = Layout.jumps + Jumps.entryBytes * jumpEntryOf(start);
    const sought = x.xor(x.known(64, start), this.#locals.get(State.circumstance, 64));
    return x.and(x.eq(x.load(64, jumps, { home }), sought), x.eq(x.load(32, jumps, { home: home + 8 }), x.known(32, record)));
  }

  #enter(from: number, to: number): void {
    const way = this.#plan.wayFrom(from, to);
    this.#pay(to);
    const [{ now }, { now: known }] = [this.#flags, this.#nearby];
    const isLoop = this.#plan.isLoop[to] === true;
    if (way === 'alone') this.#tree(to, isLoop ? this.#carried() : now, isLoop ? nothingKnown : known);
    else {
      this.#flags.carry();
      const label = this.#labels.get(to);
      if (way === undefined) this.#ways.goTo(this.#entrances.get(to) ?? missing());
      else this.#x.go((way === 'back' ? label?.anew : label?.behind) ?? missing());
    }
    this.#flags.now = now;
    this.#nearby.now = known;
  }

  #carried(): Flags {
    this.#flags.carry();
    return carried;
  }

  #pay(to: number): void {
    const x = this.#x;
    const block = this.#region.blocks[to] ?? missing();
    const rest = this.#restBehind(block);
    x.seldom(x.lts(rest, x.known(32, 0)), () => this.#ways.leave(Way.record, block.record));
    this.#locals.set(State.budget, rest);
  }

  /** The budget once a block is paid. */
  #restBehind({ placed }: RegionBlock): Val {
    return this.#x.sub(this.#locals.get(State.budget, 32), this.#x.known(32, placed.length));
  }

  #jump(from: number, target: Val): void {
    const address = this.#x.zext(target, 64);
    const starts = (this.#plan.returns.get(from) ?? []).map((to) => (this.#region.blocks[to] ?? missing()).start);
    this.#search(
      address,
      starts.toSorted((a, b) => (a < b ? -1 : 1)),
      (start) => this.#edge(from, start),
    );
    this.#ways.seek(address);
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
}

const endOf = ({ record, placed }: RegionBlock): number => record + (1 + placed.length) * Record.size;

const missing = (): never => {
  throw new Error('a region goes where it has nothing');
};
