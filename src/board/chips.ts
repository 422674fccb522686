/** The chips that every PC has, and at which ports they are. */
import {
  type ApicMessages,
  Cmos,
  Dma,
  FwCfg,
  type FwCfgContents,
  HostBridge,
  Hpet,
  I8042,
  IoApic,
  IsaBridge,
  type Messages,
  PciBus,
  Pic,
  Pit,
  Power,
  Pvpanic,
  type SerialLine,
  type Shadow,
  SystemPorts,
  TestDevice,
  testDeviceAt,
  Uart,
} from '../devices/index.ts';
import {
  type Bus,
  type ByteWindow,
  bytewise,
  type Clock,
  type Gpa,
  gpa,
  type Line,
  type Memory,
  Pin,
  type Port,
  port,
  type Stateful,
  type Window,
} from '../machine/index.ts';
import type { Keys } from './absent.ts';
import { Switch } from './switch.ts';
import { hpetAt, ioApicAt, powerAt } from './tables.ts';

export interface Surroundings {
  readonly ports: Bus<Port>;
  readonly space: Bus<Gpa>;
  readonly clock: Clock;
  readonly memory: Memory;
  readonly messages: Messages;
  /** What of the memory below 1 MiB is hidden. */
  readonly shadow: Shadow;
  /** Where the I/O APIC sends interrupts. */
  readonly apics: ApicMessages;
  /** What firmware is told, made when it asks. */
  readonly told: () => FwCfgContents;
  /** What the 8259 pulls. */
  readonly intr: Line;
  readonly a20: Line;
  reset(what: 'processor' | 'machine'): void;
  exit(status: number): void;
  powerOff(): void;
  /** The guest's kernel has panicked. Undefined: there is nothing that it could say so by. */
  readonly panicked: (() => void) | undefined;
  /** Where programs tell what they are at: ports E9h and 402h. Undefined: these ports aren't there, and programs that look for them don't tell. */
  readonly note: ((byte: number) => void) | undefined;
  /** How far the firmware is: ports 80h and 190h. */
  readonly post: (code: number) => void;
  readonly lines: readonly SerialLine[];
  /** Where what kvm-unit-tests try a machine with is wanted, forgets translations of a page. */
  readonly flush: ((address: number) => void) | undefined;
  /** Seconds since 1970 when the machine is switched on, and what its firmware finds in the clock's memory. */
  readonly start: { readonly seconds: number; readonly cmos: Uint8Array };
}

/** Where the serial ports are, and what they interrupt by. */
export const serialPorts = [
  { at: 0x3f8, irq: 4 },
  { at: 0x2f8, irq: 3 },
  { at: 0x3e8, irq: 4 },
  { at: 0x2e8, irq: 3 },
] as const;
/** The I/O APIC has the timer where the 8259's second one would be: every PC's firmware says so. */
const timerPin = 2;
/** Nothing else is there. */
export const pvpanicSlot = 7;
const Irq = { timer: 0, keyboard: 1, clock: 8, mouse: 12 } as const;

/** What every board has. */
export interface Chips {
  readonly serial: readonly Uart[];
  readonly power: { pressPowerButton(): void };
  readonly keyboard: Keys;
  readonly ioApic: IoApic;
  readonly pci: PciBus;
  /** All of them, by what they are called. */
  readonly all: ReadonlyMap<string, Stateful>;
}

export interface PcChips extends Chips {
  readonly pic: Pic;
  readonly dma: Dma;
  readonly system: SystemPorts;
  readonly power: Power;
  /** A wire of an interrupt request line. */
  wire(irq: number): Line;
}

