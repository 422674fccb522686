/** NVMe disks on PCI slots of their own, which may be put in and pulled while the system runs. */
import { Nvme, type PciBus, PciHotplug } from '../devices/index.ts';
import { type Bus, type Disk, type Port, port, type Stateful } from '../machine/index.ts';
import { hotplugAt, plugSlots } from './tables.ts';

export interface NvmeSlotWires {
  readonly ports: Bus<Port>;
  readonly pci: PciBus;
  /** A general-purpose event: the system is to look at the slots. */
  readonly raise: () => void;
  /** A disk that was plugged out is nobody's any more. */
  readonly gone: (disk: Disk) => void;
}

interface Plugged {
  readonly card: Nvme;
  readonly disk: Disk;
}

/** What became of a wish to have a disk back. */
export type Leaving = 'none there' | 'asked' | 'asked again';

const [first = 0] = plugSlots;

export class NvmeSlots {
  readonly #wires: NvmeSlotWires;
  readonly #hotplug: PciHotplug;
  /** By the numbers of their slots. */
  readonly #plugged = new Map<number, Plugged>();

  /** With those that are there from the beginning. Throws a RangeError where there are more than slots. */
  constructor(wires: NvmeSlotWires, disks: readonly Disk[]) {
    this.#wires = wires;
    this.#hotplug = new PciHotplug({
      raise: wires.raise,
      eject: (slot) => this.#eject(slot),
      slots: plugSlots.reduce((mask, slot) => mask | (1 << slot), 0) >>> 0,
    });
    wires.ports.map(port(hotplugAt), 16, this.#hotplug.window, 'PCI hotplug');
    for (const disk of disks) if (this.#put(disk) === undefined) throw new RangeError(`there is no slot for ${disks.length} NVMe disks`);
  }

  reset(kind: 'power' | 'bus'): void {
    this.#hotplug.reset(kind);
    for (const { card } of this.#plugged.values()) card.reset(kind);
  }

  /** Puts a disk in, and tells the system. Returns its number, by which its serial number ends; undefined where all slots are taken. */
  plug(disk: Disk): number | undefined {
    const slot = this.#put(disk);
    if (slot === undefined) return undefined;
    this.#hotplug.came(slot);
    return slot - first;
  }

  /** Asks the system to let go of a disk. Then, or at the next reset, it is plugged out. */
  unplug(number: number): Leaving {
    const slot = first + number;
    if (!this.#plugged.has(slot)) return 'none there';
    const leaving = this.#hotplug.isLeaving(slot) ? 'asked again' : 'asked';
    this.#hotplug.shallGo(slot);
    return leaving;
  }

  /** Disks that are in, by their numbers, and whether the system was asked to let go of them. */
  get disks(): ReadonlyMap<number, { readonly disk: Disk; readonly isLeaving: boolean }> {
    return new Map([...this.#plugged].map(([slot, { disk }]) => [slot - first, { disk, isLeaving: this.#hotplug.isLeaving(slot) }]));
  }

  /** The slots, and the cards in them. */
  get all(): readonly (readonly [name: string, device: Stateful])[] {
    return [['PCI hotplug', this.#hotplug], ...[...this.#plugged].map(([slot, { card }]) => [`NVMe ${slot - first}`, card] as const)];
  }

  #put(disk: Disk): number | undefined {
    const slot = plugSlots.find((one) => !this.#plugged.has(one));
    if (slot === undefined) return undefined;
    const label = { model: 'isola NVMe', serial: `isola-nvme-${slot - first}` };
    this.#plugged.set(slot, { disk, card: new Nvme({ slot: this.#wires.pci.slot(slot), disk, label }) });
    return slot;
  }

  #eject(slot: number): void {
    const plugged = this.#plugged.get(slot);
    if (plugged === undefined) return;
    this.#wires.pci.empty(slot);
    this.#plugged.delete(slot);
    this.#wires.gone(plugged.disk);
  }
}
