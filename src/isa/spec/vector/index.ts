import { belonging, ofVectors } from '../belonging.ts';
import { cipher } from './cipher.ts';
import { compare } from './compare.ts';
import { convert } from './convert.ts';
import { float } from './float.ts';
import { integer } from './integer.ts';
import { logic } from './logic.ts';
import { move } from './move.ts';
import { shift } from './shift.ts';
import { shuffle } from './shuffle.ts';
import { string } from './string.ts';

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
} as const;

/** Vector instructions, in families. */
export const vectors = belonging(families, ofVectors);
