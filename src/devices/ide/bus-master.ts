/** Half of a bus master IDE controller: one channel's registers. Programming Interface for Bus Master IDE Controller 1.0, 2. */
import { type ByteWindow, type Memory, type StateOf, u8, u32 } from '../../machine/index.ts';
import type { Unit } from '../ata/index.ts';
import { PrdWalk } from './prd.ts';

const Register = { command: 0, status: 2, table: 4 } as const;
const Command = { start: 0x01, toMemory: 0x08 } as const;
const Status = { active: 0x01, error: 0x02, interrupt: 0x04, capable: 0x60 } as const;

/** So much is moved at a time. */
const scratchBytes = 0x1_0000;
const sectorBytes = 512;

export const busMasterSchema = { command: u8, status: u8, table: u32 };
export type BusMasterState = StateOf<typeof busMasterSchema>;

export interface BusMasterWires {
  readonly memory: Memory;
  readonly state: () => BusMasterState;
  /** Whether the function may be master. */
  readonly isAllowed: () => boolean;
  /** The device that waits. */
  readonly moving: () => Unit | undefined;
}

export class BusMaster implements ByteWindow {
  readonly #wires: BusMasterWires;
  readonly #walk: PrdWalk;
  readonly #scratch = new Uint8Array(scratchBytes);

  constructor(wires: BusMasterWires) {
    this.#wires = wires;
    this.#walk = new PrdWalk(wires.memory);
  }

  read(offset: number): number {
    const { command, status, table } = this.#wires.state();
    if (offset === Register.command) return command;
    if (offset === Register.status) return status;
    return offset >= Register.table ? (table >>> (8 * (offset - Register.table))) & 0xff : 0;
  }

  write(offset: number, value: number): void {
    const state = this.#wires.state();
    if (offset === Register.command) this.#command(value & (Command.start | Command.toMemory));
    else if (offset === Register.status)
      state.status = (state.status & (Status.active | (~(value | Status.capable) & 0xff))) | (value & Status.capable);
    else if (offset >= Register.table) {
      const shift = 8 * (offset - Register.table);
      state.table = ((state.table & ~(0xff << shift)) | ((value & (shift === 0 ? 0xfc : 0xff)) << shift)) >>> 0;
    }
  }

  interrupted(): void {
    this.#wires.state().status |= Status.interrupt;
  }

  /** A device waits, or it has been started: all is moved at once. */
  run(): void {
    const state = this.#wires.state();
    const unit = this.#wires.moving();
    if (unit === undefined || (state.status & Status.active) === 0 || !this.#wires.isAllowed()) return;
    const isIn = (state.command & Command.toMemory) !== 0;
    if (isIn !== (unit.wants === 'in')) return;
    this.#walk.begin(state.table);
    const isThrough = isIn ? this.#in(unit) : this.#out(unit);
    // It stays active where there is more room than data: 3.1.
    if (this.#walk.isThrough) state.status &= ~Status.active;
    if (isThrough) unit.finish();
  }

  #command(value: number): void {
    const state = this.#wires.state();
    const before = state.command;
    state.command = value;
    if ((value & Command.start) === 0) state.status &= ~Status.active;
    else if ((before & Command.start) === 0) {
      state.status |= Status.active;
      this.run();
    }
  }

  /** True when all has been moved; else the device told an error, or waits for more room. */
  #in(unit: Unit): boolean {
    while (unit.leftBytes > 0) {
      const bytes = unit.take(this.#scratch);
      if (bytes === 0 || this.#walk.scatter(this.#scratch.subarray(0, bytes)) < bytes) return false;
    }
    return true;
  }

  #out(unit: Unit): boolean {
    while (unit.leftBytes > 0) {
      const wanted = this.#scratch.subarray(0, Math.min(unit.leftBytes, scratchBytes));
      const bytes = this.#walk.gather(wanted);
      const whole = bytes - (bytes % sectorBytes);
      if (whole === 0 || !unit.give(wanted.subarray(0, whole)) || bytes < wanted.length) return false;
    }
    return true;
  }
}
