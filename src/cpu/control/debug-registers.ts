/** Debug registers: SDM Vol. 3A, 19.2, and Vol. 2B, MOV—Move to/from Debug Registers. */
import { State } from '../../isa/index.ts';
import { Fault, Vector } from '../fault.ts';
import { Cr4 } from './bits.ts';
import { require, SystemState } from './system-state.ts';
import type { Wires } from './wires.ts';

/** Masks of DR6. */
export const Dr6 = { hits: 0xf, bd: 1 << 13, bs: 1 << 14, bt: 1 << 15, ones: 0xffff_0ff0, writable: 0xe00f } as const;
/** Masks of DR7. */
export const Dr7 = { enabled: 0xff, local: 0x55, gd: 1 << 13, ones: 0x400, writable: 0xffff_23ff } as const;

export class DebugRegisters {
  readonly #state: SystemState;
  readonly #flush: () => void;

  constructor({ state, flush }: Wires) {
    this.#flush = flush;
    this.#state = new SystemState(state);
  }

  read(number: number): bigint {
    return this.#state.get(this.#placeOf(number));
  }

  write(number: number, value: bigint): void {
    const place = this.#placeOf(number);
    const masks = place === State.dr6 ? Dr6 : place === State.dr7 ? Dr7 : undefined;
    if (masks === undefined) {
      this.#state.set(place, value);
      return;
    }
    require(value >> 32n === 0n);
    this.#state.set(place, (value & BigInt(masks.writable)) | BigInt(masks.ones));
    // Breakpoints see accesses that find no translation.
    this.#flush();
  }

  /** DR4 and DR5 are DR6 and DR7, unless CR4.DE takes that away. */
  #placeOf(number: number): number {
    require(number < 8 && !((number === 4 || number === 5) && this.#state.has(State.cr4, Cr4.de)), Vector.ud);
    this.#state.requirePrivilege();
    if (this.#state.has(State.dr7, Dr7.gd)) {
      this.#state.set(State.dr6, this.#state.get(State.dr6) | BigInt(Dr6.bd));
      throw new Fault(Vector.db);
    }
    if (number < 4) return State.dr0 + 8 * number;
    return number % 2 === 0 ? State.dr6 : State.dr7;
  }
}
