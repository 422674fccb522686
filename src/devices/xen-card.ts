/** Xen's platform card, by which a guest's kernel finds room for the pages that it shares with Xen: docs/misc/hvm-emulated-unplug.pandoc of Xen 4.17, and QEMU's hw/i386/xen/xen_platform.c. */
import { type StateOf, undriven, type Window } from '../machine/index.ts';
import { layoutOf, PciFunction, type Slot } from './pci/index.ts';

const schemaFor = (bytes: number) => {
  const layout = layoutOf({
    ...{ vendor: 0x5853, device: 0x0001, revision: 1, classCode: 0xff_8000, subsystem: [0x5853, 0x0001], pin: 1 },
    regions: [
      { register: 0, kind: 'io', bytes: 256 },
      { register: 1, kind: 'memory', bytes, isPrefetchable: true },
    ],
  });
  return { layout, schema: { config: layout.field } };
};
type Schema = ReturnType<typeof schemaFor>['schema'];

export interface XenCardWires {
  readonly slot: Slot;
  /** Its memory, which is memory of the machine: a power of two. */
  readonly bytes: number;
  /** That comes to lie there, or nowhere. */
  readonly place: (at: number | undefined) => void;
}

export class XenCard extends PciFunction<Schema> {
  readonly schema: Schema;
  protected state: StateOf<Schema>;

  constructor({ slot, bytes, place }: XenCardWires) {
    const { layout, schema } = schemaFor(bytes);
    super({ ...slot, place: (region, at, answer) => (region.kind === 'io' ? slot.place(region, at, answer) : place(at)) }, layout);
    this.schema = schema;
    this.state = this.fresh();
  }

  protected fresh(): StateOf<Schema> {
    return { config: this.layout.fresh.slice() };
  }

  protected get config(): Uint8Array {
    return this.state.config;
  }

  /** Kernels want its ports to be there, and do nothing with them. */
  protected window(): Window {
    return { read: (_, bytes) => undriven(bytes), write: () => {} };
  }
}
