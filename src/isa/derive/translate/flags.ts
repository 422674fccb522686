/** Flags as the last instruction that changed them left them: what they are computed from, which is computed where somebody looks. */
import { State } from '../../runtime/state.ts';
import type { FlagName, FlagUpdate } from '../../spec/op.ts';
import type { X } from '../../spec/vocabulary.ts';
import { opcode, type Val } from '../../stage/index.ts';
import { LazyFlags } from '../interpret/flags.ts';
import { kindOf, nameOf, settled } from './kinds.ts';
import type { Locals } from './locals.ts';

/** An instruction has changed all six · the words have them · some block before this one says. */
export type Flags = FlagUpdate | 'settled' | 'carried';

export class PendingFlags {
  readonly #x: X;
  readonly #words: LazyFlags;
  readonly #locals: Locals;
  /** The words of what is carried, computed anew each time: whoever looks may do so on one way only. */
  readonly #carried: LazyFlags;
  #now: Flags = 'carried';

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

  write(update: FlagUpdate): void {
    const { result, carries, c, o, a, z, s, p } = update;
    if (result === undefined || z !== undefined || s !== undefined || p !== undefined) {
      this.settle();
      this.#words.write(update);
      return;
    }
    // What reads flags as they were does it now; nodes that nobody uses are not made.
    const kept = (name: FlagName, thunk: (() => Val) | undefined): (() => Val) | undefined => {
      if (thunk === undefined && carries !== undefined) return undefined;
      const value = thunk === undefined ? this.read(name) : thunk();
      return () => value;
    };
    const [carry, overflow, aux] = [kept('c', c), kept('o', o), kept('a', a)];
    this.#now = {
      ...{ result, ...(carries !== undefined && { carries }), ...(carry !== undefined && { c: carry }) },
      ...{ ...(overflow !== undefined && { o: overflow }), ...(aux !== undefined && { a: aux }) },
      ...(update.of !== undefined && { of: update.of }),
    };
  }

  /** Has the words have them from here on. */
  settle(): void {
    if (this.#now === 'carried') {
      const x = this.#x;
      x.when(x.nez(this.#kind), () => {
        for (const offset of [State.result, State.carry, State.aux]) this.#locals.set(offset, this.#word(offset));
        this.#kind = x.known(32, settled);
      });
    } else if (this.#now !== 'settled') this.#words.write(this.#now);
    this.#now = 'settled';
  }

  /** Has whatever comes behind find them: on a way that leads out of here, while all others go on as they are. */
  carry(): void {
    const x = this.#x;
    const now = this.#now;
    if (now === 'carried') return;
    const { of, c, o } = now === 'settled' ? {} : now;
    const kind = of === undefined || c !== undefined || o !== undefined ? settled : kindOf(of.operation, of.a.w);
    if (of !== undefined && kind !== settled) {
      this.#locals.set(State.flagA, x.zext(of.a, 64));
      if (of.operation !== 'logical') this.#locals.set(State.flagB, x.zext(of.b, 64));
    } else if (now !== 'settled') this.#words.write(now);
    this.#kind = x.known(32, kind);
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
    const x = this.#x;
    if (this.#now === 'carried') return this.#carried.read(name);
    if (this.#now === 'settled') return this.#words.read(name);
    const { result, carries, ...others } = this.#now;
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
        return this.compared(1) ?? x.msb(out());
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
    const x = this.#x;
    if (this.#now === 'settled' || this.#now === 'carried') return undefined;
    const { of, c, o } = this.#now;
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

const missing = (name: FlagName): never => {
  throw new Error(`nothing says what ${name} is`);
};
