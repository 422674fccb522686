/** QEMU's pc-testdev, with which kvm-unit-tests try a machine: hw/misc/pc-testdev.c. It pulls any interrupt line, and has ports and memory that keep what is written. */
import { bytes, Device, type Line, type StateOf, u32, type Width, type Window } from '../machine/index.ts';

/** Where it is: ports, and 64 KiB of memory. */
export const testDeviceAt = { data: 0xe0, flush: 0xe4, byte: 0xe8, lines: 0x2000, memory: 0xff00_0000 } as const;

const lineCount = 24;
const memoryBytes = 0x1_0000;

const schema = { data: u32, levels: u32, memory: bytes(memoryBytes) };

export interface TestDeviceWires {
  /** Global system interrupts from 0 to 23. */
  readonly lines: readonly Line[];
  /** Translations of this page are forgotten. */
  readonly flush: (address: number) => void;
}

export class TestDevice extends Device<typeof schema> {
  readonly schema = schema;
  protected state: StateOf<typeof schema> = { data: 0, levels: 0, memory: new Uint8Array(memoryBytes) };
  readonly #wires: TestDeviceWires;

  constructor(wires: TestDeviceWires) {
    super();
    if (wires.lines.length !== lineCount) throw new RangeError(`${wires.lines.length} interrupt lines are not ${lineCount}`);
    this.#wires = wires;
  }

  protected fresh(): StateOf<typeof schema> {
    return { data: 0, levels: 0, memory: new Uint8Array(memoryBytes) };
  }

  protected override settle(): void {
    for (const [index, line] of this.#wires.lines.entries()) line.set((this.state.levels & (1 << index)) !== 0);
  }

  /** A register of four bytes, in any part. What reaches out of it isn't kept. */
  readonly data: Window = {
    read: (offset, width) => ((this.state.data >>> (8 * offset)) & maskOf(width)) >>> 0,
    write: (offset, value, width) => {
      const mask = maskOf(width) << (8 * offset);
      this.state.data = ((this.state.data & ~mask) | (value << (8 * offset))) >>> 0;
    },
  };

  /** The same, byte by byte. */
  readonly byte: Window = {
    read: (offset) => this.data.read(offset, 1),
    write: (offset, value) => this.data.write(offset, value & 0xff, 1),
  };

  readonly flush: Window = { read: () => 0, write: (_, value) => this.#wires.flush(value & ~0xfff) };

  /** A port for each line. */
  readonly lines: Window = {
    read: () => 0,
    write: (offset, value) => {
      const bit = 1 << offset;
      this.state.levels = ((value & 0xff) === 0 ? this.state.levels & ~bit : this.state.levels | bit) >>> 0;
      this.settle();
    },
  };

  readonly memory: Window = {
    read: (offset, width) => {
      let value = 0;
      for (let byte = width - 1; byte >= 0; byte--) value = value * 256 + (this.state.memory[offset + byte] ?? 0);
      return value;
    },
    write: (offset, value, width) => {
      for (let byte = 0; byte < width && offset + byte < memoryBytes; byte++)
        this.state.memory[offset + byte] = (value >>> (8 * byte)) & 0xff;
    },
  };
}

const maskOf = (width: Width): number => (width === 4 ? 0xffff_ffff : 2 ** (8 * width) - 1);
