/** Ports by which a guest's kernel finds that disks of its own kind are there, and has the emulated ones gone: docs/misc/hvm-emulated-unplug.pandoc of Xen 4.17. */
import { Device, type StateOf, u16, u32, type Window } from '../../machine/index.ts';

export const unplugAt = { first: 0x10, count: 4 } as const;
/** By offset and width: what is read, and what is written. */
const Port = { magic: 0, protocol: 2 } as const;
const magic = 0x49d2;
/** Of the protocol. */
const version = 1;
/** Which are gone then: hard disks of IDE. */
const ideDisks = 0x1;

const schema = {
  /** Which were asked to be gone. */
  gone: u16,
  product: u16,
  build: u32,
};

export interface UnplugWires {
  /** Whether the emulated disks that are the guest's own, too, are hidden from it. */
  readonly hide: (isHidden: boolean) => void;
  /** What a kernel says before it has a console. */
  readonly note: ((byte: number) => void) | undefined;
}

export class Unplug extends Device<typeof schema> implements Window {
  readonly schema = schema;
  protected state: StateOf<typeof schema> = this.fresh();
  readonly #wires: UnplugWires;

  constructor(wires: UnplugWires) {
    super();
    this.#wires = wires;
  }

  protected fresh(): StateOf<typeof schema> {
    return { gone: 0, product: 0, build: 0 };
  }

  protected override settle(): void {
    this.#wires.hide((this.state.gone & ideDisks) !== 0);
  }

  read(offset: number, bytes: number): number {
    if (offset === Port.magic && bytes === 2) return magic;
    if (offset === Port.protocol && bytes === 1) return version;
    return offset === Port.magic && bytes === 1 ? 0 : 2 ** (8 * bytes) - 1;
  }

  write(offset: number, value: number, bytes: number): void {
    const { state } = this;
    if (offset === Port.magic && bytes === 2) state.gone |= value;
    else if (offset === Port.magic && bytes === 4) state.build = value;
    else if (offset === Port.protocol && bytes === 2) state.product = value;
    else if (offset === Port.protocol && bytes === 1) this.#wires.note?.(value);
    this.settle();
  }
}
