/** Requests to a disk, as a guest of either width has them: xen/include/public/io/blkif.h. */

/** BLKIF_OP_*. */
export const Op = { read: 0, write: 1, barrier: 2, flush: 3, discard: 5, indirect: 6 } as const;
/** BLKIF_RSP_*. */
export const Outcome = { okay: 0, error: -1, unsupported: -2 } as const;

/** Segments of one request; and of one whose segments are in pages of their own, as many as eight of those have. */
export const mostSegments = 11;
export const mostIndirect = 256;
export const segmentBytes = 8;
/** Sectors that a page has, and a segment at most. */
export const pageSectors = 8;

export interface BlockLayout {
  /** Of a request, or of the answer in its place. */
  readonly bytes: number;
  readonly id: number;
  readonly sector: number;
  readonly segments: number;
  /** Of one that discards: how many sectors. */
  readonly count: number;
  /** Where pages of segments are. */
  readonly pages: number;
  readonly answerBytes: number;
}

export const layouts: Readonly<Record<string, BlockLayout>> = {
  'x86_64-abi': { bytes: 112, id: 8, sector: 16, segments: 24, count: 24, pages: 28, answerBytes: 16 },
  'x86_32-abi': { bytes: 108, id: 4, sector: 12, segments: 20, count: 20, pages: 24, answerBytes: 12 },
};
export const mostRequestBytes = 112;
