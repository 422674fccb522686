/** The x87 registers of a case and of its results, as FXSAVE has them. */
import type { Dice } from '../../src/isa/derive/assemble/sample.ts';
import { State } from '../../src/isa/runtime/state.ts';
import type { Op } from '../../src/isa/spec/op.ts';
import type { Form } from '../../src/isa/spec/row.ts';
import { x87Bytes } from './native.ts';

/** Offsets: control, status, full (a byte), opcode, addresses of 8 bytes; registers of 16 bytes. */
const Image = { control: 0, status: 2, full: 4, registers: 24 } as const;

export const usesX87 = ({ map, opcode, operands, text, op }: Form): boolean =>
  (map === 'one' && (opcode & 0xf8) === 0xd8) ||
  operands.some((code) => /^[PQN][a-z]*$/.test(code)) ||
  op.name === 'emms' ||
  /^NP 0F AE \/[01]/.test(text);

/** As after FNINIT. */
export const initialX87: Uint8Array = (() => {
  const bytes = new Uint8Array(x87Bytes);
  new DataView(bytes.buffer).setUint16(Image.control, 0x37f, true);
  return bytes;
})();

/** Registers of all kinds, mostly full; any control word; at times an exception that awaits the next instruction. */
export const anyX87 = (roll: Dice): Uint8Array => {
  const bytes = new Uint8Array(x87Bytes);
  const view = new DataView(bytes.buffer);
  const masks = roll(3) > 0 ? 0x3f : roll(64);
  const control = roll(3) === 0 ? 0x37f : masks | 0x40 | (roll(3) === 0 ? 0x300 : roll(4) << 8) | (roll(4) << 10);
  view.setUint16(Image.control, control, true);
  const flags = roll(4) === 0 ? roll(128) & (roll(16) === 0 ? 0x7f : control | 0x40) : 0;
  const summary = (flags & ~control & 0x3f) !== 0 ? 0x8080 : 0;
  view.setUint16(Image.status, flags | summary | ((roll(16) * 0x100) & 0x700) | (roll(2) << 14) | (roll(8) << 11), true);
  bytes[Image.full] = [0xff, 0xff, 0xff, 0, roll(256), roll(256)][roll(6)] ?? 0;
  for (let index = 0; index < 8; index++) {
    const number = anyExtended(roll);
    view.setBigUint64(Image.registers + 16 * index, BigInt.asUintN(64, number), true);
    view.setUint16(Image.registers + 16 * index + 8, Number(number >> 64n), true);
  }
  return bytes;
};

/** SDM Vol. 1, table 8-3: exponents and significands at their edges, those that are unsupported, too. */
const exponents = [
  ...[0, 0, 0, 1, 2, 31, 64, 0x3fff, 0x3fff, 0x3ffe, 0x4000, 0x400e, 0x401e, 0x403e, 0x403f, 0x407e, 0x3f81, 0x3f80, 0x3f6a],
  ...[0x43fe, 0x43ff, 0x3c01, 0x3c00, 0x3bcd, 0x7ffd, 0x7ffe, 0x7fff, 0x7fff, 0x7fff],
];
const significands = [
  ...[
    0n,
    1n,
    2n,
    1n << 62n,
    (1n << 62n) - 1n,
    (1n << 62n) + 1n,
    (1n << 63n) - 1n,
    1n << 63n,
    (1n << 63n) + 1n,
    3n << 62n,
    (1n << 64n) - 1n,
  ],
  ...[0xffff_ff00_0000_0000n, 0x8000_0080_0000_0000n, 0xffff_ffff_ffff_f800n, 0x8000_0000_0000_0400n, 0xc000_0000_0000_1234n, 3n << 61n],
];

