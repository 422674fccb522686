/** The local APIC's timer, driven by the processor's own time: SDM Vol. 3A, 12.5.4. */
import { type ApicState, Lvt, Register } from './registers.ts';

export const TimerMode = { oneShot: 0, periodic: 1 << 17, deadline: 2 << 17 } as const;

export class ApicTimer {
  readonly #state: ApicState;
  readonly #now: () => bigint;
  /** What the time-stamp counter is ahead of that. */
  readonly #ahead: () => bigint;
  readonly #attend: () => void;

  constructor(state: ApicState, now: () => bigint, ahead: () => bigint, attend: () => void) {
    this.#attend = attend;
    this.#state = state;
    this.#now = now;
    this.#ahead = ahead;
  }

  get mode(): number {
    return this.#state.get(Register.lvtTimer) & Lvt.timerMode;
  }

  /** When it is through, in the processor's time. */
  get next(): bigint | undefined {
    const { expiry, deadline } = this.#state;
    if (this.mode === TimerMode.deadline) return deadline === 0n ? undefined : BigInt.asIntN(64, deadline - this.#ahead());
    return expiry === 0n ? undefined : expiry;
  }

  /** Whether it became due since it was last asked. A periodic one goes on, as if it had been asked each time. */
  isDue(): boolean {
    const { next } = this;
    const now = this.#now();
    if (next === undefined || next > now) return false;
    const period = this.#ticks(this.#state.get(Register.initialCount));
    if (this.mode === TimerMode.deadline) this.#state.deadline = 0n;
    else if (this.mode === TimerMode.periodic) this.#state.expiry = next + period * ((now - next) / period + 1n);
    else this.#state.expiry = 0n;
    return true;
  }

  get currentCount(): number {
    const { expiry } = this.#state;
    const left = expiry - this.#now();
    if (expiry === 0n || left <= 0n || this.mode === TimerMode.deadline) return 0;
    return Number((left + this.#divisor - 1n) / this.#divisor);
  }

  /** Writing it starts the timer; 0 stops it. */
  start(count: number): void {
    if (this.mode === TimerMode.deadline) return;
    this.#state.set(Register.initialCount, count);
    this.#state.expiry = count === 0 ? 0n : this.#now() + this.#ticks(count);
    this.#attend();
  }

  /** What is left is counted at the new rate. */
  divide(bits: number): void {
    const left = this.currentCount;
    this.#state.set(Register.divide, bits & 0xb);
    if (left > 0) this.#state.expiry = this.#now() + this.#ticks(left);
    this.#attend();
  }

  /** To or from TSC-deadline mode, it is disarmed. */
  change(lvt: number): void {
    const wasDeadline = this.mode === TimerMode.deadline;
    this.#state.set(Register.lvtTimer, lvt);
    if (wasDeadline === (this.mode === TimerMode.deadline)) return;
    this.#state.expiry = 0n;
    this.#state.deadline = 0n;
  }

  /** IA32_TSC_DEADLINE, which is 0 in other modes. */
  get deadline(): bigint {
    return this.mode === TimerMode.deadline ? this.#state.deadline : 0n;
  }

  set deadline(value: bigint) {
    if (this.mode !== TimerMode.deadline) return;
    this.#state.deadline = value;
    this.#attend();
  }

  /** Bits 0, 1 and 3: by 2, 4, … 128, and 1. */
  get #divisor(): bigint {
    const bits = this.#state.get(Register.divide);
    const power = ((bits & 3) | ((bits >> 1) & 4)) + 1;
    return 1n << BigInt(power & 7);
  }

  #ticks(count: number): bigint {
    return BigInt(count) * this.#divisor;
  }
}
