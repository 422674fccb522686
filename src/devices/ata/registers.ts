/** Registers of ATA devices: ATA/ATAPI-7 volume 2, 5.6 to 5.15; commands: volume 1, 6. */

export const Status = { busy: 0x80, ready: 0x40, fault: 0x20, seek: 0x10, drq: 0x08, error: 0x01 } as const;
/** What a device is that waits for a command. */
export const idle = Status.ready | Status.seek;

export const ErrorBits = { uncorrectable: 0x40, notFound: 0x10, aborted: 0x04, none: 0x00 } as const;
/** What diagnostics leave in the error register where all is well. */
export const passed = 0x01;

export const DeviceBits = { lba: 0x40, second: 0x10, head: 0x0f, always: 0xa0 } as const;

/** Interrupt reason of PACKET, in the count register: volume 2, 9.11. */
export const Reason = { command: 0x01, in: 0x02 } as const;

/** Of DATA SET MANAGEMENT, in the feature register: what isn't wanted any more. */
export const trim = 0x01;

export const Command = {
  dataSet: 0x06,
  deviceReset: 0x08,
  recalibrate: 0x10,
  read: 0x20,
  readNoRetry: 0x21,
  readExt: 0x24,
  readDmaExt: 0x25,
  nativeMaxExt: 0x27,
  readMultipleExt: 0x29,
  write: 0x30,
  writeNoRetry: 0x31,
  writeExt: 0x34,
  writeDmaExt: 0x35,
  writeMultipleExt: 0x39,
  writeDmaFuaExt: 0x3d,
  verify: 0x40,
  verifyNoRetry: 0x41,
  verifyExt: 0x42,
  seek: 0x70,
  diagnose: 0x90,
  setParameters: 0x91,
  packet: 0xa0,
  identifyPacket: 0xa1,
  readMultiple: 0xc4,
  writeMultiple: 0xc5,
  setMultiple: 0xc6,
  readDma: 0xc8,
  readDmaNoRetry: 0xc9,
  writeDma: 0xca,
  writeDmaNoRetry: 0xcb,
  writeMultipleFuaExt: 0xce,
  standbyNow: 0xe0,
  idleNow: 0xe1,
  standby: 0xe2,
  idle: 0xe3,
  checkPower: 0xe5,
  sleep: 0xe6,
  flush: 0xe7,
  flushExt: 0xea,
  identify: 0xec,
  setFeatures: 0xef,
  nativeMax: 0xf8,
} as const;

/** The same commands as ATA-1 numbered them. */
export const renumbered = new Map<number, number>([
  [0x94, Command.standbyNow],
  [0x95, Command.idleNow],
  [0x96, Command.standby],
  [0x97, Command.idle],
  [0x98, Command.checkPower],
  [0x99, Command.sleep],
]);
