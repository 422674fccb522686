/** Flags as the last instruction that changed them left them: what they are computed from, which is computed where somebody looks. */
import { State } from '../../runtime/state.ts';
import type { FlagName, FlagUpdate } from '../../spec/op.ts';
import type { X } from '../../spec/vocabulary.ts';
import { opcode, type Val } from '../../stage/index.ts';
import { LazyFlags } from '../interpret/flags.ts';
import { kindOf, nameOf, settled } from './kinds.ts';
import type { Locals } from './locals.ts';

export interface Flags {
  readonly known: Known;
  /** Whether what comes behind the region, or in a block by itself, finds them. */
  readonly isTold: boolean;
  /** A place that all ways from here come from, for telling it; undefined where there is none. */
  readonly before: ((tell: () => void) => void) | undefined;
}

/** An instruction has changed all six, by a result · the words have them · some block before this one says. */
type Whole = FlagUpdate | 'settled' | 'carried';
/** Some were changed since by what has no result for them, or all. */
type Known = Whole | Changed;

interface Changed {
  readonly before: Whole;
  readonly changes: FlagUpdate;
}

/** Where a block begins to which several lead. */
export const carried: Flags = { known: 'carried', isTold: true, before: undefined };

export class PendingFlags {
  readonly #x: X;
  readonly #words: LazyFlags;
  readonly #locals: Locals;
  /** The words of what is carried, computed anew each time: whoever looks may do so on one way only. */
  readonly #carried: LazyFlags;
  #now = carried;

