/**
 * Time that doesn't jump while a computer is at work: where its host was busy with others for a while, that while is given back when the computer rests.
 * A timer that a guest waits for comes once for each of its periods, then, however busy the host is; without it Linux finds that no timer works.
 */
import { type Instant, instant } from '../machine/index.ts';

/** Nanoseconds from one look to the next that may pass: looks are a millisecond apart, and no timer of a guest's is much faster. */
const longestNs = 2_000_000n;
/** What is given back at one rest: of a jump of 20 s Linux says that its processor was stuck, for its watchdog looks every 4 s. */
const mostGivenNs = 1_000_000_000n;

export class EvenTime {
  readonly #source: () => Instant;
  /** Of the source. */
  #seen: bigint;
  #behind = 0n;
  /** Of a computer that was saved elsewhere. */
  #ahead = 0n;

  constructor(source: () => Instant) {
    this.#source = source;
    this.#seen = source();
  }

  readonly now = (): Instant => {
    const now = this.#source();
    const passed = now - this.#seen;
    this.#seen = now;
    if (passed > longestNs) this.#behind += passed - longestNs;
    return instant(now - this.#behind + this.#ahead);
  };

  /** From now on it is so late, and goes on from there. */
  goOnFrom(moment: Instant): void {
    this.#seen = this.#source();
    this.#behind = 0n;
    this.#ahead = moment - this.#seen;
  }

  /** Nothing waits for a processor: it is as late as it is, but for what would be too much at once. */
  rest(): void {
    this.#seen = this.#source();
    this.#behind = this.#behind > mostGivenNs ? this.#behind - mostGivenNs : 0n;
  }
}
