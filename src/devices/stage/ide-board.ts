/** Two channels of IDE on a board, driven as guests drive them. */
import { type Disk, Drive, port } from '../../machine/index.ts';
import { CdUnit, DiskUnit } from '../ata/index.ts';
import { Piix3Ide } from '../ide/index.ts';
import { MemoryDisk } from './memory-disk.ts';
import { PciBoard } from './pci-board.ts';

export const busMaster = 0xc000;

/** A disk as device 0 and a CD drive as device 1 of the first channel; nothing on the second. */
export class IdeBoard extends PciBoard {
  readonly drive = new Drive();
  readonly ide: Piix3Ide;

  constructor(disk: Disk = new MemoryDisk(0x20_0000).number()) {
    super();
    this.ide = new Piix3Ide({
      slot: this.bus.slot(1, 1),
      irqs: [this.irqs[14] ?? never(), this.irqs[15] ?? never()],
      units: [
        [
          (host) => new DiskUnit(host, disk, { model: 'TEST DISK', serial: '42' }),
          (host) => new CdUnit(host, this.drive, { model: 'TEST CD', serial: '43' }),
        ],
        [undefined, undefined],
      ],
    });
    for (const [index, at] of [0x1f0, 0x170].entries()) {
      this.ports.map(port(at), 8, this.ide.channels[index]?.command ?? never());
      this.ports.map(port(at + 0x206), 1, this.ide.channels[index]?.control ?? never());
    }
    this.writeConfig(1, 1, 0x20, busMaster, 4);
    this.writeConfig(1, 1, 4, 5, 2);
  }

  get isInterrupting(): boolean {
    return this.irqs[14]?.isHigh ?? never();
  }

  /** Registers from the feature on, then a command. */
  command(command: number, { feature = 0, count = 0, low = 0, mid = 0, high = 0, device = 0xe0 } = {}): void {
    this.ports.write(0x1f6, device, 1);
    for (const [index, value] of [feature, count, low, mid, high].entries()) this.ports.write(0x1f1 + index, value, 1);
    this.ports.write(0x1f7, command, 1);
  }

  get status(): number {
    return this.ports.read(0x1f7, 1);
  }

  in(bytes: number): Uint8Array {
    const data = new DataView(new ArrayBuffer(bytes + 1));
    for (let at = 0; at < bytes; at += 2) data.setUint16(at, this.ports.read(0x1f0, 2), true);
    return new Uint8Array(data.buffer.slice(0, bytes));
  }

  out(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += 2) this.ports.write(0x1f0, (bytes[at] ?? 0) + (bytes[at + 1] ?? 0) * 256, 2);
  }

  /** A packet to the CD drive, and a whole block of what it answers; none where it ends at once. */
  packet(bytes: readonly number[], limit = 0xfffe): Uint8Array {
    this.command(0xa0, { mid: limit & 0xff, high: limit >> 8, device: 0xb0 });
    const packet = new Uint8Array(12);
    packet.set(bytes);
    this.out(packet);
    return this.block();
  }

  block(): Uint8Array {
    return (this.status & 8) === 0 ? new Uint8Array(0) : this.in(this.ports.read(0x1f4, 1) + this.ports.read(0x1f5, 1) * 256);
  }

  /** Places in memory for the bus master, and its start. */
  move(isIn: boolean, parts: readonly (readonly [at: number, bytes: number])[]): void {
    for (const [index, [at, bytes]] of parts.entries()) {
      this.ram.view.setUint32(0x1000 + 8 * index, at, true);
      this.ram.view.setUint32(0x1004 + 8 * index, (bytes & 0xffff) + (index === parts.length - 1 ? 0x8000_0000 : 0), true);
    }
    this.ports.write(busMaster + 4, 0x1000, 4);
    this.ports.write(busMaster + 2, 6, 1);
    this.ports.write(busMaster, isIn ? 9 : 1, 1);
  }
}

const never = (): never => {
  throw new Error('the board lacks something');
};
