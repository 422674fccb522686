/** A channel of IDE: one cable with two devices, whose registers are written together and read of the one that is selected. ATA/ATAPI-7 volume 2, 5. */
import { below, Device, type Line, list, part, type StateOf, u8, type Width, type Window } from '../../machine/index.ts';
import { Command, DeviceBits, freshUnit, Status, type Unit, type UnitHost, type UnitState, unitSchema } from '../ata/index.ts';

/** Moves data between a device and memory. */
export interface Mover {
  /** A device waits for it. */
  requested(): void;
  /** The interrupt line went high. */
  interrupted(): void;
}

export interface ChannelWires {
  readonly irq: Line;
  readonly mover: Mover;
  /** Device 0 and device 1, if they are there. */
  readonly units: readonly [((host: UnitHost) => Unit) | undefined, ((host: UnitHost) => Unit) | undefined];
}

const Register = { data: 0, error: 1, count: 2, low: 3, mid: 4, high: 5, device: 6, status: 7 } as const;
const Control = { before: 0x80, reset: 0x04, silent: 0x02 } as const;

const schema = { selected: below(2), control: u8, units: list(2, part(unitSchema)) };

export class Channel extends Device<typeof schema> {
  readonly schema = schema;
  protected state: StateOf<typeof schema>;
  readonly #wires: ChannelWires;
  readonly #units: readonly (Unit | undefined)[];
  /** Of a device that isn't there. */
  readonly #nobody = freshUnit();
  /** Units that are there and aren't found. */
  readonly #hidden = new Set<number>();

  constructor(wires: ChannelWires) {
    super();
    this.#wires = wires;
    this.#units = wires.units.map((make, index) => make?.(this.#host(index)));
    this.state = this.fresh();
  }

  protected fresh(): StateOf<typeof schema> {
    return { selected: 0, control: 0, units: this.#units.map((unit) => unit?.fresh() ?? freshUnit()) };
  }

  /** What isn't selected doesn't drive the line: 4.3. */
  protected override settle(): void {
    this.#wires.irq.set(this.#selected !== undefined && this.#registers.isInterrupting && (this.state.control & Control.silent) === 0);
  }

  /** Has a unit not be found, as if it had been unplugged, or be found again. Who has it so does as long as that holds. */
  hide(index: number, isHidden: boolean): void {
    if (isHidden) this.#hidden.add(index);
    else this.#hidden.delete(index);
    this.settle();
  }

  /** The device that waits for the controller to move its data. */
  get moving(): Unit | undefined {
    const unit = this.#selected;
    return unit?.wants === undefined ? undefined : unit;
  }

  /** Eight ports, the command block. */
  readonly command: Window = {
    read: (offset, bytes) => {
      if (offset === Register.data) return this.#readData(bytes);
      let value = 0;
      for (let index = 0; index < bytes; index++) value += this.#read(offset + index) * 2 ** (8 * index);
      return value;
    },
    write: (offset, value, bytes) => {
      if (offset === Register.data) this.#writeData(value, bytes);
      else for (let index = 0; index < bytes; index++) this.#write(offset + index, (value >>> (8 * index)) & 0xff);
    },
  };

  /** One port, of the control block: the status without consequences, and device control. */
  readonly control: Window = {
    read: () => this.#status,
    write: (_, value) => this.#control(value & 0xff),
  };

  #host(index: number): UnitHost {
    const channel = this;
    return {
      get unit() {
        return channel.#stateOf(index);
      },
      interrupt: () => this.#interrupt(index),
    };
  }

