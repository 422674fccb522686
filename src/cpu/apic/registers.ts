/** Registers of the local APIC in the processor's state: SDM Vol. 3A, table 12-1. Their numbers are offsets in its page by 16, and MSRs from 0x800 on. */
import { State } from '../../isa/index.ts';

export const Register = {
  id: 0x02,
  version: 0x03,
  tpr: 0x08,
  ppr: 0x0a,
  eoi: 0x0b,
  ldr: 0x0d,
  dfr: 0x0e,
  svr: 0x0f,
  /** Eight each, of 32 vectors. */
  isr: 0x10,
  tmr: 0x18,
  irr: 0x20,
  esr: 0x28,
  icrLow: 0x30,
  icrHigh: 0x31,
  lvtTimer: 0x32,
  lvtThermal: 0x33,
  lvtCounter: 0x34,
  lvtLint0: 0x35,
  lvtLint1: 0x36,
  lvtError: 0x37,
  initialCount: 0x38,
  currentCount: 0x39,
  divide: 0x3e,
  selfIpi: 0x3f,
} as const;

/** Masks of the spurious-interrupt vector register, local vector table and error status register. */
export const Svr = { vector: 0xff, enabled: 1 << 8, writable: 0x1ff } as const;
export const Lvt = {
  vector: 0xff,
  mode: 7 << 8,
  status: 1 << 12,
  remoteIrr: 1 << 14,
  level: 1 << 15,
  masked: 1 << 16,
  timerMode: 3 << 17,
} as const;
export const Esr = { sentIllegal: 1 << 5, receivedIllegal: 1 << 6, illegalRegister: 1 << 7 } as const;

/** What is kept beside the registers: errors since ESR was written, and when the timer is through (8 bytes). */
const hidden = { errors: 0x100, expiry: 0x108, deadline: 0x110 } as const;

export class ApicState {
  readonly #view: DataView;

  constructor(view: DataView) {
    this.#view = view;
  }

  get(register: number): number {
    return this.#view.getUint32(State.apic + 4 * register, true);
  }

  set(register: number, value: number): void {
    this.#view.setUint32(State.apic + 4 * register, value, true);
  }

  get errors(): number {
    return this.#view.getUint32(State.apic + hidden.errors, true);
  }

  set errors(value: number) {
    this.#view.setUint32(State.apic + hidden.errors, value, true);
  }

  /** When the count is 0, in the processor's time; 0 of a timer that doesn't run. */
  get expiry(): bigint {
    return this.#view.getBigUint64(State.apic + hidden.expiry, true);
  }

  set expiry(value: bigint) {
    this.#view.setBigUint64(State.apic + hidden.expiry, BigInt.asUintN(64, value), true);
  }

  /** IA32_TSC_DEADLINE; 0 where none is awaited. */
  get deadline(): bigint {
    return this.#view.getBigUint64(State.apic + hidden.deadline, true);
  }

  set deadline(value: bigint) {
    this.#view.setBigUint64(State.apic + hidden.deadline, value, true);
  }

  // Sets of 256 vectors.

  has(set: VectorSet, vector: number): boolean {
    return ((this.get(Register[set] + (vector >> 5)) >>> (vector & 31)) & 1) === 1;
  }

  put(set: VectorSet, vector: number, isIn: boolean): void {
    const register = Register[set] + (vector >> 5);
    const bit = 1 << (vector & 31);
    this.set(register, isIn ? this.get(register) | bit : this.get(register) & ~bit);
  }

  /** 0 of an empty set: no vector below 16 ever is in one. */
  highest(set: VectorSet): number {
    for (let word = 7; word >= 0; word--) {
      const bits = this.get(Register[set] + word);
      if (bits !== 0) return 32 * word + 31 - Math.clz32(bits);
    }
    return 0;
  }
}

/** In service, level-triggered, requested. */
export type VectorSet = 'isr' | 'tmr' | 'irr';
