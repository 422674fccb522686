import { belonging, ofVectors } from '../belonging.ts';
import { cipher } from './cipher.ts';
import { compare } from './compare.ts';
import { convert } from './convert.ts';
import { float } from './float.ts';
import { hash } from './hash.ts';
import { integer } from './integer.ts';
import { logic } from './logic.ts';
import { move } from './move.ts';
import { shift } from './shift.ts';
import { shuffle } from './shuffle.ts';
import { string } from './string.ts';
import { f16c, fma } from './vex/fused.ts';
import { gather } from './vex/gather.ts';
import { avx, avx2 } from './vex/lanes.ts';
import { legacyWithVex } from './vex/legacy.ts';

const families = {
  vectorMove: move,
  vectorLogic: logic,
  vectorInteger: integer,
  vectorShift: shift,
  vectorShuffle: shuffle,
  vectorFloat: float,
  vectorCompare: compare,
  vectorConvert: convert,
  vectorString: string,
  vectorCipher: cipher,
  vectorHash: hash,
  ...legacyWithVex,
  vexLanes: avx,
  vexLanes2: avx2,
  vexGather: gather,
  vexFused: fma,
  vexHalf: f16c,
} as const;

/** Vector instructions, in families. */
export const vectors = belonging(families, ofVectors);
