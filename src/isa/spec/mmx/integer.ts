/** Sums, products, comparisons, logic, shifts and lanes at other places: SDM Vol. 1, 9.4, 10.4.4, 11.4.2 and 12.6. */
import type { Val } from '../../stage/index.ts';
import { type Op, type Operand, op } from '../op.ts';
import { page } from '../vector/rows.ts';
import type { X } from '../vocabulary.ts';
import { begin } from './begin.ts';
import { type Adapt, joined, narrowed, upper, widened, wideOperand } from './narrow.ts';

/** Each lane by itself, whatever the other half is. */
const plain = `
  pcmpgtb pcmpgtw pcmpgtd pcmpeqb pcmpeqw pcmpeqd paddq pmullw psubusb psubusw pminub pand paddusb paddusw pmaxub pandn pavgb pavgw pmulhuw pmulhw
  psubsb psubsw pminsw por paddsb paddsw pmaxsw pxor pmuludq pmaddwd psadbw psubb psubw psubd psubq paddb paddw paddd
  pmaddubsw psignb psignw psignd pmulhrsw pabsb pabsw pabsd psrlw psrld psrlq psraw psrad psllw pslld psllq`;

/** Where lanes of both become one half each. */
const joining = 'packsswb packuswb packssdw phaddw phaddd phaddsw phsubw phsubd phsubsw';

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

const hex = (byte: number): string => byte.toString(16).toUpperCase();

/** The lower half reads 32 bits. */
const interleaving = (lanes: string, at: number): readonly Op[] => [
  narrowed(`punpckl${lanes}`, widened, { rows: [`NP 0F ${hex(0x60 + at)} /r | Pq, Qd`] }),
  narrowed(`punpckh${lanes}`, upper, { of: `punpckl${lanes}`, rows: [`NP 0F ${hex(0x68 + at)} /r | Pq, Qq`] }),
];

/** There are eight bytes to choose from. */
const chosenBytes: Adapt = (x, [first, second]) => {
  if (first === undefined || second === undefined) throw new Error('there are fewer than two operands');
  const among = x.splat(x.known(8, 0x87));
  return [wideOperand(x, first), wideOperand(x, second, () => x.lanes('v128.and', x.lowest(second.get()), among))];
};

/** The second below the first, and zeros above both. */
const behindEachOther: Adapt = (x, [first, second, immediate]) => {
  if (first === undefined || second === undefined || immediate === undefined) throw new Error('there are fewer than three operands');
  const b = second.get();
  const both = x.insert(x.lowest(b), 1, first.get());
  return [wideOperand(x, first, () => x.known(128, 0)), wideOperand(x, second, () => both), immediate];
};

/** The immediate names one of four words. */
const ofFour = (x: X, immediate: Operand): Operand => ({ ...immediate, get: () => x.and(immediate.get(), x.known(8, 3)) });

const insertedWord: Adapt = (x, [first, second, immediate]) => {
  if (first === undefined || second === undefined || immediate === undefined) throw new Error('there are fewer than three operands');
  return [wideOperand(x, first), second, ofFour(x, immediate)];
};

const extractedWord: Adapt = (x, [first, second, immediate]) => {
  if (first === undefined || second === undefined || immediate === undefined) throw new Error('there are fewer than three operands');
  return [first, wideOperand(x, second), ofFour(x, immediate)];
};

const signs = op({
  name: 'pmovmskb',
  sdm: page('PMOVMSKB'),
  rows: ['NP 0F D7 /r | Gd, Nq'],
  run(x, destination, source) {
    begin(x);
    const bits: Val = x.lanes('i8x16.bitmask', x.lowest(source.get()));
    destination.set(x.zext(bits, 32));
  },
});

export const mmxInteger: readonly Op[] = [
  ...words(plain).map((name) => narrowed(name)),
  ...words(joining).map((name) => narrowed(name, joined)),
  ...['bw', 'wd', 'dq'].flatMap(interleaving),
  narrowed('pshufw', widened, { of: 'pshuflw', rows: ['NP 0F 70 /r ib | Pq, Qq, Ib'] }),
  narrowed('pinsrw', insertedWord, { rows: ['NP 0F C4 /r ib | Pq, Mw, Ib', 'NP 0F C4 /r ib | Pq, Rd, Ib'] }),
  narrowed('pextrw', extractedWord, { rows: ['NP 0F C5 /r ib | Gd, Nq, Ib'] }),
  signs,
  narrowed('pshufb', chosenBytes),
  narrowed('palignr', behindEachOther, { rows: ['NP 0F3A 0F /r ib | Pq, Qq, Ib'] }),
];
