/** A host bridge that does nothing but be there: QEMU's generic one, docs/specs/pci-ids.rst. The four lines of PCI's interrupts lead where its owner says. */
import { type Line, type StateOf, u32, type Window } from '../../machine/index.ts';
import type { PciBus, PirqRouter } from './bus.ts';
import { PciFunction } from './function.ts';
import { layoutOf } from './layout.ts';
import { mechanism } from './mechanism.ts';

export interface PlainBridgeWires {
  readonly bus: PciBus;
  /** PIRQA to PIRQD. */
  readonly inputs: readonly Line[];
}

const layout = layoutOf({ vendor: 0x1b36, device: 0x0008, revision: 0, classCode: 0x06_0000 });

const schema = { config: layout.field, address: u32 };

export class PlainBridge extends PciFunction<typeof schema> implements PirqRouter {
  readonly schema = schema;
  protected state = this.fresh();
  readonly #inputs: readonly Line[];
  /** CF8h to CFFh. */
  readonly ports: Window;

  constructor({ bus, inputs }: PlainBridgeWires) {
    super(bus.slot(0), layout);
    this.#inputs = inputs;
    this.ports = mechanism({ bus, kept: () => this.state });
    bus.router = this;
  }

  protected fresh(): StateOf<typeof schema> {
    return { config: layout.fresh.slice(), address: 0 };
  }

  protected get config(): Uint8Array {
    return this.state.config;
  }

  protected window(): Window {
    throw new Error('the host bridge has no regions');
  }

  pirq(number: number, isHigh: boolean): void {
    this.#inputs[number]?.set(isHigh);
  }
}
