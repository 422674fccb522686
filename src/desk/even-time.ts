/**
 * Time that doesn't jump while a computer is at work: where its host was busy with others for a while, that while is given back when the computer rests.
 * A timer that a guest waits for comes once for each of its periods, then, however busy the host is; without it Linux finds that no timer works.
 * While it is given back time goes twice as fast, no faster: a guest that waits for an answer of its network's would find that it took seconds, and send once
 * more what has long arrived. (passt of 2023 breaks a connection off whose beginning comes twice: the first one of each guest that had booted on a busy host.)
 */
import { type Instant, instant } from '../machine/index.ts';

/** Nanoseconds from one look to the next that may pass: looks are a millisecond apart, and no timer of a guest's is much faster. */
const longestNs = 2_000_000n;

export class EvenTime {
  readonly #source: () => Instant;
  /** Of the source. */
  #seen: bigint;
  #behind = 0n;
  /** What passed for others and not for it at once, in all, whether it was given back or not. */
  lost = 0n;
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
    if (passed > longestNs) {
      this.#behind += passed - longestNs;
      this.lost += passed - longestNs;
    }
    return instant(now - this.#behind + this.#ahead);
  };

  /** From now on it is so late, and goes on from there. */
  goOnFrom(moment: Instant): void {
    this.#seen = this.#source();
    this.#behind = 0n;
    this.#ahead = moment - this.#seen;
  }

  /** Nothing waits for a processor: time passes as it does, and as much of what was lost comes back. */
  rest(): void {
    const now = this.#source();
    const rested = now - this.#seen;
    this.#seen = now;
    this.#behind = this.#behind > rested ? this.#behind - rested : 0n;
  }
}
