/** What a PC has to keep things: hard disks and CD drives on IDE, diskette drives, NVMe. */
import {
  Ahci,
  CdUnit,
  type Channel,
  type ChannelWires,
  DiskUnit,
  type Dma,
  dmaPort,
  Floppy,
  type PciBus,
  Piix3Ide,
} from '../devices/index.ts';
import { type Bus, bytewise, type Disk, Drive, type Line, type Port, port, type Reset, type Stateful } from '../machine/index.ts';
import { NvmeSlots, type NvmeSlotWires } from './nvme-slots.ts';

/** What is in the PC's drives. */
export interface Media {
  /** Hard disks on IDE, up to three: the fourth place has the CD drive. */
  readonly disks: readonly Disk[];
  /** In the CD drive. */
  readonly cd: Disk | undefined;
  /** In diskette drives A and B. */
  readonly floppies: readonly Disk[];
  readonly nvme: readonly Disk[];
  /** Hard disks on AHCI, up to six. */
  readonly ahci: readonly Disk[];
  /** Virtio block devices, up to eight. */
  readonly virtio: readonly Disk[];
}

export const noMedia: Media = { disks: [], cd: undefined, floppies: [], ahci: [], nvme: [], virtio: [] };

export interface DriveWires {
  readonly ports: Bus<Port>;
  readonly pci: PciBus;
  readonly dma: Dma;
  wire(irq: number): Line;
  readonly raise: NvmeSlotWires['raise'];
  readonly gone: NvmeSlotWires['gone'];
}

const At = { first: 0x1f0, firstControl: 0x3f6, second: 0x170, secondControl: 0x376, floppy: 0x3f0, floppyChange: 0x3f7 } as const;
const Irq = { floppy: 6, first: 14, second: 15 } as const;
const floppyChannel = 2;
/** Where QEMU's board of that chipset has it; here it is one card among others. */
const ahciSlot = 7;

export interface Drives {
  readonly devices: readonly { reset(kind: Reset): void }[];
  /** All that are there now, by what they are called. */
  readonly all: ReadonlyMap<string, Stateful>;
  readonly nvme: NvmeSlots;
  /** Drives whose medium may be another one, by what they are called: cd, a, b. */
  readonly removable: ReadonlyMap<string, Drive>;
  /** Has the guest no longer find its hard disks on IDE, or find them again. */
  hide(isHidden: boolean): void;
}

export const drivesIn = (media: Media, { ports, pci, dma, wire, raise, gone }: DriveWires): Drives => {
  const cd = new Drive(media.cd);
  const floppies = media.floppies.map((disk) => new Drive(disk));
  const disk = (index: number): ChannelWires['units'][0] => {
    const found = media.disks[index];
    return found && ((host) => new DiskUnit(host, found, { model: 'isola disk', serial: `isola-${index}` }));
  };
  const drive: ChannelWires['units'][0] = (host) => new CdUnit(host, cd, { model: 'isola CD', serial: 'isola-cd' });
  const ide = new Piix3Ide({
    slot: pci.slot(1, 1),
    irqs: [wire(Irq.first), wire(Irq.second)],
    units: [
      [disk(0), disk(1)],
      [drive, disk(2)],
    ],
  });
  const [first, second] = ide.channels;
  mapChannel(ports, first, At.first, At.firstControl, 'first IDE');
  mapChannel(ports, second, At.second, At.secondControl, 'second IDE');
  const channel = dmaPort((peer) => dma.attach(floppyChannel, peer));
  const floppy = new Floppy({ irq: wire(Irq.floppy), dma: channel, drives: floppies });
  // Port 3F6h is the disk's.
  ports.map(port(At.floppy), 6, bytewise(floppy.registers), 'diskettes');
  ports.map(port(At.floppyChange), 1, bytewise(floppy.changeLine), 'diskettes');
  const nvme = new NvmeSlots({ ports, pci, raise, gone }, media.nvme);
  const sata = media.ahci.map(
    (one, index): ChannelWires['units'][0] =>
      (host) =>
        new DiskUnit(host, one, { model: 'isola SATA disk', serial: `isola-sata-${index}` }),
  );
  const ahci = sata.length === 0 ? [] : [new Ahci({ slot: pci.slot(ahciSlot), units: sata })];
  const removable = new Map([['cd', cd], ...floppies.map((one, index) => ['ab'.charAt(index), one] as const)]);
  const fixed = Object.entries({ ide, 'first IDE': first, 'second IDE': second, diskettes: floppy });
  return {
    devices: [ide, first, second, floppy, nvme, ...ahci],
    get all() {
      return new Map<string, Stateful>([...fixed, ...nvme.all, ...ahci.map((one) => ['AHCI', one] as const)]);
    },
    ...{ nvme, removable },
    hide: (isHidden) => {
      for (const index of media.disks.keys()) (index < 2 ? first : second).hide(index < 2 ? index : 1, isHidden);
    },
  };
};

const mapChannel = (ports: Bus<Port>, channel: Channel, command: number, control: number, name: string): void => {
  ports.map(port(command), 8, channel.command, name);
  ports.map(port(control), 1, channel.control, name);
};
