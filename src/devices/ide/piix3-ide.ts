/** Intel 82371SB (PIIX3), function 1: two channels of IDE and their bus masters. Intel 290550-002, 2.3. */
import { bytewise, type Line, part, type StateOf, type Window } from '../../machine/index.ts';
import { layoutOf, PciFunction, type Slot } from '../pci/index.ts';
import { BusMaster, busMasterSchema } from './bus-master.ts';
import { Channel, type ChannelWires } from './channel.ts';

export interface Piix3IdeWires {
  readonly slot: Slot;
  /** Lines 14 and 15. */
  readonly irqs: readonly [Line, Line];
  /** Of each channel. */
  readonly units: readonly [ChannelWires['units'], ChannelWires['units']];
}

const layout = layoutOf({
  ...{ vendor: 0x8086, device: 0x7010, revision: 0, classCode: 0x01_0180 },
  regions: [{ register: 4, kind: 'io', bytes: 16 }],
  // IDETIM of both channels and SIDETIM: times that nothing depends on. The channels answer whether they are decoded or not, as on QEMU's board.
  own: [0x40, 0x41, 0x42, 0x43, 0x44].map((at) => [at, 0, 0xff] as const),
});

const schema = { config: layout.field, first: part(busMasterSchema), second: part(busMasterSchema) };

/** The channels are devices of their own, with ports that the board gives them. */
export class Piix3Ide extends PciFunction<typeof schema> {
  readonly schema = schema;
  protected state = this.fresh();
  readonly channels: readonly [Channel, Channel];
  readonly #masters: readonly [BusMaster, BusMaster];

  constructor({ slot, irqs, units }: Piix3IdeWires) {
    super(slot, layout);
    const master = (index: 0 | 1): BusMaster =>
      new BusMaster({
        memory: slot.memory,
        state: () => (index === 0 ? this.state.first : this.state.second),
        isAllowed: () => this.isMaster,
        moving: () => this.channels[index].moving,
      });
    const channel = (index: 0 | 1): Channel =>
      new Channel({
        irq: irqs[index],
        units: units[index],
        mover: { requested: () => this.#masters[index].run(), interrupted: () => this.#masters[index].interrupted() },
      });
    this.#masters = [master(0), master(1)];
    this.channels = [channel(0), channel(1)];
  }

  protected fresh(): StateOf<typeof schema> {
    const idle = { command: 0, status: 0, table: 0 };
    return { config: layout.fresh.slice(), first: { ...idle }, second: { ...idle } };
  }

  protected get config(): Uint8Array {
    return this.state.config;
  }

  protected window(): Window {
    return bytewise({
      read: (offset) => this.#masters[offset < 8 ? 0 : 1].read(offset & 7),
      write: (offset, value) => this.#masters[offset < 8 ? 0 : 1].write(offset & 7, value),
    });
  }
}
