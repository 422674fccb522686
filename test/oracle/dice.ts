/** Numbers by chance, the same of the same seed: xorshift32, Marsaglia 2003. */
import type { Dice } from '../../src/isa/derive/assemble/sample.ts';

export const diceOf = (seed: number): Dice => {
  let state = seed | 1;
  return (sides) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.floor(((state >>> 0) / 2 ** 32) * sides);
  };
};

/** 64 bits, often at an edge. */
export const anyWord = (roll: Dice): bigint => {
  const edge = edges[roll(2 * edges.length)];
  const word = (BigInt(roll(2 ** 32)) << 32n) | BigInt(roll(2 ** 32));
  return edge === undefined ? word : BigInt.asUintN(64, edge + BigInt(roll(3)) - 1n);
};

const edges = [
  0n,
  1n,
  1n << 7n,
  1n << 8n,
  1n << 15n,
  1n << 16n,
  1n << 31n,
  1n << 32n,
  1n << 63n,
  (1n << 31n) - 1n,
  (1n << 63n) - 1n,
  -1n,
  -128n,
];
