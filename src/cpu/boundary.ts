/** What a processor's state says between two instructions: what is trapped, what is held back or waits, and what the last one ended in. */
import { Activity, Eflags, Shadow, State } from '../isa/index.ts';
import { Fault, Vector } from './fault.ts';
import { Cr4 } from './memory/paging.ts';

export class Boundary {
  readonly #state: DataView;

  constructor(state: DataView) {
    this.#state = state;
  }

  /** EFLAGS.TF. */
  get isTrapped(): boolean {
    return (this.#flags & Eflags.tf) !== 0;
  }

  /** EFLAGS.RF: a breakpoint here was told. */
  get isResumed(): boolean {
    return (this.#flags & Eflags.rf) !== 0;
  }

  get activity(): number {
    return this.#state.getUint32(State.activity, true);
  }

  set activity(what: number) {
    this.#state.setUint32(State.activity, what, true);
  }

  /** Until the next instruction is through: masks of `Shadow`. */
  get held(): number {
    return this.#shadow & (Shadow.sti | Shadow.stack);
  }

  /** Something is held back or waits from now on: masks of `Shadow`. */
  hold(what: number): void {
    this.#shadow |= what;
  }

  /** Whether an NMI waits. */
  get isWaitedFor(): boolean {
    return (this.#shadow & Shadow.waiting) !== 0;
  }

  /** Whether the next instruction is to be looked at by itself, whoever else waits. */
  get isDue(): boolean {
    const isMarked = (this.#flags & (Eflags.tf | Eflags.rf)) !== 0 || (this.#shadow & (Shadow.waiting | Shadow.init)) !== 0;
    return isMarked || this.activity !== Activity.active;
  }

  /** Whether handlers give control back between blocks. */
  set attention(is: boolean) {
    this.#state.setUint32(State.attention, is ? 1 : 0, true);
  }

  /** What holds for one instruction alone ends: the shadow, and RF (SDM Vol. 3B, 19.3.1.1). Of strings that are trapped or watched each step counts. */
  begin(isByStep: boolean, held: number): void {
    const state = this.#state;
    if (held !== 0) this.#shadow &= ~held;
    if (this.isResumed) state.setUint32(State.flags, this.#flags & ~Eflags.rf, true);
    state.setUint32(State.steps, isByStep ? 1 : 0, true);
  }

  /** The fault that handlers noted, once. */
  takeFault(): Fault {
    const state = this.#state;
    const noted = state.getUint32(State.fault, true) - 1;
    // Without CR4.OSXMMEXCPT nobody knows #XM: SDM Vol. 3A, 2.5.
    const isUnknown = noted === Vector.xm && (state.getUint32(State.cr4, true) & Cr4.osxmmexcpt) === 0;
    const fault = new Fault(isUnknown ? Vector.ud : noted, state.getUint32(State.error, true));
    state.setUint32(State.fault, 0, true);
    return fault;
  }

  get #flags(): number {
    return this.#state.getUint32(State.flags, true);
  }

  get #shadow(): number {
    return this.#state.getUint32(State.shadow, true);
  }

  set #shadow(value: number) {
    this.#state.setUint32(State.shadow, value, true);
  }
}
