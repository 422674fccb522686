/** A PC that has all that ACPI tables can tell of. */
import type { AcpiDescription } from '../acpi/tables.ts';

export const describedPc: AcpiDescription = {
  processors: [0, 1],
  ioApicAt: 0xfec0_0000,
  ioApicId: 0,
  fixed: { pm1: 0x600, gpe: 0x620, smi: 0xb2, sci: 9, levels: [5, 10, 11] },
  serial: [
    { port: 0x3f8, irq: 4 },
    { port: 0x2f8, irq: 3 },
  ],
  ...{ hasKeyboard: true, hasClock: true, hpetAt: 0xfed0_0000, ecamAt: 0xb000_0000 },
  pci: {
    low: [0xc000_0000, 0xfebf_ffff],
    high: [0x80_0000_0000n, 0xff_ffff_ffffn],
    route: (slot, pin) => ({ pic: (slot + pin) & 2 ? 10 : 11, apic: 16 + ((slot + pin) & 3) }),
    hotplug: { at: 0xae00, event: 1, slots: [8, 9, 31] },
  },
};
