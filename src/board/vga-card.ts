/** The VGA as a PCI card: its video memory is memory of the machine, and comes to lie where the guest wants the frame buffer. */
import type { Area, Ram } from '../cpu/index.ts';
import { layoutOf, PciFunction, type Region, type Slot, type Vga, vgaCard } from '../devices/index.ts';
import type { StateOf, Window } from '../machine/index.ts';

export interface VgaCardWires {
  readonly slot: Slot;
  readonly ram: Ram;
  readonly video: Area;
  readonly vga: Vga;
}

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

  constructor({ slot, ram, video, vga }: VgaCardWires) {
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
