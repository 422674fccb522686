/** Signals that end isola: the first asks, the second ends at once. */
import { Refusal } from '../../../environment/index.ts';

/** signal(7), with the exit status shells know them by: 128 and the number. */
const statuses = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
type Caught = keyof typeof statuses;
const caughtNames = Object.keys(statuses) as Caught[];

/** Catches them until it is disposed. */
export class Interrupts implements Disposable {
  readonly #abort = new AbortController();
  readonly #what: string;
  #caught: Caught | undefined;
  #forward: ((name: string) => void) | undefined;
  #isLeft = false;

  /** `what` is interrupted: `isola launch`. */
  constructor(what: string) {
    this.#what = what;
    for (const name of caughtNames) process.on(name, this.#receive);
  }

  /** Aborted by the first signal, with the Refusal `interrupted` as its reason. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The exit status the first signal asks for, if one came. */
  get status(): number | undefined {
    return this.#caught && statuses[this.#caught];
  }

  /** The next SIGINT or SIGTERM goes there and nowhere else. */
  forwardOnce(to: (name: string) => void): void {
    this.#forward = to;
  }

  /**
   * What was done is done, and was told: a signal that comes while the process ends changes nothing of that. The next one ends it, where it doesn't end. As Node ends by
   * itself it takes its handlers back some milliseconds earlier; process.exit() doesn't.
   */
  leave(): void {
    this.#isLeft = true;
    this.#forward = undefined;
    process.once('exit', (code) => process.exit(code));
  }

  [Symbol.dispose](): void {
    for (const name of caughtNames) process.off(name, this.#receive);
  }

  readonly #receive = (name: NodeJS.Signals): void => {
    const caught = name as Caught;
    if (caught !== 'SIGHUP' && this.#forward) {
      const forward = this.#forward;
      this.#forward = undefined;
      forward(caught);
    } else if (this.#caught === undefined) {
      this.#caught = caught;
      if (!this.#isLeft) this.#abort.abort(new Refusal('interrupted', [this.#what]));
    } else if (caught !== 'SIGHUP') {
      process.exit(statuses[caught]);
    }
  };
}
