/** A card with a region of each kind, a pin and messages, for tests of what carries it. */
import type { StateOf, Window } from '../../machine/index.ts';
import {
  layoutOf,
  Msi,
  Msix,
  msiCapability,
  msixCapability,
  msixFresh,
  msixSchema,
  PciFunction,
  type Region,
  type Slot,
} from '../pci/index.ts';

const msi = msiCapability(0x40);
const msixPlace = { at: 0x50, vectors: 3, register: 2, table: 0, waiting: 0x800 } as const;

const layout = layoutOf({
  ...{ vendor: 0x1234, device: 0x5678, revision: 9, classCode: 0xff_0000, pin: 1 },
  regions: [
    { register: 0, kind: 'io', bytes: 16 },
    { register: 1, kind: 'memory', bytes: 0x1000 },
    { register: 2, kind: 'memory64', bytes: 0x1000, isPrefetchable: true },
    { register: 'rom', kind: 'memory', bytes: 0x800 },
  ],
  capabilities: [msi, msixCapability(msixPlace)],
});

const schema = { config: layout.field, ...msixSchema(3) };

export class Card extends PciFunction<typeof schema> {
  readonly schema = schema;
  protected state = this.fresh();
  pulls = false;
  readonly #msi: Msi;
  readonly #msix: Msix;

  constructor(slot: Slot) {
    super(slot, layout);
    this.#msi = new Msi(msi, slot.messages);
    this.#msix = new Msix({ place: msixPlace, messages: slot.messages, state: () => this.state, config: () => this.config });
  }

  protected fresh(): StateOf<typeof schema> {
    return { config: layout.fresh.slice(), ...msixFresh(3) };
  }

  protected get config(): Uint8Array {
    return this.state.config;
  }

  protected override get isInterrupting(): boolean {
    return this.pulls;
  }

  pull(isPulling: boolean): void {
    this.pulls = isPulling;
    this.signal();
  }

  message(): void {
    if (this.isMaster && this.#msi.isOn(this.config)) this.#msi.send(this.config);
  }

  raise(vector: number): void {
    this.#msix.raise(vector);
  }

  protected override configured(): void {
    this.#msix.release();
  }

  /** Regions answer their registers' numbers. */
  protected window({ register }: Region): Window {
    if (register === 2)
      return {
        read: (at, bytes) => this.#part(at).read(at & 0x7ff, bytes),
        write: (at, value, bytes) => this.#part(at).write(at & 0x7ff, value, bytes),
      };
    const number = register === 'rom' ? 6 : register;
    return { read: () => number, write: () => {} };
  }

  #part(at: number): Window {
    return at < 0x800 ? this.#msix.table : this.#msix.waiting;
  }
}
