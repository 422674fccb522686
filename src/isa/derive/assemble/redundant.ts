/** Prefixes that an instruction does without: what decoders meet in padding and in what compilers align with. LOCK is never one: it means something, or #UD. */
import type { Size } from '../../spec/binding.ts';
import type { Dice } from './sample.ts';

/** The code with up to three prefixes before it. REX stays the last of them. */
export const withRedundantPrefixes = (code: readonly number[], mode: Size, roll: Dice): readonly number[] => {
  const added = Array.from({ length: [0, 0, 1, 1, 2, 3][roll(6)] ?? 0 }, () => legacy[roll(legacy.length)] ?? 0x66);
  if (mode !== 64 || roll(4) > 0) return [...added, ...code];
  const end = code.findIndex((byte) => byte !== 0xf0 && !legacy.includes(byte));
  const [first = 0] = code.slice(end);
  return (first & 0xf0) === 0x40 ? [...added, ...code] : [...added, ...code.slice(0, end), 0x40 | roll(16), ...code.slice(end)];
};

const legacy = [0x66, 0x67, 0xf2, 0xf3, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65];
