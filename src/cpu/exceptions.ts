/** Exceptions as the guest takes them, or nobody does. */
import { State } from '../isa/index.ts';
import { type Exit, gla } from '../machine/index.ts';
import type { Allowance } from './allowance.ts';
import type { Fault } from './fault.ts';
import type { Interrupts } from './interrupt/interrupts.ts';

export class Exceptions {
  readonly #state: DataView;
  readonly #interrupts: Interrupts;
  readonly #allowance: Allowance;

  constructor(state: DataView, interrupts: Interrupts, allowance: Allowance) {
    this.#state = state;
    this.#interrupts = interrupts;
    this.#allowance = allowance;
  }

  /** Has the guest take one, which counts as an instruction lest one that never ends be for nothing; undefined where it does. `isDue`: it follows an instruction, which has paid. */
  take(fault: Fault, isDue = false): Exit | undefined {
    const { vector, code, address } = fault;
    if (!this.#interrupts.hasTable) {
      if (address !== undefined) this.#state.setBigUint64(State.cr2, address, true);
      return { why: 'exception', vector, error: code, address: gla(this.#state.getBigUint64(State.rip, true)) };
    }
    if (!isDue) {
      if (this.#allowance.left === 0) return { why: 'budget' };
      this.#allowance.pay();
    }
    this.#interrupts.except(fault);
    return undefined;
  }
}
