/**
 * What most x87 instructions are: of full registers with normal numbers, to 64 bits and the nearest, nothing unmasked to be told. The rest does
 * runtime/x87.ts, exactly.
 */
import { Mxcsr, State, X87Status } from '../../runtime/state.ts';
import type { Val } from '../../stage/index.ts';
import type { X } from '../vocabulary.ts';

/** A number that is not 0: its exponent as it stands, of 32 bits, and its sign, of one. */
export interface Normal {
  readonly sign: Val;
  readonly exponent: Val;
  readonly significand: Val;
}

/** What an instruction works on, and what it calls when it is through. */
export interface Task {
  /** i of ST(i). */
  readonly index: Val;
  /** Of an operand in memory. */
  readonly place: Val;
  /** `said`, of a comparison: its relation, as runtime/float.ts has them. */
  done(said?: Val): void;
}

export type QuickRun = (quick: Quick, task: Task) => void;

/** The x87 registers as they are while one instruction runs. */
export class Quick {
  readonly x: X;
  readonly #status: Val;
  readonly #full: Val;

  constructor(x: X) {
    this.x = x;
    this.#status = x.zext(x.state(State.x87Status, 16), 32);
    this.#full = x.zext(x.state(State.x87Full, 8), 32);
  }

  #number(index: Val): Val {
    const { x } = this;
    return x.and(x.add(x.shr(this.#status, 11), index), x.known(32, 7));
  }

  at(index: Val | number): Val {
    const { x } = this;
    const number = this.#number(typeof index === 'number' ? x.known(32, index) : index);
    return x.add(x.shl(number, 4), x.known(32, State.x87));
  }

  isFull(index: Val | number): Val {
    const { x } = this;
    return x.nez(x.and(this.#full, this.#bit(typeof index === 'number' ? x.known(32, index) : index)));
  }

  #bit(index: Val): Val {
    return this.x.shl(this.x.known(32, 1), this.#number(index));
  }

  /** Whether results are of 64 bits, to the nearest, and what they lose may be lost: only sums and their like heed the first. */
  isUsual(heedsPrecision: boolean): Val {
    const { x } = this;
    const control = x.zext(x.state(State.x87Control, 16), 32);
    const [mask, wanted] = heedsPrecision ? [0xf00 | Mxcsr.pe, 0x300 | Mxcsr.pe] : [0xc00 | Mxcsr.pe, Mxcsr.pe];
    return x.eq(x.and(control, x.known(32, mask)), x.known(32, wanted));
  }

  significand(place: Val): Val {
    return this.x.binding.readRegister(place, 64);
  }

  /** Sign and exponent. */
  head(place: Val): Val {
    return this.x.zext(this.x.binding.readRegister(this.x.add(place, this.x.known(32, 8)), 16), 32);
  }

  normal(place: Val): Normal {
    const { x } = this;
    const head = this.head(place);
    return { sign: x.bit(head, 15), exponent: x.and(head, x.known(32, 0x7fff)), significand: this.significand(place) };
  }

  /** Neither 0 nor denormal, infinite, a NaN or unsupported. */
  isNormal({ exponent, significand }: Normal): Val {
    const { x } = this;
    return x.and(this.isWithin(exponent), x.msb(significand));
  }

  isWithin(exponent: Val): Val {
    const { x } = this;
    return x.ltu(x.sub(exponent, x.known(32, 1)), x.known(32, 0x7ffe));
  }

  headOf(sign: Val, exponent: Val): Val {
    const { x } = this;
    return x.truncate(x.or(x.shl(x.zext(sign, 32), 15), exponent), 16);
  }

  write(place: Val, significand: Val, head: Val): void {
    const { x } = this;
    x.binding.writeRegister(place, significand);
    x.binding.writeRegister(x.add(place, x.known(32, 8)), head);
  }

  /** Onto the stack, where there is room. */
  push(significand: Val, head: Val): void {
    const { x } = this;
    const above = x.known(32, 7);
    this.write(this.at(above), significand, head);
    this.#settle(x.or(this.#full, this.#bit(above)), 7, x.known(32, 0));
  }

  /** After registers that were full have been written: takes one off, or none; `flags` of the status word are set, C1 is cleared unless it is among them. */
  done(pops: 0 | 1, flags: Val = this.x.known(32, 0)): void {
    const { x } = this;
    const full = pops === 1 ? x.and(this.#full, x.not(this.#bit(x.known(32, 0)))) : this.#full;
    this.#settle(full, pops, flags);
  }

  #settle(full: Val, by: 0 | 1 | 7, flags: Val): void {
    const { x } = this;
    const { binding } = x;
    const rest = x.and(this.#status, x.known(32, ~(X87Status.c1 | (by === 0 ? 0 : X87Status.top)) & 0xffff));
    const top = by === 0 ? x.known(32, 0) : x.shl(this.#number(x.known(32, by)), 11);
    binding.writeState(State.x87Status, x.truncate(x.or(x.or(rest, top), flags), 16));
    if (by !== 0) binding.writeState(State.x87Full, x.truncate(full, 8));
  }

  /** The flags of a result that was rounded: PE where bits were lost, C1 where it grew. */
  rounding(isInexact: Val, isUp: Val): Val {
    const { x } = this;
    return x.or(x.select(isInexact, x.known(32, Mxcsr.pe), x.known(32, 0)), x.select(isUp, x.known(32, X87Status.c1), x.known(32, 0)));
  }
}
