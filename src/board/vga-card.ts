/** The VGA as a PCI card: its video memory is memory of the machine, and comes to lie where the guest wants the frame buffer. */
import type { Area, Ram } from '../cpu/index.ts';
import { dispiPorts, firstVgaPort, layoutOf, type PciBus, PciFunction, type Region, Vga, vgaCard, vgaPortCount } from '../devices/index.ts';
import { type Bus, type Clock, type Gpa, gpa, type Port, port, type StateOf, type Window } from '../machine/index.ts';
import type { Pixels, PixelWish } from './boot/given.ts';
import { adapters } from './layout.ts';

export interface VgaWires {
  readonly ports: Bus<Port>;
  readonly space: Bus<Gpa>;
  readonly clock: Clock;
  readonly ram: Ram;
  readonly video: Area;
}

/** Where a VGA is on every PC. */
export const vgaOn = ({ ports, space, clock, ram, video }: VgaWires): Vga => {
  const vga = new Vga({ clock, memory: ram.bytes.subarray(video.place, video.place + video.bytes) });
  space.map(gpa(adapters.begin), adapters.end - adapters.begin, vga.window, 'VGA');
  ports.map(port(firstVgaPort), vgaPortCount, vga.ports, 'VGA');
  ports.map(port(dispiPorts.first), dispiPorts.count, vga.dispi, 'VGA');
  return vga;
};

export interface VgaCardWires {
  readonly pci: PciBus;
  readonly ram: Ram;
  readonly video: Area;
  readonly vga: Vga;
}

/** Which QEMU's board has it in, too. */
const slotNumber = 2;
const registersBar = vgaCard.registers.bar;

const layoutFor = (videoBytes: number) =>
  layoutOf({
    ...{ vendor: vgaCard.vendor, device: vgaCard.device, revision: vgaCard.revision, classCode: vgaCard.class },
    subsystem: [vgaCard.subsystemVendor, vgaCard.subsystem],
    regions: [
      { register: vgaCard.frameBuffer.bar, kind: 'memory', bytes: videoBytes, isPrefetchable: true },
      { register: registersBar, kind: 'memory', bytes: vgaCard.registers.bytes },
    ],
  });

type Schema = { readonly config: ReturnType<typeof layoutFor>['field'] };

export class VgaCard extends PciFunction<Schema> {
  readonly schema: Schema;
  protected state: StateOf<Schema>;
  readonly #vga: Vga;

  constructor({ pci, ram, video, vga }: VgaCardWires) {
    const slot = pci.slot(slotNumber);
    const layout = layoutFor(video.bytes);
    super(
      {
        ...slot,
        place: (region, at, answer) => {
          if (region.register === registersBar) slot.place(region, at, answer);
          else ram.move(video, at);
        },
      },
      layout,
    );
    this.schema = { config: layout.field };
    this.state = this.fresh();
    this.#vga = vga;
  }

  protected fresh(): StateOf<Schema> {
    return { config: this.layout.fresh.slice() };
  }

  protected get config(): Uint8Array {
    return this.state.config;
  }

  protected window(_region: Region): Window {
    return this.#vga.registers;
  }
}

export interface PixelWires {
  readonly pci: PciBus;
  readonly ports: Bus<Port>;
  readonly videoBytes: number;
}

/** Of Bochs' display interface. */
const Dispi = { width: 1, height: 2, depth: 3, enable: 4, on: 0x41 } as const;
const usual = { width: 1024, height: 768 } as const;
const depths: readonly number[] = [15, 16, 24, 32];

/** Has it show as many pixels as are wished for, if it can, by its own registers. Undefined where nobody has placed its frame buffer. */
export const showPixels = ({ pci, ports, videoBytes }: PixelWires, wish: PixelWish): Pixels | undefined => {
  const at = (pci.read(slotNumber * 8, 0x10 + 4 * vgaCard.frameBuffer.bar, 4) & ~0xf) >>> 0;
  if (at === 0) return undefined;
  const depth = depths.includes(wish.depth) ? wish.depth : 32;
  const pitch = (width: number): number => width * ((depth + 7) >> 3);
  const fits = wish.width > 0 && wish.height > 0 && wish.width % 8 === 0 && pitch(wish.width) * wish.height <= videoBytes;
  const { width, height } = fits ? wish : usual;
  for (const [index, value] of [
    [Dispi.enable, 0],
    [Dispi.width, width],
    [Dispi.height, height],
    [Dispi.depth, depth],
    [Dispi.enable, Dispi.on],
  ] as const) {
    ports.write(port(dispiPorts.first), index, 2);
    ports.write(port(dispiPorts.first + 1), value, 2);
  }
  return { at, pitch: pitch(width), width, height, depth };
};
