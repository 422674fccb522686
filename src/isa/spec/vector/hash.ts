/** Rounds of SHA-1 and SHA-256, and their messages' words: FIPS 180-4; SDM Vol. 2B, SHA1RNDS4 and those after it. */
import type { Val } from '../../stage/index.ts';
import type { Op } from '../op.ts';
import type { X } from '../vocabulary.ts';
import { combining, combiningBy, type Make } from './rows.ts';

/** Words of a vector, the lowest first. */
const wordsOf = (x: X, vector: Val): readonly [Val, Val, Val, Val] =>
  [0, 1, 2, 3].map((at) => x.extract(vector, 32, at)) as [Val, Val, Val, Val]; // There are four.

const vectorOf = (x: X, words: readonly Val[]): Val => words.reduce((so, word, at) => x.insert(so, at, word), x.known(128, 0));

const rotatedLeft = (x: X, word: Val, by: number): Val => x.or(x.shl(word, by), x.shr(word, 32 - by));
const rotatedRight = (x: X, word: Val, by: number): Val => rotatedLeft(x, word, 32 - by);

const xor = (x: X, ...words: readonly Val[]): Val => words.reduce((so, word) => x.xor(so, word));
const sum = (x: X, ...words: readonly Val[]): Val => words.reduce((so, word) => x.add(so, word));

const choice = (x: X, b: Val, c: Val, d: Val): Val => x.xor(x.and(b, c), x.and(x.not(b), d));
const parity = (x: X, b: Val, c: Val, d: Val): Val => xor(x, b, c, d);
const majority = (x: X, b: Val, c: Val, d: Val): Val => xor(x, x.and(b, c), x.and(b, d), x.and(c, d));

/** FIPS 180-4, 4.2.1. */
const constants = [0x5a82_7999, 0x6ed9_eba1, 0x8f1b_bcdc, 0xca62_c1d6] as const;
const functions = [choice, parity, majority, parity] as const;

/** Four rounds of SHA-1, of the twenty that the immediate names. The state is a to d from the highest word down; e is in the first of the words to come. */
const rounds = (x: X, state: Val, message: Val, which: Val): Val => {
  const [wordD, wordC, wordB, wordA] = wordsOf(x, state);
  const words = wordsOf(x, message).toReversed();
  const bits = [x.bit(which, 0), x.bit(which, 1)] as const;
  const among = (...[first, second, third, fourth]: readonly [Val, Val, Val, Val]): Val =>
    x.select(bits[1], x.select(bits[0], fourth, third), x.select(bits[0], second, first));
  const constant = among(...(constants.map((one) => x.known(32, one)) as unknown as [Val, Val, Val, Val])); // As many.
  let [a, b, c, d, e] = [wordA, wordB, wordC, wordD, x.known(32, 0)];
  for (const word of words) {
    const mixed = among(...(functions.map((one) => one(x, b, c, d)) as unknown as [Val, Val, Val, Val])); // As many.
    const next = sum(x, mixed, rotatedLeft(x, a, 5), word, e, constant);
    [a, b, c, d, e] = [next, a, rotatedLeft(x, b, 30), c, d];
  }
  return vectorOf(x, [d, c, b, a]);
};

/** The e of four rounds ago joins the words of the next four. */
const nextE: Make = (x, a, b) => {
  const [, , , before] = wordsOf(x, a);
  const [w0, w1, w2, w3] = wordsOf(x, b);
  return vectorOf(x, [w0, w1, w2, x.add(w3, rotatedLeft(x, before, 30))]);
};

const sha1Message1: Make = (x, a, b) => {
  const [w3, w2, w1, w0] = wordsOf(x, a);
  const [, , w5, w4] = wordsOf(x, b);
  return vectorOf(x, [x.xor(w5, w3), x.xor(w4, w2), x.xor(w3, w1), x.xor(w2, w0)]);
};

const sha1Message2: Make = (x, a, b) => {
  const [a0, a1, a2, a3] = wordsOf(x, a);
  const [w15, w14, w13] = wordsOf(x, b);
  const w16 = rotatedLeft(x, x.xor(a3, w13), 1);
  const later = [x.xor(a2, w14), x.xor(a1, w15), x.xor(a0, w16)].map((word) => rotatedLeft(x, word, 1));
  const [w17, w18, w19] = later as [Val, Val, Val]; // As many.
  return vectorOf(x, [w19, w18, w17, w16]);
};

/** Two rounds of SHA-256: the destination has c, d, g, h from the highest word down, the source a, b, e, f. */
const twoRounds = (x: X, first: Val, second: Val, message: Val): Val => {
  let [h, g, d, c] = wordsOf(x, first);
  let [f, e, b, a] = wordsOf(x, second);
  for (const word of wordsOf(x, message).slice(0, 2)) {
    const sigma1 = xor(x, rotatedRight(x, e, 6), rotatedRight(x, e, 11), rotatedRight(x, e, 25));
    const sigma0 = xor(x, rotatedRight(x, a, 2), rotatedRight(x, a, 13), rotatedRight(x, a, 22));
    const part = sum(x, choice(x, e, f, g), sigma1, word, h);
    [h, g, f, e, d, c, b, a] = [g, f, e, x.add(part, d), c, b, a, sum(x, part, majority(x, a, b, c), sigma0)];
  }
  return vectorOf(x, [f, e, b, a]);
};

const small = (x: X, word: Val, [p, q, shift]: readonly [number, number, number]): Val =>
  xor(x, rotatedRight(x, word, p), rotatedRight(x, word, q), x.shr(word, shift));

const sha256Message1: Make = (x, a, b) => {
  const [w0, w1, w2, w3] = wordsOf(x, a);
  const [w4] = wordsOf(x, b);
  return vectorOf(x, [
    x.add(w0, small(x, w1, [7, 18, 3])),
    x.add(w1, small(x, w2, [7, 18, 3])),
    x.add(w2, small(x, w3, [7, 18, 3])),
    x.add(w3, small(x, w4, [7, 18, 3])),
  ]);
};

const sha256Message2: Make = (x, a, b) => {
  const [a0, a1, a2, a3] = wordsOf(x, a);
  const [, , w14, w15] = wordsOf(x, b);
  const w16 = x.add(a0, small(x, w14, [17, 19, 10]));
  const w17 = x.add(a1, small(x, w15, [17, 19, 10]));
  return vectorOf(x, [w16, w17, x.add(a2, small(x, w16, [17, 19, 10])), x.add(a3, small(x, w17, [17, 19, 10]))]);
};

/** Intel's manual wants them aligned in memory (exceptions of type 4), AMD's processors take them anywhere: so do we. */
const row = (opcode: string): readonly string[] => [`NP 0F38 ${opcode} /r | Vdq, Wdq | u`];

export const hash: readonly Op[] = [
  combiningBy('sha1rnds4', ['NP 0F3A CC /r ib | Vdq, Wdq, Ib | u'], rounds),
  combining('sha1nexte', row('C8'), nextE),
  combining('sha1msg1', row('C9'), sha1Message1),
  combining('sha1msg2', row('CA'), sha1Message2),
  combiningBy('sha256rnds2', ['NP 0F38 CB /r | Vdq, Wdq, XMM0 | u'], twoRounds),
  combining('sha256msg1', row('CC'), sha256Message1),
  combining('sha256msg2', row('CD'), sha256Message2),
];
