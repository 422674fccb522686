/** Intel 82077AA diskette controller as in a PC/AT: 290166, May 1994. */
import { type ByteWindow, Device, type Drive, type Line, type StateOf } from '../../machine/index.ts';
import { Heads } from './heads.ts';
import { Command, Configure, change, Dsr, lengths, Msr, Outputs, Register, St0 } from './registers.ts';
import { driveCount, floppySchema, freshFloppy } from './state.ts';
import { type DmaChannel, Transfer } from './transfer.ts';

export interface FloppyWires {
  /** Line 6. */
  readonly irq: Line;
  /** Channel 2. */
  readonly dma: DmaChannel;
  /** A and B, where they are there. */
  readonly drives: readonly (Drive | undefined)[];
}

const versionByte = 0x90;

const phaseStatus = {
  command: Msr.ready,
  in: Msr.ready | Msr.out | Msr.nonDma | Msr.busy,
  out: Msr.ready | Msr.nonDma | Msr.busy,
  result: Msr.ready | Msr.out | Msr.busy,
} as const;

/** A command is through at once, whatever heads and motors would take. */
export class Floppy extends Device<typeof floppySchema> {
  readonly schema = floppySchema;
  protected state = this.fresh();
  readonly #wires: FloppyWires;
  readonly #transfer: Transfer;
  readonly #heads: Heads;

