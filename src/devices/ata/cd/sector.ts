/** Sectors of a data track as READ CD delivers them: MMC-5, 6.19; their layout in ECMA-130, 14. */
import { msfOf } from './address.ts';
import { protect } from './protection.ts';

/** Of user data. */
export const blockBytes = 2048;
const syncBytes = 12;
const headerBytes = 4;
/** Error detection and correction, with eight bytes of zeros between. */
const protectionBytes = 288;
const rawBytes = syncBytes + headerBytes + blockBytes + protectionBytes;

/** Byte 9 of the packet. Headers are bits 5 and 6, of which the second one asks for what only mode 2 has. */
export const readParts = { sync: 0x80, subHeader: 0x40, header: 0x20, data: 0x10, protection: 0x08, errors: 0x06 } as const;

const order = [
  [readParts.sync, 0, syncBytes],
  [readParts.header, syncBytes, headerBytes],
  [readParts.data, syncBytes + headerBytes, blockBytes],
  [readParts.protection, syncBytes + headerBytes + blockBytes, protectionBytes],
] as const;

/** How many bytes of a sector are asked for; undefined where error flags are, which aren't kept. */
export const partsOf = (parts: number): number | undefined => {
  if ((parts & (readParts.errors | 1)) !== 0) return undefined;
  return order.reduce((bytes, [bit, , length]) => ((parts & bit) === 0 ? bytes : bytes + length), 0);
};

const raw = new Uint8Array(rawBytes);

/** Writes the parts of a sector. */
export const compose = (into: Uint8Array, lba: number, data: Uint8Array, parts: number): void => {
  raw.fill(0xff, 1, syncBytes - 1);
  raw[0] = 0;
  raw[syncBytes - 1] = 0;
  const msf = msfOf(lba);
  // In decimal digits of four bits; mode 1.
  raw.set([bcd(msf >> 16), bcd((msf >> 8) & 0xff), bcd(msf & 0xff), 1], syncBytes);
  raw.set(data, syncBytes + headerBytes);
  if ((parts & readParts.protection) !== 0) protect(raw);
  let at = 0;
  for (const [bit, from, length] of order) {
    if ((parts & bit) === 0) continue;
    into.set(raw.subarray(from, from + length), at);
    at += length;
  }
};

const bcd = (value: number): number => Math.floor(value / 10) * 16 + (value % 10);
