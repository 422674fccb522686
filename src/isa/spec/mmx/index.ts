import { belonging, ofMmx } from '../belonging.ts';
import { mmxConvert } from './convert.ts';
import { mmxInteger } from './integer.ts';
import { mmxMove } from './move.ts';

/** Instructions of MMX, and those that came with SSE to SSSE3 for its registers. */
export const mmx = belonging({ mmxMove, mmxInteger, mmxConvert } as const, ofMmx);
