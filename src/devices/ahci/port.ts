/** A port with a device: commands come from a list in memory, and what became of them is written to it. AHCI 1.3.1, 5. */
import { gpa, type Memory } from '../../machine/index.ts';
import { Status, type Unit, type UnitHost, type UnitState } from '../ata/index.ts';
import { RegionWalk } from './regions.ts';
import { Cmd, Control, exchanged, Fis, Header, Is, linked, Port, Received, slots, Table } from './registers.ts';
import type { PortState } from './state.ts';

const scratchBytes = 0x1_0000;
const sectorBytes = 512;
const packetBytes = 12;
/** Of nothing that answers. */
const [noTaskFile, noSignature] = [0x7f, 0xffff_ffff];

export interface PortWires {
  readonly memory: Memory;
  readonly state: () => PortState;
  readonly isMaster: () => boolean;
  readonly unit: ((host: UnitHost) => Unit) | undefined;
}

export class AhciPort {
  readonly #wires: PortWires;
  readonly unit: Unit | undefined;
  readonly #walk: RegionWalk;
  readonly #scratch = new Uint8Array(scratchBytes);
  readonly #header = new Uint8Array(Header.bytes);
  readonly #headerView = new DataView(this.#header.buffer);
  readonly #command = new Uint8Array(Fis.bytes);
  readonly #packet = new Uint8Array(packetBytes);
  readonly #fis = new Uint8Array(Fis.bytes);

  constructor(wires: PortWires) {
    this.#wires = wires;
    this.#walk = new RegionWalk(wires.memory);
    this.unit = wires.unit?.({
      get unit() {
        return wires.state().unit;
      },
      // Commands are through at once, and what is told then is told here.
      interrupt: () => {},
    });
  }

  read(register: number): number {
    const state = this.#wires.state();
    const { unit } = state;
    switch (register) {
      case Port.list:
        return state.list;
      case Port.listHigh:
        return state.listHigh;
      case Port.received:
        return state.received;
      case Port.receivedHigh:
        return state.receivedHigh;
      case Port.is:
        return state.is;
      case Port.ie:
        return state.ie;
      case Port.command:
        return state.command;
      case Port.taskFile:
        return this.unit === undefined ? noTaskFile : unit.status | (unit.error << 8);
      case Port.signature:
        return this.unit === undefined ? noSignature : (unit.count | (unit.low << 8) | (unit.mid << 16) | (unit.high << 24)) >>> 0;
      case Port.link:
        return this.unit === undefined || (state.control & Control.detection) !== 0 ? 0 : linked;
      case Port.control:
        return state.control;
      case Port.error:
        return state.error;
      case Port.issue:
        return state.issue;
      default:
        return 0;
    }
  }

  write(register: number, value: number): void {
    const state = this.#wires.state();
    switch (register) {
      case Port.list:
        state.list = (value & -1024) >>> 0;
        break;
      case Port.listHigh:
        state.listHigh = value;
        break;
      case Port.received:
        state.received = (value & -256) >>> 0;
        break;
      case Port.receivedHigh:
        state.receivedHigh = value;
        break;
      case Port.is:
        state.is = (state.is & ~value) >>> 0;
        break;
      case Port.ie:
        state.ie = value;
        break;
      case Port.command:
        this.#configure(value);
        break;
      case Port.control:
        this.#control(value);
        break;
      case Port.error:
        state.error = (state.error & ~value) >>> 0;
        break;
      case Port.issue:
        // Commands are taken while the list is processed: 3.3.14.
        if ((state.command & Cmd.start) !== 0) state.issue = (state.issue | value) >>> 0;
        this.#run();
        break;
    }
  }

