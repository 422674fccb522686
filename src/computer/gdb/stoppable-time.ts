/** Time that stands still while a debugger has the machine: its timers aren't all due when it goes on. */
import { type Instant, instant } from '../../machine/index.ts';

export class StoppableTime {
  readonly #host: () => Instant;
  /** Nanoseconds it stood still so far. */
  #behind = 0n;
  /** Since when it stands still. */
  #since: bigint | undefined;

  constructor(host: () => Instant) {
    this.#host = host;
  }

  readonly now = (): Instant => instant((this.#since ?? this.#host()) - this.#behind);

  stop(): void {
    this.#since ??= this.#host();
  }

  go(): void {
    if (this.#since === undefined) return;
    this.#behind += this.#host() - this.#since;
    this.#since = undefined;
  }
}
