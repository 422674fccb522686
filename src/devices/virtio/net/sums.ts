/**
 * Sums of RFC 1071: of words of 16 bits in one's complement. Bytes are summed as words of this host's order; what is stored in that order again is the
 * sum of the network's (RFC 1071, 2 B), and a number of the network's is turned round before it is added.
 */

export class Sums {
  readonly #bytes: Uint8Array;
  readonly #words: Uint16Array;

  /** Of bytes that begin at an even place of their buffer. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#words = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
  }

  /** At most 64 KiB, from any place on; an odd one at the end has a zero behind it. Below 2 ** 16. */
  of(from: number, end: number): number {
    const isOdd = from % 2 === 1 && from < end;
    // Each byte of what begins at an odd place is in the other half of its word.
    let sum = isOdd ? (this.#bytes[from] ?? 0) << 8 : 0;
    const words = this.#words;
    const last = end >> 1;
    for (let index = (from + 1) >> 1; index < last; index++) sum += words[index] ?? 0;
    if (end % 2 === 1 && (!isOdd || end > from + 1)) sum += this.#bytes[end - 1] ?? 0;
    return isOdd ? turned(folded(sum)) : folded(sum);
  }
}

/** The same of a few bytes that begin anywhere, an even number. */
export const sumOf = (bytes: Uint8Array, from: number, end: number): number => {
  let sum = 0;
  for (let at = from; at < end; at += 2) sum += (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
  return folded(sum);
};

/** Of less than 2 ** 32. */
export const folded = (sum: number): number => {
  const once = (sum & 0xffff) + (sum >>> 16);
  return (once & 0xffff) + (once >>> 16);
};

/** A word of 16 bits in the other order. */
export const turned = (word: number): number => ((word & 0xff) << 8) | (word >> 8);

/** What a header has of it; never 0, which means in UDP that there is none (RFC 768). */
export const put = (bytes: Uint8Array, at: number, sum: number): void => {
  const word = ~folded(sum) & 0xffff || 0xffff;
  bytes[at] = word & 0xff;
  bytes[at + 1] = word >> 8;
};
