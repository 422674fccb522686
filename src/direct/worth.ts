/**
 * Whether it is worth it to run an address space's programs as they are: what is interpreted takes some times longer, but each time a process is gone to, and each page it has to be shown, costs switches of processes. All in
 * nanoseconds.
 */

/** How often a program must be met on its way, which happens each thousandth of a second or so, before it is tried: processes that soon end don't pay for their own. */
const often = 8;
/** Between two such times. */
const longestPause = 50e6;
/** What of the time of visits is a program's own, at the least: translated it would take three times as long and more. */
const leastShare = 0.4;
/** Visits that are looked at together. */
const visits = 64;
/** How long it is left alone where they weren't worth it: first, and at the most. */
const [firstRest, longestRest] = [20e6, 2e9];

export class Worth {
  #met = 0;
  #lastMet = 0;
  #count = 0;
  #took = 0;
  #own = 0;
  #rest = firstRest;
  #restsUntil = 0;

  /** Whether the system's way back to it is waited for. */
  get isHot(): boolean {
    return this.#met >= often;
  }

  isWorthwhile(now: number, isArriving: boolean): boolean {
    if (now < this.#restsUntil) return false;
    if (!isArriving) this.#meet(now);
    return this.isHot;
  }

  /** Who isn't met for a while is another one by now, or rests. */
  #meet(now: number): void {
    if (!this.isHot && now - this.#lastMet > longestPause) this.#met = 0;
    this.#met++;
    this.#lastMet = now;
  }

  /** A visit is over: how long it took, and what of that was the program's own. */
  spent(took: number, own: number, now: number): void {
    this.#count++;
    this.#took += took;
    this.#own += own;
    if (this.#count < visits) return;
    if (this.#own < leastShare * this.#took) this.rest(now);
    else this.#rest = firstRest;
    this.#count = this.#took = this.#own = 0;
  }

  rest(now: number): void {
    this.#met = 0;
    this.#restsUntil = now + this.#rest;
    this.#rest = Math.min(2 * this.#rest, longestRest);
  }
}