  /** 3.3.7. What is stopped forgets what it was given. */
  #configure(value: number): void {
    const state = this.#wires.state();
    const before = state.command;
    const isReceiving = (value & Cmd.receive) !== 0;
    const isStarted = (value & Cmd.start) !== 0;
    state.command = (value & Cmd.kept) | (isReceiving ? Cmd.receiving : 0) | (isStarted ? Cmd.running : 0);
    if ((value & Cmd.override) !== 0) state.unit.status &= ~(Status.busy | Status.drq);
    if (!isStarted) Object.assign(state, { issue: 0, isHeld: false });
    if (isReceiving && (before & Cmd.receive) === 0 && this.unit !== undefined) this.#tellHost();
    this.#run();
  }

  /** COMRESET while detection says so, and the device is there again behind it: 10.4.2. */
  #control(value: number): void {
    const state = this.#wires.state();
    state.control = value & Control.kept;
    const isReset = (value & Control.detection) === Control.reset;
    if (isReset) this.unit?.reset();
    else if (state.isInReset && this.unit !== undefined) {
      state.error = (state.error | exchanged) >>> 0;
      state.is = (state.is | Is.connect) >>> 0;
      this.#tellHost();
    }
    state.isInReset = isReset;
  }

  #run(): void {
    const state = this.#wires.state();
    if (this.unit === undefined || !this.#wires.isMaster()) return;
    for (let slot = 0; slot < slots; slot++) {
      if (state.isHeld || (state.command & Cmd.start) === 0) return;
      if (((state.issue >>> slot) & 1) === 0) continue;
      this.#execute(this.unit, slot);
      // One that went wrong stays, and holds those behind it: 6.2.2.1.
      if (!state.isHeld) state.issue = (state.issue & ~(1 << slot)) >>> 0;
    }
  }

  #execute(unit: Unit, slot: number): void {
    const state = this.#wires.state();
    const { memory } = this.#wires;
    const header = addressOf(state.list, state.listHigh) + slot * Header.bytes;
    memory.read(gpa(header), this.#header);
    const table = addressOf(this.#headerView.getUint32(8, true) & -128, this.#headerView.getUint32(12, true));
    memory.read(gpa(table), this.#command);
    if (this.#command[0] !== Fis.toDevice) return;
    if (((this.#command[1] ?? 0) & Fis.isCommand) === 0) {
      // Device control: SRST, whose end brings the signature.
      if (((this.#command[15] ?? 0) & 0x04) !== 0) unit.reset();
      else this.#tellHost();
      return;
    }
    load(state.unit, this.#command);
    unit.execute(state.unit.command);
    if (state.unit.flow === 'packet') {
      memory.read(gpa(table + Table.packet), this.#packet);
      unit.packet(this.#packet);
    }
    this.#walk.begin(table + Table.regions, this.#headerView.getUint16(2, true));
    const isPioIn = state.unit.flow === 'in' && !state.unit.isDma;
    const moved = this.#move(unit);
    this.#headerView.setUint32(4, moved, true);
    memory.write(gpa(header + 4), this.#header.subarray(4, 8));
    const isWrong = (state.unit.status & Status.error) !== 0;
    if (isPioIn && !isWrong) this.#tellPio(moved);
    else this.#tellHost();
    if (isWrong) {
      state.is = (state.is | Is.taskFile) >>> 0;
      state.isHeld = true;
    }
  }

  /** How many bytes; more than there is room for are left. */
  #move(unit: Unit): number {
    const { flow } = this.#wires.state().unit;
    let moved = 0;
    while (flow !== 'none' && this.#wires.state().unit.flow !== 'none' && unit.leftBytes > 0) {
      const bytes = flow === 'in' ? this.#in(unit) : this.#out(unit);
      moved += bytes;
      if (bytes === 0) break;
    }
    if (this.#wires.state().unit.flow !== 'none') unit.finish();
    return moved;
  }

  #in(unit: Unit): number {
    const bytes = unit.take(this.#scratch);
    return bytes === 0 ? 0 : this.#walk.scatter(this.#scratch.subarray(0, bytes));
  }

  #out(unit: Unit): number {
    const wanted = this.#scratch.subarray(0, Math.min(unit.leftBytes, scratchBytes));
    const bytes = this.#walk.gather(wanted);
    const whole = bytes - (bytes % sectorBytes);
    return whole > 0 && unit.give(wanted.subarray(0, whole)) ? whole : 0;
  }

  #tellHost(): void {
    this.#fis.fill(0);
    this.#fis[0] = Fis.toHost;
    this.#post(Received.toHost, Is.toHost);
  }

  /** What the status is behind the data stands apart: Serial ATA 3.1, 10.5.11. */
  #tellPio(bytes: number): void {
    const { unit } = this.#wires.state();
    this.#fis.fill(0);
    this.#fis[0] = Fis.pioSetup;
    this.#fis[15] = unit.status;
    this.#fis[16] = bytes & 0xff;
    this.#fis[17] = (bytes >> 8) & 0xff;
    this.#post(Received.pioSetup, Is.pioSetup);
  }

  #post(at: number, cause: number): void {
    const state = this.#wires.state();
    const { unit } = state;
    this.#fis[1] = Fis.interrupt | (cause === Is.pioSetup ? 0x20 : 0);
    this.#fis.set(
      [
        unit.status,
        unit.error,
        unit.low,
        unit.mid,
        unit.high,
        unit.device,
        unit.lowBefore,
        unit.midBefore,
        unit.highBefore,
        0,
        unit.count,
        unit.countBefore,
      ],
      2,
    );
    if ((state.command & Cmd.receive) !== 0 && this.#wires.isMaster())
      this.#wires.memory.write(gpa(addressOf(state.received, state.receivedHigh) + at), this.#fis);
    state.is = (state.is | cause) >>> 0;
  }
}

/** Those beyond 2^51 reach nothing, as all that isn't memory. */
const addressOf = (low: number, high: number): number => (high & 0x7_ffff) * 2 ** 32 + (low >>> 0);

/** Registers of the device from a command's FIS: Serial ATA 3.1, 10.5.5. */
const load = (unit: UnitState, fis: Uint8Array): void => {
  const [
    ,
    ,
    command = 0,
    feature = 0,
    low = 0,
    mid = 0,
    high = 0,
    device = 0,
    lowBefore = 0,
    midBefore = 0,
    highBefore = 0,
    featureBefore = 0,
    count = 0,
    countBefore = 0,
  ] = fis;
  Object.assign(unit, { command, feature, low, mid, high, device, lowBefore, midBefore, highBefore, featureBefore, count, countBefore });
};
