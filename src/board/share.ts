/** What the host takes of a computer's time while that is at work, which is told to whose turn it was. */
import type { Turn } from '../machine/index.ts';
import type { Pause } from './pause.ts';

export class Share {
  readonly #stolen: () => bigint;
  readonly #turn: () => Turn | undefined;
  #known = 0n;
  #isResting = true;

  /** `stolen`: of the computer's time, in all. `turn`: that of the run which a part of it was longest in. */
  constructor(stolen: () => bigint, turn: () => Turn | undefined) {
    this.#stolen = stolen;
    this.#turn = turn;
  }

  around(run: () => Pause): Pause {
    // It wanted nothing while it rested.
    if (this.#isResting) this.#known = this.#stolen();
    const pause = run();
    const stolen = this.#stolen();
    if (stolen > this.#known) this.#turn()?.waited(stolen - this.#known);
    this.#known = stolen;
    this.#isResting = pause.why === 'idle';
    return pause;
  }
}
