/**
 * What stands for power management where there is no fixed hardware: events that a method reads (ACPI Specification 6.5, 5.6.9), the sleep control and
 * status registers (4.8.3.7), and one that resets (4.8.3.6). Each is a port; where, the board says.
 */
import { type ByteWindow, Device, flag, type Line, type StateOf, u8 } from '../../machine/index.ts';

export interface GenericEventsWires {
  /** A level, while an event wasn't read. */
  readonly interrupt: Line;
  /** The guest switched itself off: soft off, S5. */
  readonly powerOff: () => void;
  readonly reset: () => void;
}

/** Ports. */
export const GenericPort = { events: 0, sleepControl: 1, sleepStatus: 2, reset: 3 } as const;
export const genericPorts = 4;
/** Of the reset register. */
export const genericReset = 0x42;
/** Events, by their bits. */
export const GenericEvent = { powerButton: 0x01, slots: 0x02 } as const;
/** SLP_TYP of S5, and where it is in the sleep control register: 4.8.3.7. */
export const genericOff = 5;
const Control = { enable: 0x20, typeShift: 2, type: 7 } as const;

const schema = { events: u8, isOff: flag };

export class GenericEvents extends Device<typeof schema> {
  readonly schema = schema;
  protected state = this.fresh();
  readonly #wires: GenericEventsWires;

  constructor(wires: GenericEventsWires) {
    super();
    this.#wires = wires;
  }

  protected fresh(): StateOf<typeof schema> {
    return { events: 0, isOff: false };
  }

  protected override settle(): void {
    this.#wires.interrupt.set(this.state.events !== 0);
  }

  readonly ports: ByteWindow = {
    // Whoever reads the events has them.
    read: (port) => {
      if (port !== GenericPort.events) return 0;
      const { events } = this.state;
      this.state.events = 0;
      this.settle();
      return events;
    },
    write: (port, value) => {
      if (port === GenericPort.reset && value === genericReset) this.#wires.reset();
      if (port === GenericPort.sleepControl) this.#sleep(value);
    },
  };

  /** Somebody presses the button: a guest that listens shuts down. */
  pressPowerButton(): void {
    this.#happens(GenericEvent.powerButton);
  }

  /** The guest is to look at the slots. */
  plugged(): void {
    this.#happens(GenericEvent.slots);
  }

  #happens(event: number): void {
    this.state.events |= event;
    this.settle();
  }

  #sleep(value: number): void {
    // No other state of sleep is offered.
    if ((value & Control.enable) === 0 || ((value >> Control.typeShift) & Control.type) !== genericOff || this.state.isOff) return;
    this.state.isOff = true;
    this.#wires.powerOff();
  }
}
