/** A PC: what sits where, and what is connected with what. */
import { type Engine, Processor, Ram } from '../cpu/index.ts';
import { Pic, type SerialLine, Uart } from '../devices/index.ts';
import { Bus, type ByteWindow, bytewise, type Gpa, type Instant, instant, type Port, port } from '../machine/index.ts';
import { enterLinux, type LinuxBoot, loadLinux, type Misfit } from './boot/linux/load.ts';
import { MachineClock } from './clock.ts';
import { type Layout, layOut } from './layout.ts';
import { Loop } from './loop.ts';
import type { Pause } from './pause.ts';
import { portsOf, registersOf } from './wiring.ts';

/** Where the serial ports are, and what they interrupt by. */
export const serialPorts = [
  [0x3f8, 4],
  [0x2f8, 3],
  [0x3e8, 4],
  [0x2e8, 3],
] as const;

export interface PcPlan {
  readonly engine: Engine;
  /** A multiple of 1 MiB. */
  readonly memoryBytes: number;
  /** Its time; counted in instructions, a billion a second, where nobody tells it. */
  readonly now?: () => Instant;
  /** Where the serial ports lead, up to four. */
  readonly lines: readonly SerialLine[];
}

const videoBytes = 16 * 1024 ** 2;

export class Pc {
  readonly layout: Layout;
  readonly ram: Ram;
  readonly processor: Processor;
  readonly clock: MachineClock;
  readonly ports = new Bus<Port>();
  readonly space = new Bus<Gpa>();
  readonly serial: readonly Uart[];
  readonly #loop: Loop;

  /** Throws a RangeError where there can't be so much memory. */
  constructor({ engine, memoryBytes, now, lines }: PcPlan) {
    this.layout = layOut({ memoryBytes, firmwareBytes: 0, videoBytes });
    this.ram = new Ram(this.layout.areas);
    this.processor = new Processor(this.ram, engine, portsOf(this.ports), {
      space: registersOf(this.space),
      ...(now !== undefined && { now }),
    });
    this.clock = new MachineClock(now ?? (() => instant(this.processor.now)));
    const pic = new Pic({ intr: { set: (isHigh) => this.#loop.intr.set(isHigh) } });
    this.#loop = new Loop({
      processor: this.processor,
      clock: this.clock,
      isCounted: now === undefined,
      acknowledge: () => pic.acknowledge(),
    });
    this.#map(0x20, 2, pic.master);
    this.#map(0xa0, 2, pic.slave);
    this.#map(0x4d0, 2, pic.elcr);
    this.serial = lines.map((line, index) => {
      const [at, irq] = serialPorts[index] ?? none(index);
      const uart = new Uart({ irq: pic.inputs[irq] ?? none(irq), line });
      this.#map(at, 8, uart);
      return uart;
    });
    this.reset();
  }

  /** As if it had just been switched on, but for its memory. */
  reset(): void {
    this.processor.reset();
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

  #map(at: number, bytes: number, registers: ByteWindow): void {
    this.ports.map(port(at), bytes, bytewise(registers));
  }
}

const none = (number: number): never => {
  throw new RangeError(`a PC has no serial port ${number}`);
};
