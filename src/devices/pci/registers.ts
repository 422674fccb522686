/** Configuration space of a type-0 function: PCI Local Bus 3.0, 6.1 and 6.2. */

export const Config = {
  vendor: 0x00,
  device: 0x02,
  command: 0x04,
  status: 0x06,
  revision: 0x08,
  class: 0x09,
  cacheLine: 0x0c,
  latency: 0x0d,
  header: 0x0e,
  regions: 0x10,
  subsystemVendor: 0x2c,
  subsystem: 0x2e,
  rom: 0x30,
  capabilities: 0x34,
  line: 0x3c,
  pin: 0x3d,
} as const;

export const configBytes = 256;

export const Command = { io: 0x0001, memory: 0x0002, master: 0x0004, parity: 0x0040, systemError: 0x0100, pinOff: 0x0400 } as const;
export const Status = { interrupt: 0x0008, capabilities: 0x0010, errors: 0xf900, mediumDecode: 0x0200 } as const;
export const RegionBits = { io: 0x1, memory64: 0x4, prefetchable: 0x8, romOn: 0x1 } as const;
export const CapabilityId = { msi: 0x05, vendor: 0x09, msix: 0x11 } as const;