export const chipsIn = (around: Surroundings): PcChips => {
  const { ports, space, clock, memory, messages } = around;
  const pic = new Pic({ intr: around.intr });
  const ioApic = new IoApic({ processors: around.apics });
  const pins = pic.inputs.map((input, irq) => new Pin(both(input, ioApic.inputs[irq === Irq.timer ? timerPin : irq] ?? unknown(irq))));
  const wire = (irq: number): Line => pins[irq]?.wire() ?? unknown(irq);
  // Where the high-precision timer takes their places, timer and clock are cut off.
  const replaced = new Switch();
  const pit = new Pit({
    ...{ clock, irq: replaced.behind(wire(Irq.timer)) },
    isHeard: () => !replaced.isOpen && (pic.hears(Irq.timer) || ioApic.hears(timerPin)),
  });
  const cmos = new Cmos(around.start.seconds, around.start.cmos, { clock, irq: replaced.behind(wire(Irq.clock)) });
  // 82371AB data sheet, 4.2.9 and 5.1: what port 92h and the keyboard controller pull is INIT.
  const restart = (): void => around.reset('processor');
  const system = new SystemPorts({
    ...{ clock, a20: around.a20, speakerGate: pit.speakerGate, isSpeakerHigh: () => pit.isSpeakerHigh },
    ...{ console: around.note ?? (() => {}), post: around.post, reset: restart, exit: around.exit },
  });
  const keyboard = new I8042({
    ...{ clock, keyboardIrq: wire(Irq.keyboard), mouseIrq: wire(Irq.mouse), a20: system.keyboardA20, reset: restart },
  });
  const dma = new Dma({ memory });
  const power = new Power({ clock, sci: wire(powerAt.sci), powerOff: around.powerOff });
  const own = new Map([16, 17, 18, 19, 20, 21, 22, 23].map((pin) => [pin, ioApic.inputs[pin] ?? unknown(pin)]));
  const hpet = new Hpet({ clock, inputs: own, irq0: wire(Irq.timer), irq8: wire(Irq.clock), legacy: replaced });
  const firmware = new FwCfg(around.told, { memory });
  const pci = new PciBus({ ports, addresses: space, memory, messages });
  const isaBridge = new IsaBridge({ bus: pci, irqs: pins.map((pin) => pin.wire()), reset: around.reset });
  const hostBridge = new HostBridge({ bus: pci, shadow: around.shadow, resetControl: isaBridge.resetControl });
  const pvpanic = around.panicked && new Pvpanic({ slot: pci.slot(pvpanicSlot), panicked: around.panicked });
  const all16 = Array.from({ length: 16 }, (_, irq) => wire(irq));
  const tester = around.flush && new TestDevice({ lines: [...all16, ...own.values()], flush: around.flush });
  const serial = around.lines.map((line, index) => new Uart({ line, irq: wire(serialPorts[index]?.irq ?? unknown(index)) }));
  place(ports, [
    ...[at(0x20, 2, pic.master, 'first 8259'), at(0xa0, 2, pic.slave, 'second 8259'), at(0x4d0, 2, pic.elcr, 'ELCR')],
    ...[at(0x40, 4, pit, 'timer'), at(0x70, 2, cmos, 'CMOS')],
    ...[at(0x60, 1, keyboard, 'keyboard'), at(0x61, 1, system.speaker, 'port B'), at(0x64, 1, behind(keyboard, 4), 'keyboard')],
    ...[at(0x92, 1, system.fast, 'port A')],
    ...[at(0x80, 1, system.post, 'POST'), at(0x190, 1, system.post, 'POST')],
    ...(around.note === undefined ? [] : [0xe9, 0x402].map((first) => at(first, 1, system.console, 'debug console'))),
    ...[at(0, 16, dma.low, 'first DMA'), at(0xc0, 32, dma.high, 'second DMA'), at(0x81, 15, dma.pages, 'DMA pages')],
    ...[at(powerAt.gpe, 4, power.gpe, 'ACPI events'), at(powerAt.smi, 2, power.smi, 'ACPI command')],
    ...serial.map((uart, index) => at(serialPorts[index]?.at ?? unknown(index), 8, uart, `COM${index + 1}`)),
  ]);
  ports.map(port(0xcf8), 8, hostBridge.ports, 'PCI configuration');
  ports.map(port(powerAt.pm1), 12, power.pm1, 'ACPI power');
  for (const exit of [0xf4, 0x501]) ports.map(port(exit), 4, system.exit, 'exit');
  ports.map(port(0x510), 12, firmware, 'fw_cfg');
  if (tester !== undefined) placeTester(around, tester);
  space.map(gpa(ioApicAt), 4096, ioApic, 'I/O APIC');
  space.map(gpa(hpetAt), 1024, hpet, 'HPET');
  const all = new Map<string, Stateful>([
    ...Object.entries({ pic, pit, cmos, keyboard, dma, system }),
    ...serial.map((uart, index) => [`COM${index + 1}`, uart] as const),
    ...Object.entries({ power, ioApic, hpet, firmware, hostBridge, isaBridge, ...(tester && { tester }), ...(pvpanic && { pvpanic }) }),
  ]);
  return { pic, keyboard, dma, system, serial, power, ioApic, pci, all, wire };
};

/** Of its four single bytes the second is the console's. */
const placeTester = ({ ports, space }: Surroundings, tester: TestDevice): void => {
  ports.map(port(testDeviceAt.data), 4, tester.data, 'test device');
  ports.map(port(testDeviceAt.flush), 4, tester.flush, 'test device');
  ports.map(port(testDeviceAt.byte), 1, tester.byte, 'test device');
  ports.map(port(testDeviceAt.lines), 24, tester.lines, 'test device');
  space.map(gpa(testDeviceAt.memory), 0x1_0000, tester.memory, 'test device');
};

const both = (one: Line, other: Line): Line => ({
  set: (isHigh) => {
    one.set(isHigh);
    other.set(isHigh);
  },
});

interface Placed {
  readonly at: number;
  readonly bytes: number;
  readonly window: Window;
  /** For people. */
  readonly name: string;
}

const at = (first: number, bytes: number, registers: ByteWindow, name: string): Placed => ({
  ...{ at: first, bytes, window: bytewise(registers), name },
});

/** Registers from the one with this number on. */
const behind = (registers: ByteWindow, first: number): ByteWindow => ({
  read: (offset) => registers.read(offset + first),
  write: (offset, value) => registers.write(offset + first, value),
});

const place = (ports: Bus<Port>, all: readonly Placed[]): void => {
  for (const { at: first, bytes, window, name } of all) ports.map(port(first), bytes, window, name);
};

const unknown = (number: number): never => {
  throw new RangeError(`a PC has no line or serial port ${number}`);
};
