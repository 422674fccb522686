/** Which local each value and variable of a function has: what nobody looks at any more leaves its local to others, for engines take longer over functions with many. */
import type { Owner, Ty, Variable } from './value.ts';

const noLoop = -1;

export class Places {
  readonly #parameters: number;
  readonly types: Ty[] = [];
  /** Locals that nobody has. */
  #unowned: Readonly<Record<Ty, number[]>> = { i32: [], i64: [], f32: [], f64: [], v128: [] };
  /** Loops that are open, by number, and in which the owner of each local had it first: in another one it may be looked at once more. */
  readonly #loops: number[] = [0];
  #loop = 0;
  #lastLoop = 0;
  readonly #loopOf: number[] = [];

  constructor(parameters: number) {
    this.#parameters = parameters;
  }

  of(owner: Owner): number {
    if (owner.local < 0) {
      owner.local = this.#unowned[owner.ty].pop() ?? this.#parameters + this.types.push(owner.ty) - 1;
      this.#loopOf[owner.local] = this.#loop;
    }
    return owner.local;
  }

  /** A variable that is looked at: one that wasn't set before may have been the time before in a loop, so it leaves its local to nobody. */
  keepUnset(variable: Variable): void {
    if (variable.local >= 0) return;
    this.#loopOf[this.of(variable)] = noLoop;
  }

  /** Nobody looks at it any more. */
  free(owner: Owner): void {
    const { local, ty } = owner;
    if (local < 0 || this.#loopOf[local] !== this.#loop) return;
    owner.local = -1;
    this.#unowned[ty].push(local);
  }

  enterLoop(): void {
    this.#loop = ++this.#lastLoop;
    this.#loops.push(this.#loop);
  }

  leaveLoop(): void {
    this.#loops.pop();
    this.#loop = this.#loops.at(-1) ?? 0;
  }

  /** Others are made with the same locals instead of this. */
  apart(make: () => void): void {
    const [{ i32, i64, f32, f64, v128 }, before] = [this.#unowned, this.types.length];
    this.#unowned = { i32: [...i32], i64: [...i64], f32: [...f32], f64: [...f64], v128: [...v128] };
    make();
    this.#unowned = { i32, i64, f32, f64, v128 };
    for (const [at, ty] of this.types.entries()) if (at >= before) this.#unowned[ty].push(this.#parameters + at);
  }
}
