/** Intel ICH9's AHCI controller, 8086:2922: Serial ATA AHCI 1.3.1. */
import { part, type StateOf, type Width, type Window } from '../../machine/index.ts';
import type { Unit, UnitHost } from '../ata/index.ts';
import { layoutOf, Msi, msiCapability, PciFunction, type Slot } from '../pci/index.ts';
import { AhciPort } from './port.ts';
import { cap, firstPort, Ghc, Host, mostPorts, portBytes, version } from './registers.ts';
import { ahciSchema, freshPort } from './state.ts';

export interface AhciWires {
  readonly slot: Slot;
  /** Of each port, up to six. */
  readonly units: readonly (((host: UnitHost) => Unit) | undefined)[];
}

const msi = msiCapability(0x80);

const layout = layoutOf({
  ...{ vendor: 0x8086, device: 0x2922, revision: 2, classCode: 0x01_0601, pin: 1 },
  regions: [{ register: 5, kind: 'memory', bytes: 0x1000 }],
  capabilities: [msi],
});

const schema = { config: layout.field, ahci: part(ahciSchema) };

export class Ahci extends PciFunction<typeof schema> {
  readonly schema = schema;
  protected state: StateOf<typeof schema>;
  readonly #ports: readonly AhciPort[];
  readonly #msi: Msi;

  constructor({ slot, units }: AhciWires) {
    super(slot, layout);
    if (units.length > mostPorts) throw new RangeError(`${units.length} are more than ${mostPorts} ports`);
    this.#msi = new Msi(msi, slot.messages);
    this.#ports = Array.from(
      { length: mostPorts },
      (_, index) =>
        new AhciPort({
          ...{ memory: slot.memory, unit: units[index] },
          state: () => this.#portState(index),
          isMaster: () => this.isMaster,
        }),
    );
    this.state = this.fresh();
  }

  protected fresh(): StateOf<typeof schema> {
    return { config: layout.fresh.slice(), ahci: { ghc: Ghc.ahci, is: 0, ports: this.#ports.map(({ unit }) => freshPort(unit?.fresh())) } };
  }

  protected get config(): Uint8Array {
    return this.state.config;
  }

  protected override get isInterrupting(): boolean {
    const { ghc, is } = this.state.ahci;
    return (ghc & Ghc.interrupts) !== 0 && is !== 0 && !this.#msi.isOn(this.config);
  }

  protected window(): Window {
    return {
      read: (offset, bytes) => {
        let value = 0;
        for (let index = 0; index < bytes; index++)
          value += ((this.#read((offset + index) & ~3) >>> (8 * ((offset + index) & 3))) & 0xff) * 2 ** (8 * index);
        return value;
      },
      write: (offset, value, bytes) => this.#write(offset, value, bytes),
    };
  }

  #portState(index: number) {
    return this.state.ahci.ports[index] ?? freshPort();
  }

  #read(offset: number): number {
    const { ahci } = this.state;
    if (offset >= firstPort) return this.#ports[Math.floor((offset - firstPort) / portBytes)]?.read((offset - firstPort) % portBytes) ?? 0;
    switch (offset) {
      case Host.cap:
        return cap + mostPorts - 1;
      case Host.ghc:
        return ahci.ghc;
      case Host.is:
        return ahci.is;
      case Host.ports:
        return (1 << mostPorts) - 1;
      case Host.version:
        return version;
      default:
        return 0;
    }
  }

  /** Whole registers alone: 3. */
  #write(offset: number, value: number, bytes: Width): void {
    if (bytes !== 4 || offset % 4 !== 0) return;
    const { ahci } = this.state;
    if (offset >= firstPort) this.#ports[Math.floor((offset - firstPort) / portBytes)]?.write((offset - firstPort) % portBytes, value);
    else if (offset === Host.is) ahci.is = (ahci.is & ~value) >>> 0;
    else if (offset === Host.ghc) this.#configure(value);
    this.#tell();
  }

  /** A reset of the controller keeps what was built into it: 10.4.3. */
  #configure(value: number): void {
    const { ahci } = this.state;
    if ((value & Ghc.reset) === 0) ahci.ghc = (Ghc.ahci | (value & Ghc.interrupts)) >>> 0;
    else Object.assign(this.state.ahci, this.fresh().ahci);
  }

  /** A port whose enabled causes are there is one of the controller's; a message goes for each that comes. */
  #tell(): void {
    const { ahci } = this.state;
    const before = ahci.is;
    for (const [index, { is, ie }] of ahci.ports.entries()) if ((is & ie) !== 0) ahci.is = (ahci.is | (1 << index)) >>> 0;
    if ((ahci.is & ~before) !== 0 && (ahci.ghc & Ghc.interrupts) !== 0 && this.isMaster && this.#msi.isOn(this.config))
      this.#msi.send(this.config);
    this.signal();
  }
}
