/**
 * Slots of a PCI bus whose cards come and go while the system runs: as QEMU’s PIIX4 has them, docs/specs/acpi_pci_hotplug. The board puts cards in
 * and pulls them; this tells the system so, and hears from it when it has let go of one.
 */
import { Device, type StateOf, u32, type Window } from '../../machine/index.ts';

export interface HotplugWires {
  /** The system is to look: a general-purpose event. */
  readonly raise: () => void;
  /** What is in a slot may be pulled: the system has let go of it, or there is none that could have it. */
  readonly eject: (slot: number) => void;
  /** Slots whose cards may come and go, as bits. */
  readonly slots: number;
}

/** Each of 32 bits, one a slot. Reading the second tells what is offered beyond these: nothing. */
const Register = { up: 0, down: 4, eject: 8, removable: 12 } as const;
export const hotplugBytes = 16;

const schema = {
  /** Came, and is to go, as the system hasn't read it yet. */
  ...{ up: u32, down: u32 },
  /** Is to go, and hasn't gone. */
  leaving: u32,
};

export class PciHotplug extends Device<typeof schema> {
  readonly schema = schema;
  protected state: StateOf<typeof schema> = { up: 0, down: 0, leaving: 0 };
  readonly #wires: HotplugWires;

  constructor(wires: HotplugWires) {
    super();
    this.#wires = wires;
  }

  /** Nobody holds what was to go, and what came is found as what was there before. */
  protected fresh(): StateOf<typeof schema> {
    const { leaving } = this.state;
    this.state.leaving = 0;
    this.#eject(leaving);
    return { up: 0, down: 0, leaving: 0 };
  }

  /** Something was put into a slot. */
  came(slot: number): void {
    this.state.up = (this.state.up | bit(slot)) >>> 0;
    this.#wires.raise();
  }

  /** What is in a slot is wanted. */
  shallGo(slot: number): void {
    this.state.down = (this.state.down | bit(slot)) >>> 0;
    this.state.leaving = (this.state.leaving | bit(slot)) >>> 0;
    this.#wires.raise();
  }

  /** The system was asked for what is in a slot, and has it still. */
  isLeaving(slot: number): boolean {
    return (this.state.leaving & bit(slot)) !== 0;
  }

  /** Sixteen ports. What came and what is to go is told once. */
  readonly window: Window = {
    read: (offset, bytes) => {
      const at = offset & ~3;
      return (this.#read(at) >>> (8 * (offset & 3))) % 2 ** (8 * bytes);
    },
    write: (offset, value, bytes) => {
      if (offset === Register.eject && bytes === 4) this.#eject(value);
    },
  };

  #read(register: number): number {
    const { state } = this;
    const { up, down } = state;
    switch (register) {
      case Register.up:
        state.up = 0;
        return up;
      case Register.down:
        state.down = 0;
        return down;
      case Register.removable:
        return this.#wires.slots;
      default:
        return 0;
    }
  }

  #eject(which: number): void {
    for (let slot = 0; slot < 32; slot++) {
      if ((which & this.#wires.slots & bit(slot)) === 0) continue;
      this.state.leaving = (this.state.leaving & ~bit(slot)) >>> 0;
      this.#wires.eject(slot);
    }
  }
}

const bit = (slot: number): number => 1 << slot;
