/** An AHCI controller on a board, driven as drivers do. */
import { type Disk, Drive } from '../../machine/index.ts';
import { Ahci } from '../ahci/index.ts';
import { CdUnit, DiskUnit } from '../ata/index.ts';
import { PciBoard } from './pci-board.ts';

/** Where its registers are, and in memory the list of commands, what is received, and the tables of commands. */
export const place = { region: 0xe000_0000, list: 0x1_0000, received: 0x1_1000, table: 0x1_2000 } as const;
const { region, list, received, table } = place;

/** A disk on port 0 and a CD drive on port 1, started as drivers do. */
export class AhciBoard extends PciBoard {
  readonly drive = new Drive();
  readonly ahci: Ahci;

  constructor(disk: Disk) {
    super();
    this.ahci = new Ahci({
      slot: this.bus.slot(4),
      units: [
        (host) => new DiskUnit(host, disk, { model: 'TEST DISK', serial: '42' }),
        (host) => new CdUnit(host, this.drive, { model: 'TEST CD', serial: '43' }),
      ],
    });
    this.writeConfig(4, 0, 0x24, region, 4);
    this.writeConfig(4, 0, 4, 6, 2);
    this.set(4, 0x8000_0002);
    for (const port of [0, 1]) {
      this.setPort(port, 0x00, list + port * 0x400);
      this.setPort(port, 0x08, received + port * 0x100);
      this.setPort(port, 0x18, 0x10);
      this.setPort(port, 0x18, 0x11);
      this.setPort(port, 0x10, 0xffff_ffff);
      this.setPort(port, 0x14, 0xffff_ffff);
    }
    this.set(8, 0xffff_ffff);
  }

  get(offset: number): number {
    return this.addresses.read(region + offset, 4);
  }

  set(offset: number, value: number): void {
    this.addresses.write(region + offset, value, 4);
  }

  getPort(port: number, offset: number): number {
    return this.get(0x100 + 0x80 * port + offset);
  }

  setPort(port: number, offset: number, value: number): void {
    this.set(0x100 + 0x80 * port + offset, value);
  }

  /** Puts a command into a slot, with registers from the command on. */
  put(port: number, slot: number, fis: readonly number[], regions: readonly (readonly [number, number])[], flags = 0): void {
    const { view, bytes } = this.ram;
    const [header, at] = [list + port * 0x400 + 32 * slot, table + slot * 0x200];
    view.setUint32(header, 5 | flags | (regions.length << 16), true);
    view.setUint32(header + 4, 0, true);
    view.setUint32(header + 8, at, true);
    bytes.fill(0, at, at + 64);
    bytes.set([0x27, 0x80, ...fis], at);
    for (const [index, [place, count]] of regions.entries()) {
      view.setUint32(at + 0x80 + 16 * index, place, true);
      view.setUint32(at + 0x8c + 16 * index, count - 1, true);
    }
  }

  packet(packet: readonly number[], regions: readonly (readonly [number, number])[]): void {
    this.ram.bytes.fill(0, table + 0x40, table + 0x50);
    this.ram.bytes.set(packet, table + 0x40);
    this.put(1, 0, [0xa0, 1, 0, 0, 0, 0], regions, 0x20);
    this.setPort(1, 0x38, 1);
  }
}

/** Registers of a command that has 48 bits of address. */
export const lba48 = (command: number, lba: number, count: number): readonly number[] => [
  command,
  0,
  lba & 0xff,
  (lba >> 8) & 0xff,
  lba >> 16,
  0x40,
  0,
  0,
  0,
  0,
  count & 0xff,
  count >> 8,
];
