/** The time-stamp counter: SDM Vol. 3B, 18.17. */
import { State } from '../../isa/index.ts';
import { Cr4 } from './bits.ts';
import { require, SystemState } from './system-state.ts';
import type { Wires } from './wires.ts';

export class TimeStamp {
  readonly #state: SystemState;
  readonly #now: () => bigint;
  readonly #recounted: (ahead: bigint) => void;

  constructor({ state, now }: Wires, recounted: (ahead: bigint) => void) {
    this.#state = new SystemState(state);
    this.#now = now;
    this.#recounted = recounted;
  }

  get counter(): bigint {
    return BigInt.asUintN(64, this.#now() + this.#state.get(State.tscOffset));
  }

  /** RDTSC and RDTSCP: CR4.TSD keeps it from users. */
  read(): bigint {
    require(!(this.#state.has(State.cr4, Cr4.tsd) && this.#state.privilege > 0));
    return this.counter;
  }

  /** IA32_TSC_ADJUST takes note of how far it is moved. */
  set(value: bigint): void {
    this.#move(value - this.counter);
  }

  adjust(value: bigint): void {
    this.#move(value - this.#state.get(State.tscAdjust));
  }

  #move(by: bigint): void {
    for (const place of [State.tscOffset, State.tscAdjust]) this.#state.set(place, this.#state.get(place) + by);
    this.#recounted(this.#state.get(State.tscOffset));
  }
}
