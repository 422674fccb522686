/** A PC: a processor, memory, and the chips around them. */
import { ApicBus, type Engine, Processor, Ram } from '../cpu/index.ts';
import { cmosContents, dispiPorts, firstVgaPort, type SerialLine, Vga, vgaPortCount } from '../devices/index.ts';
import { Bus, type Gpa, gpa, type Instant, instant, type Port, port } from '../machine/index.ts';
import { enterLinux, type LinuxBoot, loadLinux, type Misfit } from './boot/linux/load.ts';
import { type Chips, chipsIn } from './chips.ts';
import { MachineClock } from './clock.ts';
import { adapters, type Layout, layOut } from './layout.ts';
import { Loop } from './loop.ts';
import { memoryOf } from './memory.ts';
import { messagesTo } from './messages.ts';
import type { Pause } from './pause.ts';
import { told } from './told.ts';
import { VgaCard } from './vga-card.ts';
import { portsOf, registersOf } from './wiring.ts';

export interface PcPlan {
  readonly engine: Engine;
  /** A multiple of 1 MiB. */
  readonly memoryBytes: number;
  /** Its image, which ends at 4 GiB and whose last 128 KiB are below 1 MiB, too; undefined: none, and nothing begins by itself. */
  readonly firmware?: Uint8Array | undefined;
  /** Programs on cards that the firmware runs, by their names. */
  readonly cards?: ReadonlyMap<string, Uint8Array>;
  /** Its time; counted in instructions, a billion a second, where nobody tells it. */
  readonly now?: () => Instant;
  /** The time of day when it is switched on, in seconds since 1970. */
  readonly startSeconds: number;
  /** Where the serial ports lead, up to four. */
  readonly lines: readonly SerialLine[];
  /** Where programs tell what they are at: ports E9h and 402h. */
  readonly note?: (byte: number) => void;
}

const videoBytes = 16 * 1024 ** 2;
const shadowBytes = 128 * 1024;
const mebibyte = 1024 ** 2;
const vgaSlot = 2;

export class Pc {
  readonly layout: Layout;
  readonly ram: Ram;
  readonly processor: Processor;
  readonly clock: MachineClock;
  readonly ports = new Bus<Port>();
  readonly space = new Bus<Gpa>();
  readonly chips: Chips;
  readonly vga: Vga;
  readonly #loop: Loop;
  readonly #firmware: Uint8Array | undefined;
  readonly #devices: readonly { reset(kind: 'power' | 'bus'): void }[];

  /** Throws a RangeError where there can't be so much memory. */
  constructor({ engine, memoryBytes, firmware, cards = new Map(), now, startSeconds, lines, note = () => {} }: PcPlan) {
    this.#firmware = firmware;
    this.layout = layOut({ memoryBytes, firmwareBytes: firmware?.length ?? 0, videoBytes });
    this.ram = new Ram(this.layout.areas);
    const apics = new ApicBus();
    const ways = {
      ...{ space: registersOf(this.space), bus: apics, endOfInterrupt: (vector: number) => this.chips.ioApic.endOfInterrupt(vector) },
      ...(now !== undefined && { now }),
    };
    this.processor = new Processor(this.ram, engine, portsOf(this.ports), ways);
    this.clock = new MachineClock(now ?? (() => instant(this.processor.now)));
    const [below, above] = [Math.min(memoryBytes, this.layout.memory[1]?.end ?? 0), this.layout.memory[2]];
    const cmos = cmosContents({
      ...{ belowBytes: below, aboveBytes: above === undefined ? 0 : above.end - above.begin, processors: 1 },
      ...{ boot: ['disk', 'cd', 'floppy'], floppies: 0 },
    });
    const { ram, ports, space, clock } = this;
    const memory = memoryOf(ram);
    this.chips = chipsIn({
      ...{
        ports,
        space,
        clock,
        memory,
        messages: messagesTo(apics),
        apics,
        told: told({ memory: this.layout.memory, cards }),
        lines,
        note,
        start: { seconds: startSeconds, cmos },
      },
      intr: { set: (isHigh) => this.#loop.intr.set(isHigh) },
      a20: {
        set: (isHigh) => {
          ram.isWrapped = !isHigh;
        },
      },
      reset: () => this.#loop.later(() => this.reset('bus')),
      exit: (status) => this.#loop.end({ why: 'exit', status: status & 0xff }),
    });
    const { pic } = this.chips;
    const { processor } = this;
    this.#loop = new Loop({ processor, clock, isCounted: now === undefined, acknowledge: () => pic.acknowledge() });
    const video = ram.areas[this.layout.video] ?? absent('video memory');
    this.vga = new Vga({ clock, memory: ram.bytes.subarray(video.place, video.place + video.bytes) });
    const card = new VgaCard({ slot: this.chips.pci.slot(vgaSlot), ram, video, vga: this.vga });
    space.map(gpa(adapters.begin), adapters.end - adapters.begin, this.vga.window);
    ports.map(port(firstVgaPort), vgaPortCount, this.vga.ports);
    ports.map(port(dispiPorts.first), dispiPorts.count, this.vga.dispi);
    const { pit, cmos: rtc, keyboard, dma, system, serial, bridges, ioApic, hpet, firmware: fwCfg } = this.chips;
    this.#devices = [pic, pit, rtc, keyboard, dma, system, ioApic, hpet, fwCfg, ...serial, ...bridges, card, this.vga];
    this.reset('power');
  }

  /** As if it had just been switched on, or its reset line had been pulled: then memory keeps what it has, but for the firmware. */
  reset(kind: 'power' | 'bus'): void {
    for (const device of this.#devices) device.reset(kind);
    this.#placeFirmware();
    this.processor.reset();
    this.processor.forget();
  }

  /** At most so many instructions. */
  run(most: number): Pause {
    return this.#loop.run(most);
  }

  /** Puts a kernel into memory, and the processor where it begins; its firmware isn't asked. */
  boot(boot: LinuxBoot): Misfit | undefined {
    const entry = loadLinux(this.ram, this.layout, boot);
    if ('misfit' in entry) return entry;
    enterLinux(this.processor.state, entry);
    this.processor.forget();
    return undefined;
  }

  #placeFirmware(): void {
    const [image, place] = [this.#firmware, this.layout.firmware];
    if (image === undefined || place === undefined) return;
    this.ram.write(place.begin, image);
    const shadow = image.subarray(Math.max(0, image.length - shadowBytes));
    this.ram.write(mebibyte - shadow.length, shadow);
  }
}

const absent = (what: string): never => {
  throw new Error(`there is no ${what}`);
};
