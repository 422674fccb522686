/** The chips of a `microvm`, a board of what a kernel of today needs to begin with and nothing of what a PC had before: I/O APIC, serial ports, events, and PCI. */
import {
  type AcpiImage,
  type ApicMessages,
  acpiImage,
  GenericEvents,
  genericPorts,
  IoApic,
  type Messages,
  PciBus,
  PlainBridge,
  Pvpanic,
  type SerialLine,
  Uart,
} from '../devices/index.ts';
import { type Bus, bytewise, type Gpa, gpa, type Line, type Memory, Pin, type Port, port, type Stateful } from '../machine/index.ts';
import { noKeys } from './absent.ts';
import { type Chips, pvpanicSlot, serialPorts } from './chips.ts';
import type { Drives, Media } from './drives.ts';
import { NvmeSlots, type NvmeSlotWires } from './nvme-slots.ts';
import { type describe, hotplugAt, ioApicAt, pciHole, plugEvent, plugSlots } from './tables.ts';

/** Ports of its events, and the input of the I/O APIC that they interrupt by. */
const eventsAt = { at: 0x600, input: 9 } as const;
/** The I/O APIC's inputs from here on are PCI's lines. */
const pirqInputs = 16;

/** As `describe` does a PC. */
export const describeMicrovm: typeof describe = (serial, processors): AcpiImage =>
  acpiImage({
    serial: serial.map(({ at, irq }) => ({ port: at, irq })),
    ...{ hasKeyboard: false, hasClock: false, processors: Array.from({ length: processors }, (_, id) => id) },
    ...{ ioApicAt, ioApicId: 0, events: eventsAt },
    pci: {
      low: pciHole,
      hotplug: { at: hotplugAt, event: plugEvent, slots: plugSlots },
      route: (slot, pin) => {
        const input = pirqInputs + ((slot + pin + 3) & 3);
        return { pic: input, apic: input };
      },
    },
  });

export interface MicrovmSurroundings {
  readonly ports: Bus<Port>;
  readonly space: Bus<Gpa>;
  readonly memory: Memory;
  readonly messages: Messages;
  readonly apics: ApicMessages;
  readonly lines: readonly SerialLine[];
  reset(): void;
  powerOff(): void;
  readonly panicked: (() => void) | undefined;
}

export interface MicrovmChips extends Chips {
  /** The system is to look at the slots. */
  plugged(): void;
}

export const microvmChips = ({ ports, space, memory, messages, apics, lines, ...around }: MicrovmSurroundings): MicrovmChips => {
  const ioApic = new IoApic({ processors: apics });
  const input = (number: number): Line => ioApic.inputs[number] ?? unknown(number);
  const pins = new Map(serialPorts.map(({ irq }) => [irq, new Pin(input(irq))]));
  const events = new GenericEvents({ interrupt: input(eventsAt.input), powerOff: around.powerOff, reset: around.reset });
  const pci = new PciBus({ ports, addresses: space, memory, messages });
  const bridge = new PlainBridge({ bus: pci, inputs: [0, 1, 2, 3].map((number) => input(pirqInputs + number)) });
  const pvpanic = around.panicked && new Pvpanic({ slot: pci.slot(pvpanicSlot), panicked: around.panicked });
  const serial = lines.map((line, index) => {
    const { at, irq } = serialPorts[index] ?? unknown(index);
    const uart = new Uart({ line, irq: pins.get(irq)?.wire() ?? unknown(irq) });
    ports.map(port(at), 8, bytewise(uart), `COM${index + 1}`);
    return uart;
  });
  ports.map(port(eventsAt.at), genericPorts, bytewise(events.ports), 'events');
  ports.map(port(0xcf8), 8, bridge.ports, 'PCI configuration');
  space.map(gpa(ioApicAt), 4096, ioApic, 'I/O APIC');
  const all = new Map<string, Stateful>([
    ...serial.map((uart, index) => [`COM${index + 1}`, uart] as const),
    ...Object.entries({ ioApic, events, hostBridge: bridge, ...(pvpanic && { pvpanic }) }),
  ]);
  return { serial, power: events, keyboard: noKeys, ioApic, pci, all, plugged: () => events.plugged() };
};

/** NVMe alone. */
export const microvmDrives = (media: Media, wires: NvmeSlotWires): Drives => {
  const nvme = new NvmeSlots(wires, media.nvme);
  return {
    devices: [nvme],
    get all() {
      return new Map(nvme.all);
    },
    ...{ nvme, removable: new Map() },
    hide: () => {},
  };
};

const unknown = (number: number): never => {
  throw new RangeError(`a microvm has no input or serial port ${number}`);
};
