/** A predecoded block of instructions: where it is, and what it was made of. */

const pageBytes = 4096;

export interface Block {
  /** Where its first byte is physically: other blocks of its mode have the same where memory is seen at two addresses. */
  readonly key: number;
  /** Where its first record is: elsewhere, once it is kept. */
  record: number;
  /** Where it begins: an offset in the code segment, and where that began. */
  readonly rip: bigint;
  readonly base: bigint;
  /** Of the code segment: code behind it isn't in the block. */
  readonly limit: number;
  /** Physical page of its first byte, and of its last instruction's last one where that is another. */
  readonly page: number;
  readonly secondPage: number | undefined;
  /** In its first page, and how many bytes are there and in its second. */
  readonly offset: number;
  readonly inFirst: number;
  readonly inSecond: number;
  readonly instructions: number;
  /** A number of what it is code in. */
  readonly mode: number;
  /** The next one of the same key. */
  other: Block | undefined;
}

/** Of an offset in a physical page. */
export const keyOf = (page: number, offset: number): number => page * pageBytes + offset;

export const offsetOf = (key: number): number => key % pageBytes;
export const pageOf = (key: number): number => Math.floor(key / pageBytes);
