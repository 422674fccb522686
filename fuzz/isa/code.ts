/** Any bytes in any mode: an instruction of at most 15 bytes that has a text, or #UD; else the two errors that reading ends in. */
import { type Decoded, decode, disassemble, formsOf, isa, longest, sample, TooLong, TooShort, tableOf } from '../../src/isa/index.ts';
import { mutate, pick, type Random, runAlone } from '../mutation.ts';

const table = tableOf(isa);
const forms = isa.flatMap(formsOf);
const words = [[0x66], [0x67], [0xf0], [0xf2], [0xf3], [0x2e], [0x64], [0x40], [0x48], [0x4f], [0x0f], [0xc4, 0xe2], [0xc5]].map((word) =>
  Uint8Array.from(word),
);

export const code = (random: Random): void => {
  const mode = pick(random, [64, 32, 16] as const);
  const bytes = mutate(random, Uint8Array.from(somewhere(random, mode)), words);
  let decoded: Decoded;
  try {
    decoded = decode(table, bytes, 0, mode);
  } catch (error) {
    if (error instanceof TooLong || error instanceof TooShort) return;
    throw error;
  }
  const told = `${mode} ${Buffer.from(bytes.subarray(0, 16)).toString('hex')}`;
  const { lengthBytes } = decoded;
  if (lengthBytes < 1 || lengthBytes > longest || lengthBytes > bytes.length) throw new Error(`${lengthBytes} bytes of ${told}`);
  if (decoded.form === undefined) return;
  for (const syntax of ['intel', 'att'] as const) {
    const text = disassemble(decoded, BigInt(random(2 ** 32)), syntax);
    if (!/^[a-z]/.test(text) || /undefined|NaN| {2,}$/.test(text)) throw new Error(`"${text}" of ${told}`);
  }
};

/** An instruction there is, or anything. */
const somewhere = (random: Random, mode: 64 | 32 | 16): readonly number[] =>
  (random(3) > 0 ? sample(pick(random, forms), { mode, isMemory: random(2) === 0 }, random) : undefined) ??
  Array.from({ length: 1 + random(20) }, () => random(256));

if (import.meta.main) runAlone('code', code);
