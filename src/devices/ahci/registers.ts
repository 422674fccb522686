/** Serial ATA AHCI 1.3.1: registers of the controller (3.1) and of a port (3.3), and structures in memory (4.2). */

export const mostPorts = 6;
export const slots = 32;
export const portBytes = 0x80;
export const firstPort = 0x100;

export const Host = { cap: 0x00, ghc: 0x04, is: 0x08, ports: 0x0c, version: 0x10 } as const;
/** Addresses of 64 bits, 1.5 Gb/s, AHCI alone, 32 slots. */
export const cap = 0x8000_0000 + 0x10_0000 + 0x4_0000 + ((slots - 1) << 8);
export const version = 0x0001_0301;
export const Ghc = { reset: 0x1, interrupts: 0x2, ahci: 0x8000_0000 } as const;

export const Port = {
  list: 0x00,
  listHigh: 0x04,
  received: 0x08,
  receivedHigh: 0x0c,
  is: 0x10,
  ie: 0x14,
  command: 0x18,
  taskFile: 0x20,
  signature: 0x24,
  link: 0x28,
  control: 0x2c,
  error: 0x30,
  issue: 0x38,
} as const;
/** PxIS. */
export const Is = { toHost: 0x1, pioSetup: 0x2, connect: 0x40, taskFile: 0x4000_0000 } as const;
export const Cmd = {
  start: 0x1,
  spinUp: 0x2,
  power: 0x4,
  override: 0x8,
  receive: 0x10,
  receiving: 0x4000,
  running: 0x8000,
  atapi: 0x100_0000,
  kept: 0x0b00_0017,
} as const;
/** A device is there, at 1.5 Gb/s, active. */
export const linked = 0x113;
export const Control = { detection: 0x0f, reset: 0x01, kept: 0xfff } as const;
/** Exchanged: PxSERR. */
export const exchanged = 0x400_0000;

/** FISes: Serial ATA 3.1, 10.5. */
export const Fis = { toDevice: 0x27, toHost: 0x34, pioSetup: 0x5f, bytes: 20, interrupt: 0x40, isCommand: 0x80 } as const;
/** Where they are received. */
export const Received = { pioSetup: 0x20, toHost: 0x40 } as const;
/** In the first word of a command's header. */
export const Header = { bytes: 32, isPacket: 0x20, isWrite: 0x40 } as const;
export const Table = { packet: 0x40, regions: 0x80, regionBytes: 16 } as const;
