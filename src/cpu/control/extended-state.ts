/** XCR0, and what it names: SDM Vol. 1, chapter 13. */
import { State } from '../../isa/index.ts';
import { Vector } from '../fault.ts';
import { Cr4 } from './bits.ts';
import { components } from './extended-area.ts';
import { require, SystemState } from './system-state.ts';
import type { Wires } from './wires.ts';

export class ExtendedState {
  readonly #state: SystemState;
  /** What XCR0 may have. */
  readonly #possible: bigint;

  constructor({ state, features }: Wires) {
    this.#state = new SystemState(state);
    this.#possible = components.reduce((mask, { bit, feature }) => (features.has(feature) ? mask | (1n << BigInt(bit)) : mask), 1n);
  }

  /** XGETBV; of 1, which parts of it may have changed since they were loaded: all, here. */
  read(number: bigint): bigint {
    this.#requireEnabled();
    require(number < 2n);
    return this.#state.get(State.xcr0);
  }

  /** XSETBV: x87 always, AVX never without SSE. */
  write(number: bigint, value: bigint): void {
    this.#requireEnabled();
    this.#state.requirePrivilege();
    require(number === 0n && (value & ~this.#possible) === 0n);
    require((value & 1n) !== 0n && ((value & 4n) === 0n || (value & 2n) !== 0n));
    this.#state.set(State.xcr0, value);
  }

  #requireEnabled(): void {
    require(this.#state.has(State.cr4, Cr4.osxsave), Vector.ud);
  }
}
