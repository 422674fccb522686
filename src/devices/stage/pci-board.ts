/** As much of a board as PCI functions need, reached as guests reach it: through the ports. */
import { Bus, type Gpa, type Port, port, type Width } from '../../machine/index.ts';
import { HostBridge, IsaBridge, PciBus } from '../pci/index.ts';
import { Probe } from './probe.ts';
import { Ram } from './ram.ts';

export class PciBoard {
  readonly ports = new Bus<Port>();
  readonly addresses = new Bus<Gpa>();
  readonly ram = new Ram(1 << 20);
  readonly messages: { at: number; data: number }[] = [];
  readonly bus = new PciBus({
    ports: this.ports,
    addresses: this.addresses,
    memory: this.ram,
    messages: { send: (at, data) => void this.messages.push({ at, data }) },
  });
  readonly irqs = Array.from({ length: 16 }, () => new Probe());
  readonly resets: string[] = [];
  /** What was told of each part of memory, the last of each. */
  readonly shadow = new Map<number, string>();
  management = '';
  readonly isa = new IsaBridge({ bus: this.bus, irqs: this.irqs, reset: (what) => void this.resets.push(what) });
  readonly host = new HostBridge({
    bus: this.bus,
    shadow: {
      cover: (from, _bytes, reads, writes) => void this.shadow.set(from, `${reads ? 'r' : '-'}${writes ? 'w' : '-'}`),
      management: (where) => {
        this.management = where;
      },
    },
    resetControl: this.isa.resetControl,
  });

  constructor() {
    this.ports.map(port(0xcf8), 8, this.host.ports);
  }

  readConfig(device: number, number: number, at: number, bytes: Width): number {
    this.ports.write(0xcf8, 0x8000_0000 + device * 0x800 + number * 0x100 + (at & 0xfc), 4);
    return this.ports.read(0xcfc + (at & 3), bytes);
  }

  writeConfig(device: number, number: number, at: number, value: number, bytes: Width): void {
    this.ports.write(0xcf8, 0x8000_0000 + device * 0x800 + number * 0x100 + (at & 0xfc), 4);
    this.ports.write(0xcfc + (at & 3), value, bytes);
  }
}