/** Mostly supported ones near 1, of which some have few digits, and integers. */
const anyExtended = (roll: Dice): bigint => {
  const sign = BigInt(roll(2)) << 79n;
  const any = (BigInt(roll(2 ** 32)) << 32n) | BigInt(roll(2 ** 32));
  const kind = roll(8);
  if (kind === 0) return sign | (BigInt(roll(0x8000)) << 64n) | any;
  const edge = significands[roll(significands.length)] ?? any;
  if (kind < 3) return sign | (BigInt(exponents[roll(exponents.length)] ?? 0) << 64n) | (roll(2) === 0 ? edge : any | (1n << 63n));
  const cut = kind === 3 ? 0xffff_ff00_0000_0000n : kind === 4 ? 0xffff_ffff_ffff_f800n : -1n;
  const significand = kind === 5 ? edge | (1n << 63n) : (any & BigInt.asUintN(64, cut)) | (1n << 63n);
  const exponent = kind === 6 ? 0x3fff - 16_300 + roll(32_600) : 0x3fff - 70 + roll(140);
  return sign | (BigInt(exponent) << 64n) | significand;
};

export const loadX87 = (view: DataView, image: Uint8Array): void => {
  const from = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const status = from.getUint16(Image.status, true);
  view.setUint16(State.x87Control, from.getUint16(Image.control, true), true);
  view.setUint16(State.x87Status, status, true);
  view.setUint8(State.x87Full, from.getUint8(Image.full));
  for (let index = 0; index < 8; index++) {
    const place = State.x87 + 16 * (((status >> 11) + index) & 7);
    for (const at of [0, 8]) view.setBigUint64(place + at, from.getBigUint64(Image.registers + 16 * index + at, true), true);
  }
};

export const savedX87 = (view: DataView): Uint8Array => {
  const bytes = new Uint8Array(x87Bytes);
  const to = new DataView(bytes.buffer);
  const status = view.getUint16(State.x87Status, true);
  to.setUint16(Image.control, view.getUint16(State.x87Control, true), true);
  to.setUint16(Image.status, status, true);
  to.setUint8(Image.full, view.getUint8(State.x87Full));
  for (let index = 0; index < 8; index++) {
    const place = State.x87 + 16 * (((status >> 11) + index) & 7);
    for (const at of [0, 8]) to.setBigUint64(Image.registers + 16 * index + at, view.getBigUint64(place + at, true), true);
  }
  return bytes;
};

const registerOf = (image: Uint8Array, index: number): bigint => {
  const view = new DataView(image.buffer, image.byteOffset + Image.registers + 16 * index, 16);
  return view.getBigUint64(0, true) | (BigInt(view.getUint16(8, true)) << 64n);
};

/** Its place among numbers: neighbours are 1 apart, the largest of one exponent and the least of the next, too. */
const ordinal = (bits: bigint): bigint => {
  const magnitude = ((BigInt.asUintN(79, bits) >> 64n) << 63n) + BigInt.asUintN(63, bits);
  return bits >> 79n === 1n ? -magnitude - 1n : magnitude;
};

/** Words and registers; of approximations, the last place may be another one. */
export const differenceOfX87 = (host: Uint8Array, ours: Uint8Array, { relativeError = 0, unlikeStatus = 0 }: Op): readonly string[] => {
  const word = (image: Uint8Array, at: number): number => (image[at] ?? 0) | ((image[at + 1] ?? 0) << 8);
  const said: string[] = [];
  const note = (what: string, theirs: bigint | number, mine: bigint | number): void => {
    if (theirs !== mine) said.push(`${what} is ${theirs.toString(16)} on the host and ${mine.toString(16)} here`);
  };
  note('control', word(host, Image.control), word(ours, Image.control));
  note('status', word(host, Image.status) & ~unlikeStatus, word(ours, Image.status) & ~unlikeStatus);
  note('full', host[Image.full] ?? 0, ours[Image.full] ?? 0);
  for (let index = 0; index < 8; index++) {
    const [theirs, mine] = [registerOf(host, index), registerOf(ours, index)];
    const apart = ordinal(theirs) - ordinal(mine);
    if (relativeError === 0 || apart < -1n || apart > 1n) note(`st${index}`, theirs, mine);
  }
  return said;
};

export const wordsOfX87 = (image: Uint8Array): string => {
  const [control = 0, controlHigh = 0, status = 0, statusHigh = 0, full = 0] = image;
  const registers = Array.from({ length: 8 }, (_, index) => `st${index}=${registerOf(image, index).toString(16).padStart(20, '0')}`);
  const words = { control: control | (controlHigh << 8), status: status | (statusHigh << 8), full };
  return [...Object.entries(words).map(([name, value]) => `${name}=${value.toString(16)}`), ...registers].join(' ');
};
