/**
 * What most x87 instructions are: of full registers with normal numbers or zeros, to the nearest, nothing unmasked to be told. The rest does
 * runtime/x87.ts, exactly.
 */
import { Mxcsr, State, X87Status } from '../../runtime/state.ts';
import type { Val } from '../../stage/index.ts';
import type { X } from '../vocabulary.ts';
import type { Extended } from './calculation.ts';

/** What an instruction works on, and what it calls when it is through. */
export interface Task {
  /** i of ST(i). */
  readonly index: Val;
  /** Of an operand in memory; of an instruction that has none, what else it wants to know. */
  readonly place: Val;
  /** `said`, of a comparison: its relation, as runtime/float.ts has them. */
  done(said?: Val): void;
}

export type QuickRun = (quick: Quick, task: Task) => void;

/** RC of the control word: SDM Vol. 1, 4.8.4. */
const roundingMask = 0xc00;

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

  get #control(): Val {
    const { x } = this;
    return x.zext(x.state(State.x87Control, 16), 32);
  }

  #controls(mask: number, wanted: number): Val {
    const { x } = this;
    return x.eq(x.and(this.#control, x.known(32, mask)), x.known(32, wanted));
  }

  /** Whether results are to the nearest, and what they lose may be lost. */
  get isUsual(): Val {
    return this.#controls(roundingMask | Mxcsr.pe, Mxcsr.pe);
  }

  /** Whether what is lost may be. */
  get mayLose(): Val {
    return this.#controls(Mxcsr.pe, Mxcsr.pe);
  }

  /** RC: nearest, down, up, towards zero. */
  get rounding(): Val {
    const { x } = this;
    return x.and(x.shr(this.#control, 10), x.known(32, 3));
  }

  /** By how many bits less than 64 sums and their like have: PC, of which 1 is reserved, and as good as 3. */
  get dropped(): Val {
    const { x } = this;
    const precision = x.and(x.shr(this.#control, 8), x.known(32, 3));
    // Of 24, 64, 53 and 64 bits.
    return x.and(x.shr(x.known(32, 0x00_0b_00_28), x.shl(precision, 3)), x.known(32, 0x3f));
  }

  read(place: Val): Extended {
    const { x } = this;
    const head = x.zext(x.binding.readRegister(x.add(place, x.known(32, 8)), 16), 32);
    return { head, significand: x.binding.readRegister(place, 64) };
  }

  write(place: Val, { head, significand }: Extended): void {
    const { x } = this;
    x.binding.writeRegister(place, significand);
    x.binding.writeRegister(x.add(place, x.known(32, 8)), x.truncate(head, 16));
  }

  /** Onto the stack, where there is room. */
  push(one: Extended): void {
    const { x } = this;
    const above = x.known(32, 7);
    this.write(this.at(above), one);
    this.#settle(x.or(this.#full, this.#bit(above)), 7, x.known(32, 0), X87Status.c1);
  }

  /** After registers that were full have been written: takes some off; `flags` of the status word are set, of those that are `cleared` before. */
  done(pops: 0 | 1 | 2, flags: Val = this.x.known(32, 0), cleared: number = X87Status.c1): void {
    const { x } = this;
    const [first, second] = [this.#bit(x.known(32, 0)), this.#bit(x.known(32, 1))];
    const taken = pops === 2 ? x.or(first, second) : first;
    this.#settle(pops === 0 ? this.#full : x.and(this.#full, x.not(taken)), pops, flags, cleared);
  }

  #settle(full: Val, by: 0 | 1 | 2 | 7, flags: Val, cleared: number): void {
    const { x } = this;
    const { binding } = x;
    const rest = x.and(this.#status, x.known(32, ~(cleared | (by === 0 ? 0 : X87Status.top)) & 0xffff));
    const top = by === 0 ? x.known(32, 0) : x.shl(this.#number(x.known(32, by)), 11);
    binding.writeState(State.x87Status, x.truncate(x.or(x.or(rest, top), flags), 16));
    if (by !== 0) binding.writeState(State.x87Full, x.truncate(full, 8));
  }
}
