/** What data and vectors are made of: integers at their edges and floating-point numbers of all kinds, the same at every run. */
import type { Dice } from '../../src/isa/derive/assemble/sample.ts';
import { anyWord, diceOf } from './dice.ts';

/** Bytes of data that a case has. */
export const dataBytes = 512;
export const pieceCount = 1024;

/** SDM Vol. 1, table 4-3: zero, denormals, one, the extremes, infinity, NaNs. */
const singles = [
  ...[0, 1, 0x0000_1234, 0x007f_ffff, 0x0080_0000, 0x0080_0001, 0x3f80_0000, 0x3f80_0001, 0x3eff_ffff, 0x3f00_0000, 0x3fc0_0000],
  ...[0x4b00_0000, 0x4b7f_ffff, 0x4eff_ffff, 0x4f00_0000, 0x4f00_0001, 0x5f00_0000, 0x7f7f_ffff, 0x7f00_0000, 0x7f80_0000, 0x7f80_0001],
  ...[0x7fa0_1234, 0x7fc0_0000, 0x7fc1_2345],
];
const doubles = [
  ...[0n, 1n, 0x1234n, 0x000f_ffff_ffff_ffffn, 0x0010_0000_0000_0000n, 0x0010_0000_0000_0001n, 0x3ff0_0000_0000_0000n],
  ...[0x3ff0_0000_0000_0001n, 0x3fdf_ffff_ffff_ffffn, 0x3fe0_0000_0000_0000n, 0x3ff8_0000_0000_0000n, 0x4340_0000_0000_0000n],
  ...[0x41df_ffff_ffc0_0000n, 0x41df_ffff_ffe0_0000n, 0x41e0_0000_0000_0000n, 0x43e0_0000_0000_0000n, 0x7fef_ffff_ffff_ffffn],
  ...[0x47ef_ffff_e000_0000n, 0x47ef_ffff_f000_0000n, 0x3810_0000_0000_0000n, 0x380f_ffff_f000_0000n, 0x36a0_0000_0000_0000n],
  ...[0x7ff0_0000_0000_0000n, 0x7ff0_0000_0000_0001n, 0x7ff4_0000_1234_5678n, 0x7ff8_0000_0000_0000n, 0x7ff8_1234_5678_9abcn],
];

/** One of the numbers above with any sign, one near 1, or one of any size. */
const anySingle = (roll: Dice): number => {
  const sign = roll(2) * 0x8000_0000;
  const edge = singles[roll(2 * singles.length)];
  return sign + (edge ?? (roll(3) > 0 ? 0x3e00_0000 + roll(0x0300_0000) : roll(0x7f80_0000)));
};

const anyDouble = (roll: Dice): bigint => {
  const sign = BigInt(roll(2)) << 63n;
  const low = BigInt(roll(2 ** 32)) * BigInt(roll(2));
  const edge = doubles[roll(2 * doubles.length)];
  return sign | (edge ?? (BigInt(roll(3) > 0 ? 0x3fa0_0000 + roll(0x00a0_0000) : roll(0x7ff0_0000)) << 32n) | low);
};

/** All of them, one after the other. */
export const pieces: Uint8Array = (() => {
  const roll = diceOf(0x5eed);
  const bytes = new Uint8Array(dataBytes * pieceCount);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.length; at += 64) {
    const kind = roll(5);
    for (let word = at; word < at + 64; word += 8) {
      if (kind === 0) view.setBigUint64(word, anyWord(roll), true);
      else if (kind === 1)
        for (let byte = word; byte < word + 8; byte++) view.setUint8(byte, [0, 1, 0x7f, 0x80, 0xff, 0x41][roll(9)] ?? roll(256));
      else if (kind < 4) view.setBigUint64(word, anyDouble(roll), true);
      else for (const half of [0, 4]) view.setUint32(word + half, anySingle(roll), true);
      // MXCSR in memory, as LDMXCSR takes it.
      if (roll(6) === 0) view.setUint32(word, roll(0x1_0000), true);
    }
  }
  return bytes;
})();

export const pieceOf = (piece: number): Uint8Array => pieces.subarray(dataBytes * piece, dataBytes * (piece + 1));
