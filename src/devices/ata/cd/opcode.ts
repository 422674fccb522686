/** Packet commands: MMC-5, chapter 6. */
export const Opcode = {
  testUnitReady: 0x00,
  requestSense: 0x03,
  inquiry: 0x12,
  startStop: 0x1b,
  preventRemoval: 0x1e,
  readCapacity: 0x25,
  read10: 0x28,
  seek10: 0x2b,
  readSubChannel: 0x42,
  readToc: 0x43,
  getConfiguration: 0x46,
  getEvent: 0x4a,
  stopPlay: 0x4e,
  readDiscInformation: 0x51,
  modeSense10: 0x5a,
  read12: 0xa8,
  setSpeed: 0xbb,
  mechanismStatus: 0xbd,
  readCd: 0xbe,
  readCdMsf: 0xb9,
} as const;

/** Which need no medium; they don't tell either that it was changed: SPC-3, 5.3 and MMC-5, 4.1.6. */
export const withoutMedium: ReadonlySet<number> = new Set([
  Opcode.requestSense,
  Opcode.inquiry,
  Opcode.startStop,
  Opcode.preventRemoval,
  Opcode.getConfiguration,
  Opcode.getEvent,
  Opcode.modeSense10,
  Opcode.setSpeed,
  Opcode.mechanismStatus,
  Opcode.stopPlay,
]);
