/** NVM Express base specification 1.4: registers (3.1), commands (5 and 6), status (4.6.1). */

export const Register = {
  cap: 0x00,
  capHigh: 0x04,
  version: 0x08,
  maskSet: 0x0c,
  maskClear: 0x10,
  cc: 0x14,
  csts: 0x1c,
  aqa: 0x24,
  asq: 0x28,
  asqHigh: 0x2c,
  acq: 0x30,
  acqHigh: 0x34,
} as const;
export const doorbells = 0x1000;
export const version = 0x0001_0400;

/** Queues of I/O, beside the one of administration; each completion queue may have a vector. */
export const mostQueues = 17;
export const mostEntries = 1024;
export const pageBytes = 4096;
/** 3.1.1: entries, contiguous queues, 7.5 s until it is ready; the NVM command set, pages of 4 KiB alone. */
export const cap = { low: 0x0f00_0000 | 0x1_0000 | (mostEntries - 1), high: 0x20 } as const;

export const Cc = { enable: 0x01, commandSet: 0x70, pageSize: 0x780, shutdown: 0xc000, kept: 0x00ff_fff1 } as const;
export const Csts = { ready: 0x1, fatal: 0x2, shutdown: 0xc, shutdownDone: 0x8 } as const;

export const Admin = {
  deleteSubmission: 0x00,
  createSubmission: 0x01,
  getLogPage: 0x02,
  deleteCompletion: 0x04,
  createCompletion: 0x05,
  identify: 0x06,
  abort: 0x08,
  setFeatures: 0x09,
  getFeatures: 0x0a,
  awaitEvent: 0x0c,
} as const;

export const Io = { flush: 0x00, write: 0x01, read: 0x02, writeZeroes: 0x08, manage: 0x09 } as const;

/** The type is the upper byte. */
export const Status = {
  success: 0x000,
  invalidOpcode: 0x001,
  invalidField: 0x002,
  aborted: 0x007,
  invalidNamespace: 0x00b,
  invalidOffset: 0x013,
  writeProtected: 0x020,
  outOfRange: 0x080,
  invalidCompletionQueue: 0x100,
  invalidQueue: 0x101,
  invalidQueueSize: 0x102,
  tooManyEvents: 0x105,
  invalidVector: 0x108,
  invalidLogPage: 0x109,
  invalidDeletion: 0x10c,
  notSaveable: 0x10d,
  writeFault: 0x280,
  unreadable: 0x281,
} as const;

export const Feature = {
  arbitration: 0x01,
  power: 0x02,
  temperature: 0x04,
  recovery: 0x05,
  writeCache: 0x06,
  queues: 0x07,
  coalescing: 0x08,
  vector: 0x09,
  atomicity: 0x0a,
  events: 0x0b,
} as const;

/** Offsets in a command: 4.2. */
export const Field = { opcode: 0, id: 2, namespace: 4, prp1: 24, prp2: 32, dw10: 40, dw11: 44, dw12: 48, dw13: 52 } as const;
export const commandBytes = 64;
export const completionBytes = 16;
/** The largest transfer: so many pages, as a power of two. */
export const largest = 7;
export const largestBytes = pageBytes << largest;
export const allNamespaces = 0xffff_ffff;
