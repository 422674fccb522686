/** One 512-byte header block, read. */
import { Damage } from '../damage.ts';
import { type ByteText, byteText, type Field, fields } from './entry.ts';

export interface Header {
  readonly flag: string;
  readonly name: ByteText;
  readonly linkName: ByteText;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly major: number;
  readonly minor: number;
}

/** Reads a header; `at` is its place in the archive, for messages. Throws Damage. */
export const readHeader = (block: Uint8Array, at: number): Header => {
  verifyChecksum(block, at);
  const whole = (field: Field): number => readNumber(part(block, field), field, at);
  const magic = byteText(part(block, 'magic'));
  const ustar = magic === 'ustar\0';
  const star = ustar && byteText(part(block, 'starTrailer')) === 'tar\0';
  const prefix = ustar ? text(block, star ? 'starPrefix' : 'prefix') : '';
  const name = text(block, 'name');
  const flag = byteText(part(block, 'flag'));
  const isDevice = flag === '3' || flag === '4';
  return {
    flag,
    name: prefix === '' ? name : `${prefix}/${name}`,
    linkName: text(block, 'linkName'),
    mode: whole('mode') & 0o7777,
    uid: natural(whole('uid'), 'uid', at),
    gid: natural(whole('gid'), 'gid', at),
    size: natural(whole('size'), 'size', at),
    mtime: whole('mtime'),
    major: isDevice ? natural(whole('major'), 'major', at) : 0,
    minor: isDevice ? natural(whole('minor'), 'minor', at) : 0,
  };
};

export const isZero = (block: Uint8Array): boolean => {
  for (const byte of block) if (byte !== 0) return false;
  return true;
};

const part = (block: Uint8Array, field: Field): Uint8Array => {
  const [offset, length] = fields[field];
  return block.subarray(offset, offset + length);
};

/** Up to the first NUL, or the whole field. */
const text = (block: Uint8Array, field: Field): ByteText => {
  const bytes = part(block, field);
  const end = bytes.indexOf(0);
  return byteText(end < 0 ? bytes : bytes.subarray(0, end));
};

/** The sum of all bytes, the checksum's own counted as spaces. Some old writers summed signed bytes. */
const verifyChecksum = (block: Uint8Array, at: number): void => {
  const [offset, length] = fields.checksum;
  let unsigned = 0;
  let signed = 0;
  for (let index = 0; index < block.length; index++) {
    const byte = index >= offset && index < offset + length ? 0x20 : (block[index] ?? 0);
    unsigned += byte;
    signed += byte < 0x80 ? byte : byte - 0x100;
  }
  const written = readNumber(part(block, 'checksum'), 'checksum', at);
  if (written !== unsigned && written !== signed) throw new Damage(`the header at byte ${at} has a wrong checksum`);
};

/** Octal digits, or GNU's base-256: big-endian two's complement whose first bit is set. */
const readNumber = (bytes: Uint8Array, field: Field, at: number): number => {
  const first = bytes[0] ?? 0;
  if (first >= 0x80) {
    const negative = (first & 0x40) !== 0;
    let value = negative ? (first & 0x7f) - 0x80 : first & 0x7f;
    for (const byte of bytes.subarray(1)) value = value * 256 + byte;
    if (Number.isSafeInteger(value)) return value;
  } else {
    const digits = byteText(bytes).replace(/^[ \0]+|[ \0]+$/g, '');
    if (digits === '') return 0;
    if (/^[0-7]+$/.test(digits)) return Number.parseInt(digits, 8);
    const negative = /^-[0-7]+$/.test(digits);
    if (negative) return -Number.parseInt(digits.slice(1), 8);
  }
  throw new Damage(`the header at byte ${at} has no number for its ${field}`);
};

const natural = (value: number, field: Field, at: number): number => {
  if (value < 0) throw new Damage(`the header at byte ${at} has the ${field} ${value}`);
  return value;
};