  #stateOf(index: number): UnitState {
    return this.state.units[index] ?? this.#nobody;
  }

  get #selected(): Unit | undefined {
    return this.#hidden.has(this.state.selected) ? undefined : this.#units[this.state.selected];
  }

  /** Those of the other one where the selected one isn't there: it answers for both, but for the status. */
  get #registers(): UnitState {
    return this.#stateOf(this.#selected === undefined ? 1 - this.state.selected : this.state.selected);
  }

  get #isEmpty(): boolean {
    return this.#units.every((unit, index) => unit === undefined || this.#hidden.has(index));
  }

  get #status(): number {
    if (this.#selected === undefined) return 0;
    return (this.state.control & Control.reset) === 0 ? this.#registers.status : Status.busy;
  }

  #interrupt(index: number): void {
    this.#stateOf(index).isInterrupting = true;
    this.settle();
    if ((this.state.control & Control.silent) === 0) this.#wires.mover.interrupted();
  }

  #readData(bytes: Width): number {
    return this.#selected?.readData(bytes) ?? 0;
  }

  #writeData(value: number, bytes: Width): void {
    const unit = this.#selected;
    if (unit === undefined) return;
    unit.writeData(value, bytes);
    this.#request(unit);
  }

  #request(unit: Unit): void {
    if (unit.wants !== undefined) this.#wires.mover.requested();
  }

  /** An empty channel drives nothing, and reads as 0 as on QEMU's board, so nobody waits for it. */
  #read(register: number): number {
    if (this.#isEmpty) return 0;
    const registers = this.#registers;
    const isBefore = (this.state.control & Control.before) !== 0;
    switch (register) {
      case Register.error:
        return isBefore ? registers.featureBefore : registers.error;
      case Register.count:
        return isBefore ? registers.countBefore : registers.count;
      case Register.low:
        return isBefore ? registers.lowBefore : registers.low;
      case Register.mid:
        return isBefore ? registers.midBefore : registers.mid;
      case Register.high:
        return isBefore ? registers.highBefore : registers.high;
      case Register.device:
        return (registers.device & ~DeviceBits.second) | DeviceBits.always | (this.state.selected * DeviceBits.second);
      case Register.status:
        registers.isInterrupting = false;
        this.settle();
        return this.#status;
      default:
        return 0xff;
    }
  }

  #write(register: number, value: number): void {
    if ((this.state.control & Control.reset) !== 0) return;
    if (register !== Register.status) this.state.control &= ~Control.before;
    for (const index of [0, 1]) this.#writeUnit(this.#stateOf(index), register, value);
    if (register === Register.device) this.state.selected = (value & DeviceBits.second) === 0 ? 0 : 1;
    if (register === Register.status) this.#execute(value);
    this.settle();
  }

  #writeUnit(unit: UnitState, register: number, value: number): void {
    switch (register) {
      case Register.error:
        unit.featureBefore = unit.feature;
        unit.feature = value;
        break;
      case Register.count:
        unit.countBefore = unit.count;
        unit.count = value;
        break;
      case Register.low:
        unit.lowBefore = unit.low;
        unit.low = value;
        break;
      case Register.mid:
        unit.midBefore = unit.mid;
        unit.mid = value;
        break;
      case Register.high:
        unit.highBefore = unit.high;
        unit.high = value;
        break;
      case Register.device:
        unit.device = value;
        break;
    }
  }

  #execute(command: number): void {
    if (command === Command.diagnose) {
      this.#diagnose();
      return;
    }
    const unit = this.#selected;
    if (unit === undefined) return;
    const registers = this.#registers;
    registers.isInterrupting = false;
    registers.command = command;
    unit.execute(command);
    this.#request(unit);
  }

  /** Both run it, and the first one tells: 9.10. */
  #diagnose(): void {
    for (const unit of this.#units) unit?.reset();
    this.state.selected = 0;
    if (this.#selected !== undefined) this.#interrupt(0);
  }

  /** Devices are reset while SRST is set, and there again when it is cleared: 9.2. */
  #control(value: number): void {
    const before = this.state.control;
    this.state.control = value & (Control.before | Control.reset | Control.silent);
    if ((value & ~before & Control.reset) !== 0) {
      for (const unit of this.#units) unit?.reset();
      this.state.selected = 0;
    }
    this.settle();
  }
}
