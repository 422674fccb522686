/** How a region is entered and left, and how it goes on within itself where it has to look for an address. */
import { State } from '../../runtime/state.ts';
import { type Label, opcode, tableType, type Val, Variable } from '../../stage/index.ts';
import { Flow } from '../interpret/flow.ts';
import { Record } from '../interpret/record.ts';
import type { PendingFlags } from './flags.ts';
import type { leavings } from './leaving.ts';
import type { Locals } from './locals.ts';
import { Entrance, Visits } from './region.ts';
import type { TranslatedWords } from './words.ts';

/** What a region goes on with, once its state is back in memory. */
export const Way = {
  /** The handler of a record: what is there wasn't begun. */
  record: 0,
  /** Where the branch of a record leads. */
  branch: 1,
  /** An address. */
  jump: 2,
  /** A block by its first record. */
  block: 3,
  /** The address of the next instruction, with what was held back until then. */
  heed: 4,
  /** The same, but everything is looked at anew. */
  resume: 5,
} as const;

interface Parts {
  readonly x: TranslatedWords;
  readonly locals: Locals;
  readonly flags: PendingFlags;
  /** Of the region in the table. */
  readonly place: number;
  /** The region's own, for `Visits`. */
  readonly record: number;
}

export class Ways {
  readonly #parts: Parts;
  readonly #flow: Flow;
  readonly #way = new Variable('i32', 32);
  readonly #record = new Variable('i32', 32);
  readonly #address = new Variable('i64', 64);
  /** Number of the entrance that it goes on at. */
  readonly #entrance = new Variable('i32', 32);
  /** The budget as it was before anything was paid. */
  readonly #paid = new Variable('i32', 32);
  #out: Label | undefined;
  /** Where ways out of a block meet. */
  #near: Label | undefined;
  #anew: Label | undefined;
  #seek: Label | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#flow = new Flow(parts.x);
  }

  /** The whole function, around what the region does. */
  around(body: () => void): void {
    const { x, locals } = this.#parts;
    const begin = x.group();
    x.labelled('behind', (out) => {
      this.#out = out;
      x.labelled('anew', (anew) => {
        this.#anew = anew;
        x.labelled('behind', (seek) => {
          this.#seek = seek;
          body();
        });
        this.#look();
      });
    });
    this.#goOn();
    begin(() => {
      const record = x.parameter(0, 32);
      x.set(this.#way, x.known(32, Way.record));
      x.set(this.#entrance, x.load(32, record, Entrance.number));
      x.set(this.#paid, x.add(this.#state(State.budget), x.load(32, record, Entrance.paid)));
      locals.bring();
    });
  }

  /** A block, whose ways out meet before they join those of others: what they have in common engines bring there once, in a twelfth less code. */
  together(body: () => void): void {
    const { x } = this.#parts;
    const outside = this.#near;
    x.labelled('behind', (near) => {
      this.#near = near;
      body();
    });
    this.#near = outside;
    x.go(this.#out ?? missing());
  }

  /** Goes on at the entrance that is wanted; by their numbers. */
  choose(entrances: readonly Label[]): void {
    const { x } = this.#parts;
    if (entrances.length > 1) x.choose(x.get(this.#entrance), entrances);
  }

  /** Goes on at an entrance, which was paid. Flags are carried. */
  goTo(entrance: number): void {
    const { x } = this.#parts;
    x.set(this.#entrance, x.known(32, entrance));
    x.go(this.#anew ?? missing());
  }

  /** Goes on at an address, wherever that is. */
  seek(address: Val): void {
    const { x, flags } = this.#parts;
    flags.carry();
    x.set(this.#address, address);
    x.go(this.#seek ?? missing());
  }

  leave(way: number, record: number): void {
    const { x, flags } = this.#parts;
    flags.carry();
    if (way !== Way.record) x.set(this.#way, x.known(32, way));
    x.set(this.#record, x.known(32, record));
    x.go(this.#near ?? this.#out ?? missing());
  }

  /** Leaves by `heed` or `resume`. */
  leaveAt(way: number, address: bigint): void {
    const { x, flags } = this.#parts;
    flags.carry();
    x.set(this.#way, x.known(32, way));
    x.set(this.#address, x.known(64, address));
    x.go(this.#near ?? this.#out ?? missing());
  }

  /** An entrance of this region is gone on at; else the region is left. */
  #look(): void {
    const { x, locals, place } = this.#parts;
    x.set(this.#way, x.known(32, Way.jump));
    this.#flow.whenCached(x.get(this.#address), (first) => {
      const second = x.load(32, first, Record.entry);
      const rest = x.sub(locals.get(State.budget, 32), x.load(32, first, Record.immediate));
      const isHere = x.eq(this.#flow.handler(second), x.known(32, place));
      x.when(x.and(isHere, x.not(x.lts(rest, x.known(32, 0)))), () => {
        locals.set(State.budget, rest);
        x.set(this.#way, x.known(32, Way.record));
        x.set(this.#entrance, x.load(32, second, Entrance.number));
        x.go(this.#anew ?? missing());
      });
      x.set(this.#way, x.known(32, Way.block));
      x.set(this.#record, first);
    });
  }

  /** Another region is entered straight; all else the interpreter does. */
  #goOn(): void {
    const { x, locals } = this.#parts;
    this.#count();
    const [way, record] = [(): Val => x.get(this.#way), (): Val => x.get(this.#record)];
    x.when(x.eq(way(), x.known(32, Way.branch)), () => {
      const link = x.load(32, record(), Record.link);
      x.when(x.nez(link), () => {
        x.set(this.#way, x.known(32, Way.block));
        x.set(this.#record, link);
      });
    });
    const region = x.variable(x.known(32, 0));
    x.when(x.eq(way(), x.known(32, Way.block)), () => {
      const second = x.load(32, record(), Record.entry);
      const rest = x.sub(locals.get(State.budget, 32), x.load(32, record(), Record.immediate));
      const isTranslated = x.nez(x.xor(second, x.add(record(), x.known(32, Record.size))));
      x.when(x.and(isTranslated, x.not(x.lts(rest, x.known(32, 0)))), () => {
        locals.set(State.budget, rest);
        x.set(region, second);
      });
    });
    locals.bringBack();
    const next = x.get(region);
    x.when(x.nez(next), () => {
      x.store(next, x.known(32, this.#parts.record), Visits.next);
      x.do([opcode.return_call_indirect, tableType, 0], next, this.#flow.handler(next));
    });
    const goOn = (name: keyof typeof leavings, by: Val): void => x.do([opcode.return_call, { call: name }], by);
    x.when(x.eq(way(), x.known(32, Way.block)), () => goOn('block', record()));
    x.when(x.eq(way(), x.known(32, Way.branch)), () => goOn('branch', record()));
    x.when(x.eq(way(), x.known(32, Way.jump)), () => goOn('jump', x.get(this.#address)));
    x.when(x.eq(way(), x.known(32, Way.heed)), () => goOn('heed', x.get(this.#address)));
    x.when(x.eq(way(), x.known(32, Way.resume)), () => goOn('resume', x.get(this.#address)));
    goOn('record', record());
    x.do([opcode.unreachable]);
  }

  /** Tells whether it is worth its visits. */
  #count(): void {
    const { x, locals, record } = this.#parts;
    const own = x.known(32, record);
    const ran = x.sub(x.get(this.#paid), locals.get(State.budget, 32));
    x.store(x.add(x.load(32, own, Visits.count), x.known(32, 1)), own, Visits.count);
    x.store(x.add(x.load(64, own, Visits.instructions), x.zext(ran, 64)), own, Visits.instructions);
  }

  #state(offset: number): Val {
    const { x } = this.#parts;
    return x.load(32, x.known(32, 0), { home: offset });
  }
}

const missing = (): never => {
  throw new Error('a region is left before it is entered');
};
