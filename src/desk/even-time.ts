/**
 * Time that doesn't jump while a computer is at work: where its host was busy with others for a while, that while is given back when the computer rests.
 * A timer that a guest waits for comes once for each of its periods, then, however busy the host is; without it Linux finds that no timer works.
 * While it is given back time goes twice as fast, no faster: a guest that waits for an answer of its network's would find that it took seconds, and send once
 * more what has long arrived. (passt of 2023 breaks a connection off whose beginning comes twice: the first one of each guest that had booted on a busy host.)
 * Who tells how many instructions have run sees time pass no faster than these could take: a guest that reads two clocks, one behind the other, finds them to agree, wherever its host was in between. (SeaBIOS takes the rate of
 * its processor's counter so, once, by 1.7 ms of a timer's: one that is a thousand times too low, and it waits for no keyboard.)
 * One that never rests would fall behind for ever, with --cpus 0.5 by half of what it works: timers are tried when a system starts, so the longer ago that is,
 * the less it may be behind. What is more passes at once, as on any computer whose host takes its processor away.
 */
import { type Instant, instant } from '../machine/index.ts';

/** Nanoseconds from one look to the next that may pass: looks are a millisecond apart, and no timer of a guest's is much faster. */
const longestNs = 2_000_000n;
/** And as much, whatever runs meanwhile, and for each instruction: a thousand times as long as most take, and no shorter than one that asks a device. */
const [besideNs, instructionNs] = [20_000n, 1000n];
/** How far behind one may be whose system starts at this moment; with each two nanoseconds that pass for it, it is one less: then, too, time goes twice as fast. */
const startingNs = 60_000_000_000n;
/** And one that started long ago. */
const startedNs = 500_000_000n;

/** How many instructions of it have run, where they are counted. */
interface Counted {
  readonly worked: bigint | undefined;
}

export class EvenTime {
  readonly #source: () => Instant;
  #counted: Counted | undefined;
  /** Of the source. */
  #seen: bigint;
  /** What had run then, where that is known. */
  #had: bigint | undefined;
  #behind = 0n;
  /** When its system started, where that is known. */
  #began: bigint | undefined;
  /** What passed for others and not for it at once, in all, whether it was given back or not. */
  lost = 0n;
  /** Of a computer that was saved elsewhere. */
  #ahead = 0n;

  /** `isStarting`: it is switched on, rather than going on after its system has started. */
  constructor(source: () => Instant, isStarting = true) {
    this.#source = source;
    this.#seen = source();
    if (isStarting) this.#began = this.#seen;
  }

  readonly now = (): Instant => {
    const now = this.#source();
    const passed = now - this.#seen;
    this.#seen = now;
    const most = this.#most();
    if (passed > most) this.#fallBehind(passed - most, now);
    return instant(now - this.#behind + this.#ahead);
  };

  /** That may have passed since the last look. */
  #most(): bigint {
    const [has, had] = [this.#counted?.worked, this.#had];
    this.#had = has;
    if (has === undefined || had === undefined || has < had) return longestNs;
    const most = besideNs + (has - had) * instructionNs;
    return most < longestNs ? most : longestNs;
  }

  /** Whose time it is, where somebody counts what runs. */
  follow(counted: Counted): void {
    this.#counted = counted;
  }

  /** By so much, as far as it may. */
  #fallBehind(ns: bigint, now: bigint): void {
    const behind = this.#behind + ns;
    const leftNs = this.#began === undefined ? 0n : startingNs - (now - behind - this.#began) / 2n;
    const most = leftNs > startedNs ? leftNs : startedNs;
    this.#behind = behind < most ? behind : most;
    const kept = ns - (behind - this.#behind);
    if (kept > 0n) this.lost += kept;
  }

  /** From now on it is so late, and goes on from there. */
  goOnFrom(moment: Instant): void {
    this.#seen = this.#source();
    this.#behind = 0n;
    this.#began = undefined;
    this.#ahead = moment - this.#seen;
  }

  /** Its system starts anew. */
  begin(): void {
    this.#began = this.#seen - this.#behind;
  }

  /** Nothing waits for a processor: time passes as it does, and as much of what was lost comes back. */
  rest(): void {
    const now = this.#source();
    const rested = now - this.#seen;
    this.#seen = now;
    this.#behind = this.#behind > rested ? this.#behind - rested : 0n;
  }
}
