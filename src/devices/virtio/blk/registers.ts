/** Block device: VIRTIO 1.3, 5.2. */

export const Feature = {
  segmentMax: 2,
  readOnly: 5,
  blockSize: 6,
  flush: 9,
  configCache: 11,
  discard: 13,
  writeZeroes: 14,
} as const;

/** Of its configuration: 5.2.4. */
export const Config = {
  capacity: 0,
  segmentMax: 12,
  blockSize: 20,
  writeBack: 32,
  discardSectors: 36,
  discardRanges: 40,
  discardAlignment: 44,
  zeroSectors: 48,
  zeroRanges: 52,
  zeroUnmaps: 56,
} as const;
export const configBytes = 60;

/** 5.2.6: what a request is, from which sector on, and behind its data what became of it. */
export const Request = { read: 0, write: 1, flush: 4, id: 8, discard: 11, writeZeroes: 13 } as const;
export const requestBytes = 16;
export const Outcome = { ok: 0, error: 1, unsupported: 2 } as const;
export const idBytes = 20;

/** Ranges of discards and of zeroes: first sector, count, flags. */
export const rangeBytes = 16;
export const RangeFlag = { unmap: 0x1 } as const;
export const mostRanges = 16;

/** Pieces of a request's data. */
export const mostSegments = 128;
/**
 * Of a request, or of a range of zeroes: many times what systems ask for. How many a piece may have isn't told: SeaBIOS 1.16 multiplies that by the
 * number of pieces in 16 bits (src/hw/virtio-blk.c), and would read nothing, for ever.
 */
export const mostBytes = 32 * 1024 * 1024;
/** Moved at a time. */
export const moveBytes = 256 * 1024;
