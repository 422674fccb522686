/** What a snapshot is written and read by, which each host has in a way of its own. */
export interface Means {
  /** FIPS 180-4, in hexadecimal digits. */
  sha256(bytes: Uint8Array): string;
  /** RFC 1952, 8. */
  crc32(bytes: Uint8Array): number;
  /** Whether these bytes of a memory, a whole number of pages and no more than 1 MiB, are all zero. */
  isZero(memory: Uint8Array, from: number, end: number): boolean;
  /** UTF-8. */
  encode(text: string): Uint8Array;
  decode(bytes: Uint8Array): string;
}

/** A snapshot's bytes. `read` throws where it can't. */
export interface Bytes {
  readonly sizeBytes: number;
  /** Within its size. */
  read(at: number, into: Uint8Array): void;
}

/** Why a snapshot can't be restored, as a clause. */
export class Unfit extends Error {}
