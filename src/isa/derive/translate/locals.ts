/** What of the processor's state is in locals while a region runs: as it is between two instructions. */
import { State } from '../../runtime/state.ts';
import { type Stage, type Val, Variable } from '../../stage/index.ts';
import type { Origins } from './origins.ts';

interface Local {
  readonly variable: Variable;
  readonly offset: number;
  isWritten: boolean;
}

const generals = 16;

export class Locals {
  readonly #x: Stage;
  readonly #locals = new Map<number, Local>();

  readonly #origins: Origins;

  constructor(x: Stage, origins: Origins) {
    this.#x = x;
    this.#origins = origins;
  }

  /** Bits of the state, by their offset in it. */
  get(offset: number, w: number): Val {
    const value = this.#x.get(this.#local(offset, w).variable);
    if (generalAt(offset) !== undefined) this.#origins.read(offset, value);
    return value;
  }

  set(offset: number, value: Val): void {
    const local = this.#local(offset, value.w);
    local.isWritten = true;
    this.#x.set(local.variable, value);
    if (generalAt(offset) !== undefined) this.#origins.write(offset, value);
  }

  /** At the beginning: all that is used is brought. What isn't written on some way is written back as it was. */
  bring(): void {
    for (const { variable, offset } of this.#locals.values())
      this.#x.set(variable, this.#x.load(variable.w, this.#x.known(32, 0), { home: offset }));
  }

  /** All that may have changed goes back. */
  bringBack(): void {
    for (const { variable, offset, isWritten } of this.#locals.values())
      if (isWritten) this.#x.store(this.#x.get(variable), this.#x.known(32, 0), { home: offset });
  }

  #local(offset: number, w: number): Local {
    let local = this.#locals.get(offset);
    if (local === undefined) {
      local = { variable: new Variable(w <= 32 ? 'i32' : w <= 64 ? 'i64' : 'v128', w), offset, isWritten: false };
      this.#locals.set(offset, local);
    }
    return local;
  }
}

/** Which general register a place in the state is in, as its offset; undefined of a place that is in none. */
export const generalAt = (place: number): number | undefined =>
  place >= State.gpr && place < State.gpr + 8 * generals ? place & ~7 : undefined;

/** Which vector register's low half a place is; undefined of one that is none. */
export const vectorAt = (place: number): number | undefined =>
  place >= State.vectors && place < State.vectors + 64 * 32 && (place - State.vectors) % 64 === 0 ? place : undefined;
