/** The VGA as a PCI card: its video memory is memory of the machine, and comes to lie where the guest wants the frame buffer. */
import type { Area, Ram } from '../cpu/index.ts';
import { dispiPorts, firstVgaPort, layoutOf, type PciBus, PciFunction, type Region, Vga, vgaCard, vgaPortCount } from '../devices/index.ts';
import { type Bus, type Clock, type Gpa, gpa, type Port, port, type StateOf, type Window } from '../machine/index.ts';
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
  space.map(gpa(adapters.begin), adapters.end - adapters.begin, vga.window);
  ports.map(port(firstVgaPort), vgaPortCount, vga.ports);
  ports.map(port(dispiPorts.first), dispiPorts.count, vga.dispi);
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
