/** How a PC describes itself to an operating system: its ACPI tables. */
import { type AcpiImage, acpiImage, type PciBus } from '../devices/index.ts';
import type { Bus, Port } from '../machine/index.ts';

/** Ports and interrupt of its power management. */
export const powerAt = { pm1: 0x600, gpe: 0xafe0, smi: 0xb2, sci: 9 } as const;
/** Where slots tell of cards that come and go, by which event, and which slots: what has its place on the board is below. */
export const hotplugAt = 0xae00;
export const plugEvent = 1;
export const plugSlots = Array.from({ length: 24 }, (_, index) => 8 + index);
export const ioApicAt = 0xfec0_0000;
export const hpetAt = 0xfed0_0000;
/** Where PCI devices' memory may be. */
export const pciHole = [0xc000_0000, 0xfebf_ffff] as const;
/** What firmware has the four lines of PCI interrupt by: SeaBIOS 1.16, src/fw/pciinit.c, pci_irqs. */
const pirqs = [10, 10, 11, 11] as const;

/** `serial`: ports and interrupts of those that are there. `processors`: how many, whose local APICs are numbered from 0. */
export const describe = (serial: readonly { readonly at: number; readonly irq: number }[], processors: number): AcpiImage =>
  acpiImage({
    serial: serial.map(({ at, irq }) => ({ port: at, irq })),
    ...{ hasKeyboard: true, hasClock: true, hpetAt, processors: Array.from({ length: processors }, (_, id) => id), ioApicAt, ioApicId: 0 },
    fixed: { ...powerAt, levels: [5, 9, 10, 11] },
    pci: {
      low: pciHole,
      hotplug: { at: hotplugAt, event: plugEvent, slots: plugSlots },
      route: (slot, pin) => {
        const irq = pirqs[(slot + pin + 3) & 3] ?? 11;
        return { pic: irq, apic: irq };
      },
    },
  });

/** Device 1, function 0. */
const isaBridge = 8;
const hostBridge = 0;

/** Has memory behind the adapters read and written: the PAM registers of the host bridge. */
export const showMemory = (pci: PciBus): void => {
  pci.write(hostBridge, 0x59, 0x30, 1);
  for (let at = 0x5a; at <= 0x5f; at++) pci.write(hostBridge, at, 0x33, 1);
};

/** Has PCI's interrupts lead there, as levels: PIRQRC of the ISA bridge, and the second 8259's ELCR. */
export const routePirqs = (pci: PciBus, ports: Bus<Port>): void => {
  // Nor are channels of IDE looked at that firmware has not switched on.
  for (const channel of [0x40, 0x42]) pci.write(isaBridge + 1, channel, 0x8000, 2);
  for (const [index, irq] of pirqs.entries()) pci.write(isaBridge, 0x60 + index, irq, 1);
  ports.write(
    0x4d1,
    pirqs.reduce((mask, irq) => mask | (1 << (irq - 8)), 0),
    1,
  );
};
