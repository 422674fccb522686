/**
 * Strings that are moved or filled in one piece, as far as they lie in a page of each side that is known: WebAssembly's bulk instructions take a tenth of a
 * nanosecond for a byte, a step takes ten. What is counted is the same whether pages are known or not.
 */
import { Eflags, State } from '../../runtime/state.ts';
import { X } from '../../spec/vocabulary.ts';
import type { Code, Val, Variable } from '../../stage/index.ts';
import type { InterpreterBinding } from './binding.ts';

/** Steps until control is given back, where the state doesn't say: some 40 µs at worst. */
const stepsAtOnce = 4096;
const copy: Code = [0xfc, 10, 0, 0];
const fill: Code = [0xfc, 11, 0];

/** Of MOVS and STOS with REP, in flat memory. */
export class Bulk extends X {
  readonly #isMove: boolean;
  /** Of an element. */
  readonly #w: number;

  constructor(isMove: boolean, w: number) {
    super(['i32']);
    this.#isMove = isMove;
    this.#w = w;
  }

  override repeated(step: () => void): void {
    const counter = this.register('cx', this.addressSize);
    this.when(this.nez(counter.get()), () => {
      const wanted = this.binding.readState(State.steps, 32);
      const steps = this.variable(this.select(this.eqz(wanted), this.known(32, stepsAtOnce), wanted));
      this.repeat(() => {
        const done = this.variable(this.known(32, 0));
        this.when(this.eqz(wanted), () => this.#inOnePiece(this.get(steps), done));
        this.when(this.eqz(this.get(done)), () => {
          step();
          counter.set(this.sub(counter.get(), this.known(counter.w, 1)));
          this.settle();
          this.set(done, this.known(32, 1));
        });
        const goesOn = this.nez(counter.get());
        this.set(steps, this.sub(this.get(steps), this.get(done)));
        this.when(this.and(goesOn, this.eqz(this.get(steps))), () => this.binding.again());
        return goesOn;
      });
    });
  }

  /** As many elements as may be at once, but no more than `most`; how many that were goes to `done`: none is 0. */
  #inOnePiece(most: Val, done: Variable): void {
    const shift = Math.log2(this.#w / 8);
    const counter = this.register('cx', this.addressSize);
    const di = this.register('di', this.addressSize);
    const si = this.register('si', this.addressSize);
    const own = this.binding as InterpreterBinding; // Whoever makes this one gives it none but that.
    const to = own.found(this.zext(di.get(), 64), 'write');
    const from = this.#isMove ? own.found(this.zext(si.get(), 64), 'read') : undefined;
    const left = counter.get();
    const isLong = this.ltu(this.known(left.w, stepsAtOnce), left);
    let count = this.#least(most, this.select(isLong, this.known(32, stepsAtOnce), this.truncate(left, 32)));
    count = this.#least(count, this.shr(to.rest, shift));
    if (from !== undefined) count = this.#least(count, this.shr(from.rest, shift));
    const bytes = this.shl(count, shift);
    const isUp = this.eqz(this.and(this.state(State.flags, 32), this.known(32, Eflags.df)));
    // What is read after it was written is a pattern that grows.
    const isApart = from === undefined ? this.#isUniform() : this.not(this.ltu(this.sub(to.place, from.place), bytes));
    const isKnown = from === undefined ? to.isKnown : this.and(to.isKnown, from.isKnown);
    this.when(this.and(this.and(isKnown, isUp), this.and(this.nez(count), isApart)), () => {
      if (from !== undefined) this.do(copy, to.place, from.place, bytes);
      else this.do(fill, to.place, this.zext(this.register('ax', 8).get(), 32), bytes);
      for (const pointer of from === undefined ? [di] : [si, di]) pointer.set(this.add(pointer.get(), this.zext(bytes, pointer.w)));
      counter.set(this.sub(left, this.zext(count, left.w)));
      this.settle();
      this.set(done, count);
    });
  }

  /** Whether all bytes of what is stored are the same. */
  #isUniform(): Val {
    if (this.#w === 8) return this.known(1, 1);
    const value = this.register('ax', this.#w).get();
    return this.eq(value, this.mul(this.zext(this.truncate(value, 8), this.#w), this.known(this.#w, 0x0101_0101_0101_0101n)));
  }

  #least(a: Val, b: Val): Val {
    return this.select(this.ltu(a, b), a, b);
  }
}
