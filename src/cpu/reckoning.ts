/**
 * The processor's time as handlers reckon it, from how many instructions have run since it was looked at: exactly where it is counted in them, else
 * rather behind whoever tells it, and it never goes back. Once a device was touched, which tells time by the clock, so is the next that asks: programs measure one by the other. Kernels ask for the time at each system call, and a clock of the host's takes longer to tell it than one takes.
 */
import { State } from '../isa/index.ts';
import type { Owner } from './owner.ts';

/** Of `State.pace`: one tick for each instruction. */
const even = 0x1_0000;
/** Looks that are closer than this, in instructions, tell nothing of how fast they go. */
const fewest = 4096;
/** Instructions to a clock that something is due by, at least. */
const soon = 65_536;
/** Of what was measured, what is reckoned, so that a look finds it later rather than sooner; and the most, in ticks for an instruction. */
const [share, fastest] = [0.75, 16] as const;

export class Reckoning {
  readonly #state: DataView;
  readonly #told: (() => bigint) | undefined;
  readonly #counted: () => number;
  /** Of those who tell it to several processors, each asks. */
  readonly #isShared: boolean;
  /** Nobody was told a later time but by handlers, who are at work if there is a pace. */
  #latest = 0n;
  /** At the last look of this run: what was told, and how many instructions were through. */
  #isRunning = false;
  #time = 0n;
  #used = 0;
  /** Ticks for an instruction as it went last, and before: a while that the host was elsewhere is not what comes next. */
  #went: readonly [last: number, before: number] = [0, 0];
  #pace = 0;

  /** `counted`: instructions of the present run that are through. */
  constructor(state: DataView, { now, topology }: Owner, counted: () => number) {
    this.#state = state;
    this.#told = now;
    this.#isShared = (topology?.processors ?? 1) > 1;
    this.#counted = counted;
  }

  /** In ticks: where somebody tells it, never before what was reckoned. */
  readonly now = (): bigint => {
    const state = this.#state;
    if (this.#told === undefined) {
      state.setUint32(State.doubted, 0, true);
      return state.getBigUint64(State.ticks, true) + BigInt(this.#counted());
    }
    const now = this.#notBefore(this.#told());
    if (this.#isRunning && state.getUint32(State.doubted, true) !== 0) this.#reckonFrom(now, this.#counted());
    return now;
  };

  /** Before instructions run: how many of this run are through. */
  look(used: number): void {
    const state = this.#state;
    const told = this.#told === undefined ? this.now() : this.#told();
    const now = this.#told === undefined ? told : this.#notBefore(told);
    this.#latest = now;
    if (this.#told === undefined) this.#pace = even;
    else if (!this.#isShared) this.#expect(told, now, used);
    state.setUint32(State.pace, this.#pace, true);
    this.#reckonFrom(now, used);
  }

  /** Time has passed in which nothing was counted: it tells nothing of how fast instructions go. */
  skip(): void {
    this.#isRunning = false;
  }

  #reckonFrom(now: bigint, used: number): void {
    const state = this.#state;
    state.setBigUint64(State.reckonedTime, now, true);
    state.setUint32(State.reckonedFrom, used, true);
    state.setUint32(State.doubted, 0, true);
  }

  /** Instructions until a time, at the pace of the slower of the last two whiles: rather fewer, but no fewer than a look is worth. */
  until(time: bigint | undefined): number {
    if (time === undefined) return Number.POSITIVE_INFINITY;
    const slower = Math.max(...this.#went);
    return slower === 0 || this.#isShared ? soon : Math.max(soon, Math.floor(Number(time - this.#time) / slower));
  }

  /** Behind the last instruction of a run. */
  end(used: number): void {
    if (this.#told === undefined) return;
    this.#latest = this.#least;
    if (!this.#isShared) this.#measure(this.#told(), used);
    this.#isRunning = false;
    this.#state.setUint32(State.pace, 0, true);
  }

  /** While more was reckoned than there was, nothing is. */
  #expect(told: bigint, now: bigint, used: number): void {
    if (this.#isRunning) this.#measure(told, used);
    this.#isRunning = true;
    this.#time = told;
    this.#used = used;
    this.#pace = now > told ? 0 : Math.floor(share * even * Math.min(...this.#went, fastest));
  }

  #measure(told: bigint, used: number): void {
    const ran = used - this.#used;
    if (ran >= fewest) this.#went = [Number(told - this.#time) / ran, this.#went[0]];
  }

  #notBefore(told: bigint): bigint {
    return later(told, this.#least);
  }

  get #least(): bigint {
    return later(this.#latest, this.#reckoned);
  }

  /** As handlers do: isa's spec/control/model.ts. */
  get #reckoned(): bigint {
    const state = this.#state;
    const pace = state.getUint32(State.pace, true);
    if (pace === 0) return 0n;
    const through = state.getUint32(State.spent, true) - state.getUint32(State.budget, true);
    const since = (through - state.getUint32(State.reckonedFrom, true)) >>> 0;
    return state.getBigUint64(State.reckonedTime, true) + BigInt(Math.floor((since * pace) / even));
  }
}

const later = (one: bigint, other: bigint): bigint => (one > other ? one : other);
