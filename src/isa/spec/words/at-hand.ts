/** The instruction at hand: what is known of it, the processor's state, changes that it asks for, and faults. */
import { State } from '../../runtime/state.ts';
import { Lanes, type Val } from '../../stage/index.ts';
import type { Binding, Size } from '../binding.ts';
import type { FaultName } from '../op.ts';

export class AtHand extends Lanes {
  #binding: Binding | undefined;
  #commits: (() => void)[] = [];
  /** What the instructions so far were seen to depend on and to do. */
  readonly effects = new Set<string>();

  /** Turns to an instruction, of which nothing is done yet. */
  protected begin(binding: Binding): void {
    this.#binding = binding;
    this.#commits = [];
  }

  /** Makes the changes that were asked for. */
  protected settle(): void {
    const commits = this.#commits;
    this.#commits = [];
    for (const commit of commits) commit();
  }

  /** What is made with an instruction at hand, but is none. */
  within(binding: Binding, make: () => Val): Val {
    this.#binding = binding;
    const value = make();
    this.settle();
    return value;
  }

  get binding(): Binding {
    if (this.#binding === undefined) throw new Error('no instruction is at hand');
    return this.#binding;
  }

  // What is known of the instruction. Whoever asks makes it a form of its own for each answer.

  /** Operand size in bits. */
  get size(): Size {
    return this.binding.known.size;
  }

  /** Whether this is 64-bit mode. */
  get isLong(): boolean {
    this.effects.add('mode');
    return this.binding.known.mode === 64;
  }

  get addressSize(): Size {
    this.effects.add('address');
    return this.binding.known.address;
  }

  get stackSize(): Size {
    this.effects.add('stack');
    return this.binding.known.stack;
  }

  /** Whether ModRM names memory. */
  get isMemory(): boolean {
    return this.binding.known.isMemory;
  }

  /** The condition in the opcode. */
  get condition(): number {
    return this.binding.known.condition;
  }

  /** Asks for a change, which is made when the instruction is through. */
  commit(change: () => void): void {
    this.#commits.push(change);
  }

  /** Bits of the state that have no other name here, by their offset in it. */
  state(offset: number, w: number): Val {
    this.effects.add('reads state');
    return this.binding.readState(offset, w);
  }

  setState(offset: number, value: Val): void {
    this.effects.add('writes state');
    this.commit(() => this.binding.writeState(offset, value));
  }

  /** Changes that are asked for within are made only where the claim holds. */
  only(claim: Val, ask: () => void): void {
    const outside = this.#commits;
    const inside: (() => void)[] = [];
    this.#commits = inside;
    ask();
    this.#commits = outside;
    this.commit(() =>
      this.when(claim, () => {
        for (const commit of inside) commit();
      }),
    );
  }

  /** Leaves with a fault unless the privilege level is 0. */
  requirePrivilege(fault: FaultName = 'gp'): void {
    this.require(this.eqz(this.state(State.cpl, 32)), fault);
  }

  /** Leaves with a fault unless the claim holds. */
  require(claim: Val, fault: FaultName, error: Val | number = 0): void {
    this.effects.add(`#${fault.toUpperCase()}`);
    const { binding } = this;
    const code = typeof error === 'number' ? this.known(32, error) : error;
    this.when(
      claim,
      () => {},
      () => binding.leave(fault, code),
    );
  }
}
