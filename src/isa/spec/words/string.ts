/** What is repeated: strings. */
import { State } from '../../runtime/state.ts';
import type { Repetition } from '../binding.ts';
import { Stack } from './stack.ts';

/** How many steps of a string are done before control is given back, where the state doesn't say. */
export const stepsAtOnce = 256;

export class Strings extends Stack {
  /** Whether the prefix of a string instruction repeats it. */
  get repetition(): Repetition | undefined {
    return this.binding.known.repetition;
  }

  /**
   * Does a string instruction's step as often as its prefix says: SDM Vol. 2B, REP/REPE/REPZ/REPNE/REPNZ. What a step asked for is made
   * before the next, whose fault leaves it at that. Control is given back after a number of steps, lest interrupts wait for all of them.
   */
  repeated(step: () => void): void {
    const { repetition } = this;
    if (repetition === undefined) {
      step();
      return;
    }
    const counter = this.register('cx', this.addressSize);
    this.when(this.nez(counter.get()), () => {
      const wanted = this.binding.readState(State.steps, 32);
      const steps = this.variable(this.select(this.eqz(wanted), this.known(32, stepsAtOnce), wanted));
      this.repeat(() => {
        step();
        const rest = this.sub(counter.get(), this.known(counter.w, 1));
        counter.set(rest);
        this.settle();
        const isWanted = repetition === 'rep' ? this.known(1, 1) : this.eq(this.flag('z'), this.known(1, repetition === 'repe' ? 1 : 0));
        const goesOn = this.and(this.nez(rest), isWanted);
        const left = this.sub(this.get(steps), this.known(32, 1));
        this.set(steps, left);
        this.when(this.and(goesOn, this.eqz(left)), () => this.binding.again());
        return goesOn;
      });
    });
  }
}
