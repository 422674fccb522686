/** A disk whose image stays as it is: what the guest writes is in memory, and gone with the computer. */
import type { Disk } from '../../machine/index.ts';

/** Pieces that are copied when they are first written: what file systems write at once. */
const pieceBytes = 4096;

/** Does what a disk of the host is asked for, at its call of a number; `false`: it failed. */
export type Doing = (call: number, work: () => boolean) => boolean;

export class Overlay implements Disk {
  readonly #base: Disk;
  readonly #doing: Doing;
  readonly #pieces = new Map<number, Uint8Array>();
  #calls = 0;

  constructor(base: Disk, doing: Doing) {
    this.#base = base;
    this.#doing = doing;
  }

  get sizeBytes(): number {
    return this.#base.sizeBytes;
  }

  get isReadOnly(): boolean {
    return this.#base.isReadOnly;
  }

  read(at: number, into: Uint8Array): boolean {
    const isThrough = this.#doing(this.#calls++, () => this.#base.read(at, into));
    if (!isThrough) return false;
    for (const { piece, offset, from, count } of this.#parts(at, into.length)) {
      const own = this.#pieces.get(piece);
      if (own !== undefined) into.set(own.subarray(offset, offset + count), from);
    }
    return true;
  }

  write(at: number, bytes: Uint8Array): boolean {
    if (this.isReadOnly) return false;
    return this.#doing(this.#calls++, () => {
      for (const { piece, offset, from, count } of this.#parts(at, bytes.length)) {
        const own = this.#own(piece, count === pieceBytes);
        if (own === undefined) return false;
        own.set(bytes.subarray(from, from + count), offset);
      }
      return true;
    });
  }

  flush(): boolean {
    return true;
  }

  /** Copied from the image where it isn't all written; undefined: that failed. */
  #own(piece: number, isWhole: boolean): Uint8Array | undefined {
    const known = this.#pieces.get(piece);
    if (known !== undefined) return known;
    const begin = piece * pieceBytes;
    const made = new Uint8Array(Math.min(pieceBytes, this.sizeBytes - begin));
    if (!isWhole && !this.#base.read(begin, made)) return undefined;
    this.#pieces.set(piece, made);
    return made;
  }

  *#parts(
    at: number,
    bytes: number,
  ): Generator<{ readonly piece: number; readonly offset: number; readonly from: number; readonly count: number }> {
    for (let from = 0; from < bytes; ) {
      const [piece, offset] = [Math.floor((at + from) / pieceBytes), (at + from) % pieceBytes];
      const count = Math.min(bytes - from, pieceBytes - offset);
      yield { piece, offset, from, count };
      from += count;
    }
  }
}
