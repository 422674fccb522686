/** Which local each value and variable of a function has: what nobody looks at any more leaves its local to others, for engines take longer over functions with many. */
import type { Variable } from './statement.ts';
import type { Ty, Val } from './value.ts';

type Owner = Val | Variable;

const noLoop = -1;

export class Places {
  readonly #parameters: number;
  readonly types: Ty[] = [];
  #byOwner = new Map<Owner, number>();
  /** Locals that nobody has, by their types. */
  #unowned = new Map<Ty, number[]>();
  /** Loops that are open, by number, and in which each owner had its local first: in another one it may be looked at once more. */
  readonly #loops: number[] = [0];
  #lastLoop = 0;
  readonly #loopOf = new Map<Owner, number>();

  constructor(parameters: number) {
    this.#parameters = parameters;
  }

  has(owner: Owner): boolean {
    return this.#byOwner.has(owner);
  }

  of(owner: Owner): number {
    let local = this.#byOwner.get(owner);
    if (local === undefined) {
      local = this.#unowned.get(owner.ty)?.pop() ?? this.#parameters + this.types.push(owner.ty) - 1;
      this.#byOwner.set(owner, local);
      this.#loopOf.set(owner, this.#loops.at(-1) ?? 0);
    }
    return local;
  }

  /** A variable that is looked at: one that wasn't set before may have been the time before in a loop, so it leaves its local to nobody. */
  keepUnset(variable: Variable): void {
    if (this.#byOwner.has(variable)) return;
    this.of(variable);
    this.#loopOf.set(variable, noLoop);
  }

  /** Nobody looks at it any more. */
  free(owner: Owner): void {
    const local = this.#byOwner.get(owner);
    if (local === undefined || this.#loopOf.get(owner) !== this.#loops.at(-1)) return;
    this.#byOwner.delete(owner);
    this.#leave(owner.ty, local);
  }

  #leave(ty: Ty, local: number): void {
    const unowned = this.#unowned.get(ty);
    if (unowned === undefined) this.#unowned.set(ty, [local]);
    else unowned.push(local);
  }

  enterLoop(): void {
    this.#loops.push(++this.#lastLoop);
  }

  leaveLoop(): void {
    this.#loops.pop();
  }

  /** Others are made with the same locals instead of this. */
  apart(make: () => void): void {
    const [byOwner, unowned, before] = [this.#byOwner, this.#unowned, this.types.length];
    this.#byOwner = new Map(byOwner);
    this.#unowned = new Map([...unowned].map(([ty, locals]) => [ty, [...locals]]));
    make();
    [this.#byOwner, this.#unowned] = [byOwner, unowned];
    for (const [at, ty] of this.types.entries()) if (at >= before) this.#leave(ty, this.#parameters + at);
  }
}
