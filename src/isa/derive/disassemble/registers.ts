/** Names of registers: SDM Vol. 2A, table 2-2 and 3.1.1.1. */

const short = ['ax', 'cx', 'dx', 'bx', 'sp', 'bp', 'si', 'di'];
const low = ['al', 'cl', 'dl', 'bl', 'spl', 'bpl', 'sil', 'dil'];
const high = ['ah', 'ch', 'dh', 'bh'];

/** A general register of 8 to 64 bits. Of a byte without REX, 4 to 7 are the high halves. */
export const generalName = (number: number, w: number, hasRex: boolean): string => {
  if (number >= 8) return `r${number}${{ 8: 'b', 16: 'w', 32: 'd' }[w] ?? ''}`;
  if (w === 8) return (hasRex ? undefined : high[number - 4]) ?? low[number] ?? '';
  return `${{ 32: 'e', 64: 'r' }[w] ?? ''}${short[number]}`;
};

const segments = ['es', 'cs', 'ss', 'ds', 'fs', 'gs'];

/** A segment register; 6 and 7 name none: binutils writes `?`. */
export const segmentName = (number: number): string => segments[number] ?? '?';

export const vectorName = (number: number, bits: number): string => `${bits === 256 ? 'ymm' : 'xmm'}${number}`;
