/** Who calls a monitor, as that sees him: machine/monitor.ts. */
import { Activity, Segment, State } from '../../isa/index.ts';
import type { Caller } from '../../machine/index.ts';
import { Fault } from '../fault.ts';
import { Right } from '../segment/right.ts';
import { SystemState } from './system-state.ts';
import type { Wires } from './wires.ts';

const pageBytes = 4096;

export class MonitorCaller implements Caller {
  readonly #state: SystemState;
  readonly #memory: Wires['memory'];

  constructor({ state, memory }: Pick<Wires, 'state' | 'memory'>) {
    this.#state = new SystemState(state);
    this.#memory = memory;
  }

  get privilege(): number {
    return this.#state.privilege;
  }

  get width(): 16 | 32 | 64 {
    if (this.#state.is64) return 64;
    return (this.#state.segment(Segment.cs).rights & Right.big) === 0 ? 16 : 32;
  }

  register(number: number): bigint {
    return this.#state.general(number);
  }

  setRegister(number: number, value: bigint): void {
    this.#state.setGeneral(number, BigInt.asUintN(64, value));
  }

  read(linear: bigint, into: Uint8Array): boolean {
    return this.#inPages(linear, into.length, (at, from, to) => into.set(this.#memory.readBytes(at, to - from, 'system'), from));
  }

  write(linear: bigint, bytes: Uint8Array): boolean {
    return this.#inPages(linear, bytes.length, (at, from, to) => this.#memory.writeBytes(at, bytes.subarray(from, to), 'system'));
  }

  halt(): void {
    this.#state.view.setUint32(State.activity, Activity.halted, true);
  }

  /** Page by page, until one isn't there. */
  #inPages(linear: bigint, bytes: number, each: (at: bigint, from: number, to: number) => void): boolean {
    try {
      for (let from = 0; from < bytes; ) {
        const at = BigInt.asUintN(64, linear + BigInt(from));
        const to = Math.min(bytes, from + pageBytes - Number(at & BigInt(pageBytes - 1)));
        if (!this.#isAddress(at)) return false;
        each(at, from, to);
        from = to;
      }
      return true;
    } catch (error) {
      if (error instanceof Fault) return false;
      throw error;
    }
  }

  #isAddress(linear: bigint): boolean {
    return this.#state.isLong ? this.#state.isCanonical(linear) : linear >> 32n === 0n;
  }
}
