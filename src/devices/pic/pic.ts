/** The pair of interrupt controllers of a PC/AT, the second behind input 2 of the first. */
import { type ByteWindow, Device, type Line, loose, part, type StateOf } from '../../machine/index.ts';
import {
  asking,
  type Chip,
  cascade,
  chipSchema,
  freshChip,
  isInitialization,
  readCommand,
  readData,
  setInput,
  take,
  writeCommand,
  writeData,
} from './chip.ts';

export interface PicWires {
  /** High while the processor is asked to take an interrupt. */
  readonly intr: Line;
}

const Register = { command: 0, data: 1 } as const;
/** What is acknowledged where nobody asks any more. */
const spurious = 7;
/** Inputs that may be level-triggered; timer, keyboard, cascade, clock and coprocessor never are. */
const levels = [0xf8, 0xde] as const;

const schema = { master: part(chipSchema), slave: part(chipSchema) };

export class Pic extends Device<typeof schema> {
  readonly schema = schema;
  protected state: StateOf<typeof schema> = { master: freshChip(0), slave: freshChip(0) };
  readonly #wires: PicWires;

  /** Interrupt requests 0 to 15. The second controller is at 2. */
  readonly inputs: readonly Line[] = Array.from({ length: 16 }, (_, irq) => (irq === cascade ? loose : this.#input(irq)));
  /** Ports 20h and A0h. */
  readonly master: ByteWindow = this.#window(
    () => this.state.master,
    () => this.#ask(),
  );
  readonly slave: ByteWindow = this.#window(
    () => this.state.slave,
    () => this.settle(),
  );
  /** Ports 4D0h and 4D1h. */
  readonly elcr: ByteWindow = {
    read: (offset) => (offset === 0 ? this.state.master : this.state.slave).elcr,
    write: (offset, value) => {
      (offset === 0 ? this.state.master : this.state.slave).elcr = value & (levels[offset] ?? 0);
      this.settle();
    },
  };

  constructor(wires: PicWires) {
    super();
    this.#wires = wires;
  }

  /** What others hold high stays high. */
  protected fresh(): StateOf<typeof schema> {
    return { master: freshChip(this.state.master.lines), slave: freshChip(this.state.slave.lines) };
  }

  protected override settle(): void {
    const { master, slave } = this.state;
    setInput(master, 1 << cascade, asking(slave) >= 0);
    this.#ask();
  }

  #ask(): void {
    this.#wires.intr.set(asking(this.state.master) >= 0);
  }

  /** Whether a request by one of its inputs leads anywhere, or is masked. */
  hears(irq: number): boolean {
    const { imr } = irq < 8 ? this.state.master : this.state.slave;
    return (imr & (1 << (irq & 7))) === 0;
  }

  /** The processor takes an interrupt: its vector. */
  acknowledge(): number {
    const { master, slave } = this.state;
    const input = asking(master);
    if (input >= 0) take(master, input);
    const vector = input === cascade ? this.#acknowledgeSlave(slave) : master.vector | (input < 0 ? spurious : input);
    this.settle();
    return vector;
  }

  #acknowledgeSlave(slave: Chip): number {
    const input = asking(slave);
    // Its output falls meanwhile, so that whoever waits behind is an edge again.
    setInput(this.state.master, 1 << cascade, false);
    if (input >= 0) take(slave, input);
    return slave.vector | (input < 0 ? spurious : input);
  }

  #input(irq: number): Line {
    const mask = 1 << (irq & 7);
    return {
      set: (isHigh) => {
        const chip = irq < 8 ? this.state.master : this.state.slave;
        if (((chip.lines & mask) !== 0) === isHigh) return;
        setInput(chip, mask, isHigh);
        this.settle();
      },
    };
  }

  /**
   * What is initialized hears of the second controller anew, when that has something to say the next time:
   * else who waits behind a level would never be heard, and who waited behind an edge that is forgotten, too, would be.
   */
  #window(chip: () => Chip, told: () => void): ByteWindow {
    return {
      read: (offset) => {
        const value = offset === Register.command ? readCommand(chip()) : readData(chip());
        told();
        return value;
      },
      write: (offset, value) => {
        if (offset === Register.command) writeCommand(chip(), value);
        else writeData(chip(), value);
        if (offset === Register.command && isInitialization(value)) setInput(this.state.master, 1 << cascade, false);
        told();
      },
    };
  }
}
