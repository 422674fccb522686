/** What of a computer's time the host takes for others, as its guest may be told. */
import type { EvenTime } from '../../desk/index.ts';
import type { RunDelay } from '../../host/run-delay.ts';

export class Stolen implements Disposable {
  readonly #delay: Pick<RunDelay, 'read' | typeof Symbol.dispose>;
  readonly #time: Pick<EvenTime, 'now' | 'lost'>;
  #waited: bigint;
  #lost: bigint;
  #all = 0n;

  /** What it is made of ends with it. */
  constructor(delay: Pick<RunDelay, 'read' | typeof Symbol.dispose>, time: Pick<EvenTime, 'now' | 'lost'>) {
    this.#delay = delay;
    this.#time = time;
    this.#waited = delay.read();
    this.#lost = time.lost;
  }

  /** Nanoseconds in all, of the computer's own time: what its guest didn't see pass wasn't taken from it. */
  readonly all = (): bigint => {
    this.#time.now();
    const [waited, lost] = [this.#delay.read(), this.#time.lost];
    const taken = waited - this.#waited - (lost - this.#lost);
    if (taken > 0n) this.#all += taken;
    [this.#waited, this.#lost] = [waited, lost];
    return this.#all;
  };

  [Symbol.dispose](): void {
    this.#delay[Symbol.dispose]();
  }
}
