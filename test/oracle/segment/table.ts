/** A local table of descriptors by chance, as Linux lets a program have one: modify_ldt(2), linux arch/x86/include/uapi/asm/ldt.h. */
import type { Dice } from '../../../src/isa/derive/assemble/sample.ts';

/** Where code and data are, linear; a page each. */
export const codeAt = 0x2000_0000;
export const dataAt = 0x2001_8000;
export const pageBytes = 4096;
export const entryCount = 512;

export interface Entry {
  readonly base: number;
  /** As it stands in the descriptor. */
  readonly limit: number;
  readonly kind: 'data' | 'down' | 'code' | 'conforming';
  readonly isBig: boolean;
  /** Data that isn't written, code that isn't read. */
  readonly isRestricted: boolean;
  readonly countsPages: boolean;
  readonly isPresent: boolean;
}

/** Last offset there is; of one that expands downwards, the last there isn't. */
export const limitOf = ({ limit, countsPages }: Entry): number => (countsPages ? ((limit << 12) | 0xfff) >>> 0 : limit);

export const tableBy = (roll: Dice): readonly Entry[] => Array.from({ length: entryCount }, () => entryBy(roll));

/** Most lead to the data, or begin at the code or before it. */
const entryBy = (roll: Dice): Entry => {
  const kind = (['data', 'data', 'down', 'code', 'code', 'conforming'] as const)[roll(6)] ?? 'data';
  const facts = { kind, isBig: roll(2) === 0, isRestricted: roll(4) === 0, countsPages: roll(4) === 0 };
  // Linux has conforming code only where it isn't there.
  const isPresent = kind !== 'conforming' && roll(10) > 0;
  if (kind === 'code' || kind === 'conforming') {
    const before = roll(3) === 0 ? 0 : roll(64);
    const limit = facts.countsPages ? roll(3) : before + roll(3) * 24 + roll(64);
    return { ...facts, isPresent, base: codeAt - before, limit };
  }
  if (kind === 'down') {
    const limit = facts.countsPages ? roll(8) : roll(0x1000);
    const behind = limitOf({ ...facts, isPresent, base: 0, limit }) + 1;
    // Its lowest bytes are in the data or a few before it, or its highest.
    const base = roll(2) === 0 ? dataAt + roll(296) - 40 - behind : dataAt + pageBytes - 256 + roll(256) - (facts.isBig ? 0 : 0x1_0000);
    return { ...facts, isPresent, base: base >>> 0, limit };
  }
  // Some end about where the page does: what touches several places meets either end first.
  if (roll(4) === 0) return { ...facts, countsPages: false, isPresent, base: dataAt + 256, limit: pageBytes - 257 + roll(80) - 40 };
  return { ...facts, isPresent, base: dataAt + roll(256), limit: facts.countsPages ? roll(2) : roll(0xe00) };
};

const contents = { data: 0, down: 1, code: 2, conforming: 3 } as const;

/** Each a struct user_desc. */
export const encodeEntries = (entries: readonly Entry[]): Uint8Array => {
  const view = new DataView(new ArrayBuffer(16 * entries.length));
  for (const [number, entry] of entries.entries()) {
    const { base, limit, kind, isBig, isRestricted, countsPages, isPresent } = entry;
    const bits = [
      [isBig, 0],
      [isRestricted, 3],
      [countsPages, 4],
      [!isPresent, 5],
    ] as const;
    const flags = bits.reduce((word, [holds, at]) => word | (holds ? 1 << at : 0), contents[kind] << 1);
    for (const [at, word] of [number, base, limit, flags].entries()) view.setUint32(16 * number + 4 * at, word, true);
  }
  return new Uint8Array(view.buffer);
};

/** As Linux writes it: of users, and already accessed. */
export const descriptorOf = ({ base, limit, kind, isBig, isRestricted, countsPages, isPresent }: Entry): bigint => {
  const type = (contents[kind] << 2) | (isRestricted ? 0 : 2) | 1;
  const rights = type | 0x70 | (isPresent ? 0x80 : 0) | (isBig ? 0x4000 : 0) | (countsPages ? 0x8000 : 0);
  return (
    BigInt(limit & 0xffff) |
    (BigInt(base & 0xff_ffff) << 16n) |
    (BigInt(rights & 0xff) << 40n) |
    (BigInt(limit >>> 16) << 48n) |
    (BigInt(rights >> 12) << 52n) |
    (BigInt(base >>> 24) << 56n)
  );
};
