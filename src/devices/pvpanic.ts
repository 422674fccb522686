/** QEMU's pvpanic as a PCI function, by which a guest's kernel says that it has panicked: docs/specs/pvpanic.rst. */
import type { StateOf, Window } from '../machine/index.ts';
import { layoutOf, PciFunction, type Slot } from './pci/index.ts';

/** What may be said. Where another kernel takes over after a panic (kdump), nothing is. */
const panicked = 0x01;

const layout = layoutOf({
  ...{ vendor: 0x1b36, device: 0x11, revision: 1, classCode: 0x08_8000 },
  regions: [{ register: 0, kind: 'memory', bytes: 16 }],
});

const schema = { config: layout.field };

export interface PvpanicWires {
  readonly slot: Slot;
  /** Its kernel has panicked, and goes on as it was told to do then. */
  readonly panicked: () => void;
}

export class Pvpanic extends PciFunction<typeof schema> {
  readonly schema = schema;
  protected state = this.fresh();
  readonly #panicked: () => void;

  constructor({ slot, panicked }: PvpanicWires) {
    super(slot, layout);
    this.#panicked = panicked;
  }

  protected fresh(): StateOf<typeof schema> {
    return { config: layout.fresh.slice() };
  }

  protected get config(): Uint8Array {
    return this.state.config;
  }

  protected window(): Window {
    return {
      read: (offset) => (offset === 0 ? panicked : 0),
      write: (offset, value) => {
        if (offset === 0 && (value & panicked) !== 0) this.#panicked();
      },
    };
  }
}
