/** Small programs in the formats that a computer can begin with, made here. */

export const double = (value: number): readonly number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);
const word = (value: number): readonly number[] => [value & 0xff, value >>> 8];

/** mov al, STATUS; out 0xf4, al; jmp $ */
export const tellStatus = (status: number): readonly number[] => [0xb0, status, 0xe6, 0xf4, 0xeb, 0xfe];
/** What the debug-exit port makes of a byte. */
export const told = (status: number): number => ((status << 1) | 1) & 0xff;

/** Code that goes on in code of so many bits; in the other one it ends with status 63: XOR EAX, EAX; in 32 bits INC EAX, in 64 a prefix of NOP; CMP AL; JE. */
export const only = (bits: 32 | 64, code: readonly number[]): readonly number[] => [
  ...[0x31, 0xc0, 0x40, 0x90, 0x3c, bits === 32 ? 1 : 0, 0x74, 6],
  ...[...tellStatus(63), ...code],
];

export interface ElfPlan {
  readonly bits: 32 | 64;
  /** Where its one segment is and begins. */
  readonly at: number;
  readonly code: readonly number[];
  /** Of Xen, for PVH: where it begins so. */
  readonly pvhEntry?: number;
}

const Kind = { load: 1, note: 4 } as const;

/** An executable for x86 with one segment, and a note where that is asked for: System V ABI, Object Files. */
export const elfOf = ({ bits, at, code, pvhEntry }: ElfPlan): Uint8Array => {
  const wide = (value: number): readonly number[] => [...double(value), ...(bits === 64 ? double(0) : [])];
  const [headBytes, entryBytes] = bits === 64 ? [64, 56] : [52, 32];
  const note = pvhEntry === undefined ? [] : [...double(4), ...double(4), ...double(18), ...Buffer.from('Xen\0'), ...double(pvhEntry)];
  const count = note.length > 0 ? 2 : 1;
  const notesAt = headBytes + 2 * entryBytes;
  const codeAt = notesAt + note.length;
  const entry = (kind: number, offset: number, bytes: number): readonly number[] => {
    const [begin, end] = [[offset, at, at].flatMap(wide), [bytes, bytes].flatMap(wide)];
    return bits === 64
      ? [...double(kind), ...double(5), ...begin, ...end, ...wide(1)]
      : [...double(kind), ...begin, ...end, ...double(5), ...double(1)];
  };
  const head = [
    ...[...Buffer.from('\x7fELF'), bits / 32, 1, 1, ...new Array<number>(9).fill(0)],
    ...[...word(2), ...word(bits === 64 ? 62 : 3), ...double(1), ...wide(at), ...wide(headBytes), ...wide(0), ...double(0)],
    ...[headBytes, entryBytes, count, 0, 0, 0].flatMap(word),
  ];
  const entries = [...entry(Kind.load, codeAt, code.length), ...entry(Kind.note, notesAt, note.length)];
  return Uint8Array.from([...head, ...entries, ...note, ...code]);
};

/** A Linux kernel by its head, boot.rst, "The Real-Mode Kernel Header": code to be entered in 32 bits, and what is packed behind it. */
export const bzImageOf = (code: readonly number[], payload: Uint8Array): Uint8Array => {
  const file = Buffer.alloc(1024 + 512);
  for (const [place, bytes, value] of [
    ...([
      [0x1f1, 1, 1],
      [0x1fe, 2, 0xaa55],
      [0x201, 1, 0x66],
      [0x202, 4, 0x5372_6448],
      [0x206, 2, 0x20f],
      [0x211, 1, 1],
    ] as const),
    ...([
      [0x22c, 4, 0x7fff_ffff],
      [0x238, 4, 255],
      [0x248, 4, 512],
      [0x24c, 4, payload.length],
      [0x258, 4, 0x10_0000],
      [0x260, 4, 0x10_0000],
    ] as const),
  ])
    file.writeUIntLE(value, place, bytes);
  file.set(code, 1024);
  return Buffer.concat([file, payload]);
};

export interface Multiboot2Plan {
  readonly at: number;
  readonly code: readonly number[];
  /** Of its header, each from a multiple of eight on. */
  readonly tags: readonly number[];
}

/** A program whose header for Multiboot 2 says by a tag where it is: specification 2.0, 3.1. */
export const multiboot2Of = ({ at, code, tags }: Multiboot2Plan): Uint8Array => {
  const padded = [...tags, ...new Array<number>(-tags.length & 7).fill(0)];
  const [addressBytes, entryBytes, endBytes] = [24, 16, 8];
  const headerBytes = 16 + padded.length + addressBytes + entryBytes + endBytes;
  const entry = at + headerBytes;
  const header = [0xe852_50d6, 0, headerBytes, -(0xe852_50d6 + headerBytes) >>> 0].flatMap(double);
  const address = [2, addressBytes, at, at, 0, 0].flatMap(double);
  return Uint8Array.from([...header, ...padded, ...address, ...[3, 12, entry, 0].flatMap(double), ...[0, 8].flatMap(double), ...code]);
};