  constructor(x: X, locals: Locals) {
    this.#x = x;
    this.#locals = locals;
    const load = (offset: number): Val => locals.get(offset, offset === State.result ? 64 : 32);
    const store = (offset: number, value: Val): void => locals.set(offset, value);
    this.#words = new LazyFlags(x, { load: (offset, w) => x.truncate(load(offset), w), store });
    const carried = (offset: number): Val =>
      x.either(
        x.eqz(this.#kind),
        () => load(offset),
        () => this.#word(offset),
      );
    this.#carried = new LazyFlags(x, { load: (offset, w) => x.truncate(carried(offset), w), store });
  }

  /** What they are known by here; may be set where a block begins, or to what it was where something is undone. */
  get now(): Flags {
    return this.#now;
  }

  set now(flags: Flags) {
    this.#now = flags;
  }

  /** What follows leads out of here in several ways, perhaps. */
  begin(): void {
    const { known, isTold } = this.#now;
    if (!isTold && (known === 'settled' || plainKindOf(known) !== undefined)) this.#now = { known, isTold, before: this.#x.group() };
  }

  write(update: FlagUpdate): void {
    const { result, carries, c, o, a, z, s, p } = update;
    if (result === undefined) {
      this.#know(changed(this.#now.known, made(update)));
      return;
    }
    if (z !== undefined || s !== undefined || p !== undefined) {
      this.settle();
      this.#words.write(update);
      return;
    }
    const kept = (name: FlagName, thunk: (() => Val) | undefined): (() => Val) | undefined => {
      if (thunk === undefined && carries !== undefined) return undefined;
      const value = thunk === undefined ? this.read(name) : thunk();
      return () => value;
    };
    // CF as it was is asked for where somebody looks, which may take a call: what tells it isn't changed before this is told itself.
    const before = this.#now.known;
    const carry = update.keepsCarry === true ? (): Val => this.#readOf(before, 'c') : kept('c', c);
    const [overflow, aux] = [kept('o', o), kept('a', a)];
    this.#know({
      ...{ result, ...(carries !== undefined && { carries }), ...(carry !== undefined && { c: carry }) },
      ...{ ...(overflow !== undefined && { o: overflow }), ...(aux !== undefined && { a: aux }) },
      ...(update.of !== undefined && { of: update.of }),
    });
  }

  #know(known: Known, isTold = false): void {
    this.#now = { known, isTold, before: undefined };
  }

  /** Has the words have them from here on. */
  settle(): void {
    const { known } = this.#now;
    if (known === 'settled') return;
    this.#toWords(known);
    this.#know('settled', known === 'carried');
  }

  /** Of what is carried, the kind is told, too. */
  #toWords(known: Known): void {
    if (isChanged(known)) {
      this.#toWords(known.before);
      this.#words.write(known.changes);
    } else if (known === 'carried') {
      const x = this.#x;
      x.when(x.nez(this.#kind), () => {
        for (const offset of [State.result, State.carry, State.aux]) this.#locals.set(offset, this.#word(offset));
        this.#kind = x.known(32, settled);
      });
    } else if (known !== 'settled') this.#words.write(known);
  }

  /** Has whatever comes behind find them: on a way that leads out of here, while all others go on as they are; or before all of them, as most have several. */
  carry(): void {
    const { known, isTold, before } = this.#now;
    if (isTold) return;
    if (before === undefined) this.#tell(known);
    else {
      before(() => this.#tell(known));
      this.#know(known, true);
    }
  }

  #tell(known: Known): void {
    const { of } = typeof known === 'string' || isChanged(known) ? {} : known;
    const kind = plainKindOf(known);
    if (of !== undefined && kind !== undefined) {
      this.#locals.set(State.flagA, this.#x.zext(of.a, 64));
      if (of.operation !== 'logical') this.#locals.set(State.flagB, this.#x.zext(of.b, 64));
    } else this.#toWords(known);
    this.#kind = this.#x.known(32, kind ?? settled);
  }

  get #kind(): Val {
    return this.#locals.get(State.flagKind, 32);
  }

  set #kind(kind: Val) {
    this.#locals.set(State.flagKind, kind);
  }

  #word(offset: number): Val {
    const x = this.#x;
    const w = offset === State.result ? 64 : 32;
    const given = [this.#kind, this.#locals.get(State.flagA, 64), this.#locals.get(State.flagB, 64)];
    return x.pinned(w === 64 ? 'i64' : 'i32', w, [opcode.call, { call: nameOf(offset) }], ...given);
  }

  read(name: FlagName): Val {
    return this.#readOf(this.#now.known, name);
  }

  #readOf(known: Known, name: FlagName): Val {
    const x = this.#x;
    if (isChanged(known)) return known.changes[name]?.() ?? this.#readOf(known.before, name);
    if (known === 'carried') return this.#carried.read(name);
    if (known === 'settled') return this.#words.read(name);
    const { result, carries, ...others } = known;
    if (result === undefined) throw new Error('flags have no result');
    const own = others[name]?.();
    if (own !== undefined) return own;
    const out = (): Val => carries?.() ?? missing(name);
    switch (name) {
      case 'z':
        return x.eqz(result);
      case 's':
        return x.msb(result);
      case 'p':
        return x.evenParity(x.zext(result, 64));
      case 'c':
        return this.#comparedOf(known, 1) ?? x.msb(out());
      case 'o': {
        const carry = out();
        return x.xor(x.msb(carry), x.bit(carry, carry.w - 2));
      }
      case 'a':
        return x.bit(out(), 3);
      default:
        return name satisfies never;
    }
  }

  /** Whether a condition holds, where what was compared says so at once; by half its number: SDM Vol. 1, appendix B. */
  compared(half: number): Val | undefined {
    return this.#comparedOf(this.#now.known, half);
  }

  #comparedOf(known: Known, half: number): Val | undefined {
    const x = this.#x;
    if (typeof known === 'string' || isChanged(known)) return undefined;
    const { of, c, o } = known;
    if (of?.operation !== 'difference' || o !== undefined) return undefined;
    const { a, b } = of;
    if (half === 6) return x.lts(a, b);
    if (half === 7) return x.not(x.lts(b, a));
    if (half === 2) return x.eq(a, b);
    if (c !== undefined) return undefined;
    if (half === 1) return x.ltu(a, b);
    return half === 3 ? x.not(x.ltu(b, a)) : undefined;
  }
}

/** What is told by numbers alone; undefined where it takes words, which are computed on those ways only where somebody wants them. */
const plainKindOf = (known: Known): number | undefined => {
  if (typeof known === 'string' || isChanged(known)) return undefined;
  const { of, c, o } = known;
  const kind = of === undefined || c !== undefined || o !== undefined ? settled : kindOf(of.operation, of.a.w);
  return kind === settled ? undefined : kind;
};

const isChanged = (known: Known): known is Changed => typeof known === 'object' && 'changes' in known;

const names = ['c', 'p', 'a', 'z', 's', 'o'] as const satisfies readonly FlagName[];

/** What reads flags as they were does it now; nodes that nobody uses are not made. */
const made = (update: FlagUpdate): FlagUpdate =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = update[name]?.();
      return value === undefined ? [] : [[name, () => value]];
    }),
  );

/** Whatever of them isn't changed stays. */
const changed = (known: Known, more: FlagUpdate): Known => {
  const { before, changes } = isChanged(known) ? { ...known, changes: { ...known.changes, ...more } } : { before: known, changes: more };
  if (names.every((name) => name in changes)) return { before: 'settled', changes };
  const isOfResult = changes.z === undefined && changes.s === undefined && changes.p === undefined;
  return typeof before === 'object' && isOfResult ? { ...before, ...changes } : { before, changes };
};

const missing = (name: FlagName): never => {
  throw new Error(`nothing says what ${name} is`);
};
