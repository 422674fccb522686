/** Intel 82077AA data sheet, 290166: registers of a PC/AT (2.1), commands and status bytes (5 and 6). */

/** The port between the last two belongs to IDE. */
export const Register = { outputs: 2, tape: 3, status: 4, data: 5, change: 7 } as const;

export const Outputs = { drive: 0x03, notReset: 0x04, dma: 0x08, motor: 0x10 } as const;
export const Msr = { busy: 0x10, nonDma: 0x20, out: 0x40, ready: 0x80 } as const;
export const Dsr = { rate: 0x03, reset: 0x80 } as const;
export const change = 0x80;

export const St0 = { abnormal: 0x40, invalid: 0x80, polled: 0xc0, seekEnd: 0x20, equipment: 0x10 } as const;
export const St1 = { end: 0x80, data: 0x20, overrun: 0x10, noData: 0x04, protected: 0x02, noMark: 0x01 } as const;
export const St2 = { control: 0x40, data: 0x20, wrongCylinder: 0x10, equal: 0x08, unequal: 0x04 } as const;
export const St3 = { protected: 0x40, track0: 0x10, always: 0x28 } as const;

export const Configure = { impliedSeek: 0x40, noPoll: 0x10, fresh: 0x20 } as const;
export const Specify = { nonDma: 0x01 } as const;
export const Flag = { multiTrack: 0x80, skip: 0x20 } as const;

/** The lower five bits. */
export const Command = {
  readTrack: 0x02,
  specify: 0x03,
  senseDrive: 0x04,
  write: 0x05,
  read: 0x06,
  recalibrate: 0x07,
  senseInterrupt: 0x08,
  writeDeleted: 0x09,
  readId: 0x0a,
  readDeleted: 0x0c,
  format: 0x0d,
  dump: 0x0e,
  seek: 0x0f,
  version: 0x10,
  scanEqual: 0x11,
  perpendicular: 0x12,
  configure: 0x13,
  lock: 0x14,
  verify: 0x16,
  scanLow: 0x19,
  scanHigh: 0x1d,
} as const;

/** With the command byte. What isn't here is invalid, and one byte. */
export const lengths = new Map<number, number>([
  [Command.readTrack, 9],
  [Command.specify, 3],
  [Command.senseDrive, 2],
  [Command.write, 9],
  [Command.read, 9],
  [Command.recalibrate, 2],
  [Command.writeDeleted, 9],
  [Command.readId, 2],
  [Command.readDeleted, 9],
  [Command.format, 6],
  [Command.seek, 3],
  [Command.scanEqual, 9],
  [Command.perpendicular, 2],
  [Command.configure, 4],
  [Command.verify, 9],
  [Command.scanLow, 9],
  [Command.scanHigh, 9],
]);