  constructor(wires: FloppyWires) {
    super();
    this.#wires = wires;
    const floppy = this;
    this.#heads = new Heads(() => this.state, wires.drives);
    this.#transfer = new Transfer({
      get floppy() {
        return floppy.state;
      },
      drives: wires.drives,
      dma: wires.dma,
      tell: (...result) => this.#tell(result, true),
      interrupt: () => {
        this.state.isInterrupting = true;
      },
      step: (drive, cylinder) => this.#heads.step(drive, cylinder),
    });
    for (const [index, drive] of wires.drives.entries()) {
      if (drive === undefined) continue;
      drive.changed = () => {
        this.state.changed[index] = true;
      };
    }
  }

  protected fresh(): StateOf<typeof floppySchema> {
    return freshFloppy();
  }

  /** The line and requests are driven while the outputs register says so: 2.1.2. */
  protected override settle(): void {
    this.#wires.irq.set(this.state.isInterrupting && (this.state.outputs & Outputs.dma) !== 0);
  }

  /** 3F0h to 3F5h. */
  readonly registers: ByteWindow = {
    read: (offset) => this.#read(offset),
    write: (offset, value) => {
      this.#write(offset, value);
      this.settle();
    },
  };

  /** 3F7h. */
  readonly changeLine: ByteWindow = {
    read: () => this.#read(Register.change),
    write: (_, value) => {
      this.state.rate = value & Dsr.rate;
    },
  };

  get #isReset(): boolean {
    return (this.state.outputs & Outputs.notReset) === 0;
  }

  #read(offset: number): number {
    const { state } = this;
    switch (offset) {
      case Register.outputs:
        return state.outputs;
      case Register.tape:
        return state.tape;
      case Register.status:
        return this.#status;
      case Register.data:
        return this.#readData();
      case Register.change:
        // Of the drive that is selected and turns: a drive that isn't there drives nothing.
        return this.#heads.isChanged(state.outputs & Outputs.drive) ? change : 0;
      default:
        return 0xff;
    }
  }

  #write(offset: number, value: number): void {
    const { state } = this;
    switch (offset) {
      case Register.outputs:
        this.#setOutputs(value);
        break;
      case Register.tape:
        state.tape = value & 3;
        break;
      case Register.status:
        state.rate = value & Dsr.rate;
        if ((value & Dsr.reset) !== 0 && !this.#isReset) this.#restart();
        break;
      case Register.data:
        this.#writeData(value);
        break;
    }
  }

  get #status(): number {
    const { phase, command } = this.state;
    if (this.#isReset) return 0;
    return phase === 'command' && command.length > 0 ? Msr.ready | Msr.busy : phaseStatus[phase];
  }

  #setOutputs(value: number): void {
    const wasReset = this.#isReset;
    this.state.outputs = value;
    if (this.#isReset) this.#silence();
    else if (wasReset) this.#restart();
  }

  #silence(): void {
    Object.assign(this.state, { phase: 'command', command: [], result: [], isInterrupting: false, senses: [] });
  }

  /** Each drive is polled once, which interrupts: 4.2. Settings stay where they are locked. */
  #restart(): void {
    this.#silence();
    const { state } = this;
    if (!state.isLocked) Object.assign(state, { config: Configure.fresh, precompensation: 0 });
    state.perpendicular &= 0x3c;
    if ((state.config & Configure.noPoll) !== 0) return;
    state.senses = Array.from({ length: driveCount }, (_, drive) => St0.polled | drive);
    state.isInterrupting = true;
  }

  #readData(): number {
    const { state } = this;
    if (this.#isReset) return 0xff;
    if (state.phase === 'in') {
      const value = this.#transfer.read();
      this.settle();
      return value;
    }
    if (state.phase !== 'result') return 0xff;
    const value = state.result.shift() ?? 0xff;
    state.isInterrupting &&= state.senses.length > 0;
    if (state.result.length === 0) Object.assign(state, { phase: 'command', command: [] });
    this.settle();
    return value;
  }

  #writeData(value: number): void {
    const { state } = this;
    if (this.#isReset) return;
    if (state.phase === 'out') this.#transfer.write(value);
    else if (state.phase === 'command') {
      state.command.push(value);
      if (state.command.length >= this.#length) this.#execute();
    }
  }

  get #length(): number {
    const [first = 0] = this.state.command;
    return lengths.get(first & 0x1f) ?? 1;
  }

  #tell(result: readonly number[], isInterrupting: boolean): void {
    this.state.phase = 'result';
    this.state.result = [...result];
    if (isInterrupting) this.state.isInterrupting = true;
  }

  /** Without a result. */
  #done(): void {
    this.state.command = [];
  }

  #execute(): void {
    const { state } = this;
    const [first = 0, second = 0, third = 0, fourth = 0] = state.command;
    switch (first & 0x1f) {
      case Command.read:
      case Command.readDeleted:
      case Command.readTrack:
      case Command.write:
      case Command.writeDeleted:
      case Command.scanEqual:
      case Command.scanLow:
      case Command.scanHigh:
      case Command.verify:
      case Command.format:
        this.#transfer.begin();
        break;
      case Command.readId:
        this.#transfer.identify();
        break;
      case Command.specify:
        state.steps = second;
        state.load = third;
        this.#done();
        break;
      case Command.senseDrive:
        this.#tell([this.#heads.status(second)], false);
        break;
      case Command.recalibrate:
        this.#heads.recalibrate(second & 3);
        this.#moved();
        break;
      case Command.senseInterrupt:
        this.#tell(this.#heads.sense(), false);
        break;
      case Command.seek:
        this.#heads.seek(first, second, third);
        this.#moved();
        break;
      case Command.version:
        this.#tell([versionByte], false);
        break;
      case Command.dump:
        this.#tell(
          [
            ...state.cylinders,
            state.steps,
            state.load,
            state.lastCount,
            (state.isLocked ? 0x80 : 0) | (state.perpendicular & 0x7f),
            state.config,
            state.precompensation,
          ],
          false,
        );
        break;
      case Command.perpendicular:
        // Which drives have such recording changes only with OW: 5.2.9.
        state.perpendicular = (second & 0x80) !== 0 ? second & 0x3f : (state.perpendicular & 0x3c) | (second & 0x03);
        this.#done();
        break;
      case Command.configure:
        state.config = third;
        state.precompensation = fourth;
        this.#done();
        break;
      case Command.lock:
        state.isLocked = (first & 0x80) !== 0;
        this.#tell([state.isLocked ? 0x10 : 0], false);
        break;
      default:
        this.#tell([St0.invalid], false);
    }
  }

  #moved(): void {
    this.state.isInterrupting = true;
    this.#done();
  }
}
