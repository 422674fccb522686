/**
 * Strings that are moved or filled in one piece, as far as they lie in a page of each side: WebAssembly's bulk instructions take a tenth of a nanosecond for
 * a byte, a step takes ten, and one at a device's registers 3,000 as a computer starts. What is counted is the same in pieces and in steps.
 */
import { Eflags, Segment, State } from '../../runtime/state.ts';
import { X } from '../../spec/vocabulary.ts';
import { stepsAtOnce } from '../../spec/words/string.ts';
import { type Code, opcode, type Val, type Variable } from '../../stage/index.ts';
import type { InterpreterBinding } from './binding.ts';

/** Steps until control is given back in flat memory, where the state doesn't say: some 40 µs at worst. */
const flatAtOnce = 4096;
/** Of (to, from, bytes), and of (to, byte, bytes). */
export const bulk = { copy: [0xfc, 10, 0, 0], fill: [0xfc, 11, 0] } as const satisfies Record<string, Code>;

/** Whether the host may do a piece that isn't known as memory: not before a step has seen to it that what is memory is known, and not where it has refused. */
const Asking = { notYet: 0, may: 1, refused: 2 } as const;

/** A side of what is moved: where it is, and of which known page. */
interface Side {
  readonly linear: Val;
  readonly isKnown: Val;
  readonly place: Val;
}

/** Of a run: what was done last, and whether the host is asked. */
interface Course {
  readonly done: Variable;
  readonly asking: Variable;
}

/** Of MOVS and STOS with REP. */
export class Bulk extends X {
  readonly #isMove: boolean;
  /** Of an element. */
  readonly #w: number;
  readonly #atOnce: number;

  constructor(isMove: boolean, w: number, isFlat: boolean) {
    super(['i32']);
    this.#isMove = isMove;
    this.#w = w;
    this.#atOnce = isFlat ? flatAtOnce : stepsAtOnce;
  }

  override repeated(step: () => void): void {
    const counter = this.register('cx', this.addressSize);
    this.when(this.nez(counter.get()), () => {
      const wanted = this.binding.readState(State.steps, 32);
      const steps = this.variable(this.select(this.eqz(wanted), this.known(32, this.#atOnce), wanted));
      const asking = this.variable(this.known(32, Asking.notYet));
      this.repeat(() => {
        const done = this.variable(this.known(32, 0));
        this.when(this.eqz(wanted), () => this.#inOnePiece(this.get(steps), { done, asking }));
        this.when(this.eqz(this.get(done)), () => {
          step();
          counter.set(this.sub(counter.get(), this.known(counter.w, 1)));
          this.settle();
          this.set(done, this.known(32, 1));
          this.when(this.eqz(this.get(asking)), () => this.set(asking, this.known(32, Asking.may)));
        });
        const goesOn = this.nez(counter.get());
        this.set(steps, this.sub(this.get(steps), this.get(done)));
        this.when(this.and(goesOn, this.eqz(this.get(steps))), () => this.binding.again());
        return goesOn;
      });
    });
  }

  /** As many elements as may be at once, but no more than `most`; how many that were goes to `done`: none is 0. */
  #inOnePiece(most: Val, course: Course): void {
    const shift = Math.log2(this.#w / 8);
    const counter = this.register('cx', this.addressSize);
    const di = this.register('di', this.addressSize);
    const si = this.register('si', this.addressSize);
    const own = this.binding as InterpreterBinding; // Whoever makes this one gives it none but that.
    const target = own.stretch(Segment.es, di.get());
    const source = this.#isMove ? own.stretch('named', si.get()) : undefined;
    const left = counter.get();
    const isLong = this.ltu(this.known(left.w, flatAtOnce), left);
    let count = this.#least(most, this.select(isLong, this.known(32, flatAtOnce), this.truncate(left, 32)));
    for (const side of source === undefined ? [target] : [target, source]) count = this.#least(count, this.shr(side.bytes, shift));
    const isUp = this.eqz(this.and(this.state(State.flags, 32), this.known(32, Eflags.df)));
    this.when(this.and(isUp, this.nez(count)), () => {
      const to = { linear: target.linear, ...own.found(target.linear, 'write') };
      const from = source && { linear: source.linear, ...own.found(source.linear, 'read') };
      const isKnown = from === undefined ? to.isKnown : this.and(to.isKnown, from.isKnown);
      this.when(
        isKnown,
        () => this.#within(to, from, count, course),
        () => this.#outside(to, from, count, course),
      );
      const { done } = course;
      this.when(this.nez(this.get(done)), () => {
        const bytes = this.shl(this.get(done), shift);
        for (const pointer of from === undefined ? [di] : [si, di]) pointer.set(this.add(pointer.get(), this.zext(bytes, pointer.w)));
        counter.set(this.sub(left, this.zext(this.get(done), left.w)));
        this.settle();
      });
    });
  }

  /** Of memory. */
  #within(to: Side, from: Side | undefined, count: Val, { done, asking }: Course): void {
    const bytes = this.shl(count, Math.log2(this.#w / 8));
    // What is read after it was written is a pattern that grows.
    const isApart = from === undefined ? isUniform(this, this.#w) : this.not(this.ltu(this.sub(to.place, from.place), bytes));
    this.when(isApart, () => {
      if (from !== undefined) this.do(bulk.copy, to.place, from.place, bytes);
      else this.do(bulk.fill, to.place, this.zext(this.register('ax', 8).get(), 32), bytes);
      this.set(done, count);
      // The next page isn't known as yet, most likely for want of a step there.
      this.set(asking, this.known(32, Asking.notYet));
    });
  }

  /** Of what may be no memory: the host says. */
  #outside(to: Side, from: Side | undefined, count: Val, { done, asking }: Course): void {
    const own = this.binding as InterpreterBinding;
    this.when(this.eq(this.get(asking), this.known(32, Asking.may)), () => {
      const [call, second] =
        from === undefined ? ['fill', this.zext(this.register('ax', this.#w).get(), 64)] : (['copy', from.linear] as const);
      const element = this.known(32, this.#w / 8);
      this.set(done, this.pinned('i32', 32, [opcode.call, { call }], to.linear, second, element, count, own.flow.record));
      this.when(this.eqz(this.get(done)), () => this.set(asking, this.known(32, Asking.refused)));
    });
  }

  #least(a: Val, b: Val): Val {
    return this.select(this.ltu(a, b), a, b);
  }
}

/** Whether all bytes of what STOS stores are the same. */
export const isUniform = (x: X, w: number): Val => {
  if (w === 8) return x.known(1, 1);
  const value = x.register('ax', w).get();
  return x.eq(value, x.mul(x.zext(x.truncate(value, 8), w), x.known(w, 0x0101_0101_0101_0101n)));
};
