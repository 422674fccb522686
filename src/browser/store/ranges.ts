/** A file on a web server as one of blocks, read piece by piece: RFC 9110, 14. Calls wait for the server, as a computer's disks have it. */
import type { BlockFile } from '../../disk/index.ts';

/** What a server answered. */
export interface Answer {
  readonly status: number;
  /** Its Content-Range; null: it has none, or shows none to this page. */
  readonly range: string | null;
  /** Tells a file from what it was before: ETag, or when it was changed last. */
  readonly tag: string;
  readonly bytes: Uint8Array;
}

/** Asks for these bytes, both ends included. Throws an Error with a clause where no answer comes. */
export type Ask = (first: number, last: number) => Answer;

export interface Ranged {
  /** As whoever reads of it knows it. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly tag: string;
  readonly ask: Ask;
  /** Told in a sentence when a read fails: once, until one succeeds. */
  readonly failed: (sentence: string) => void;
}

export const pieceBytes = 128 * 1024;
/** Kept of a file: 64 MiB. */
const mostPieces = 512;
/** Fetched at once where it is read in a row: 1 MiB. */
const mostAhead = 8;
/** A server that comes up again is waited for no longer. */
const attempts = 5;

/** First and last byte, and how large it is. Undefined where that is not what it says. */
export const rangeIn = (range: string | null): readonly [first: number, last: number, sizeBytes: number] | undefined => {
  const found = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(range ?? '');
  return found === null ? undefined : [Number(found[1]), Number(found[2]), Number(found[3])];
};

export class RangedFile implements BlockFile {
  readonly sizeBytes: number;
  readonly tag: string;
  readonly #file: Ranged;
  /** By their numbers, what was used last at the end. */
  readonly #pieces = new Map<number, Uint8Array>();
  /** Behind what was fetched last, and how many pieces are fetched if it is read on from there. */
  #next = -1;
  #ahead = 1;
  /** It is another file by now: none of it is given any more. */
  #isLost = false;
  #isFailing = false;

  constructor(file: Ranged) {
    this.sizeBytes = file.sizeBytes;
    this.tag = file.tag;
    this.#file = file;
  }

  read(at: number, into: Uint8Array): boolean {
    const end = Math.min(at + into.length, this.sizeBytes);
    for (let from = at; from < end; ) {
      const number = Math.floor(from / pieceBytes);
      const piece = this.#isLost ? undefined : this.#piece(number, Math.floor((end - 1) / pieceBytes));
      if (piece === undefined) return false;
      const part = piece.subarray(from - number * pieceBytes, end - number * pieceBytes);
      into.set(part, from - at);
      from += part.length;
    }
    into.fill(0, Math.max(0, end - at));
    return true;
  }

  /** Nobody writes to a web server. */
  write(): boolean {
    return false;
  }

  flush(): boolean {
    return true;
  }

  /** `last` is wanted, too. */
  #piece(number: number, last: number): Uint8Array | undefined {
    const kept = this.#pieces.get(number);
    if (kept !== undefined) {
      this.#pieces.delete(number);
      this.#pieces.set(number, kept);
      return kept;
    }
    this.#ahead = number === this.#next ? Math.min(2 * this.#ahead, mostAhead) : 1;
    const most = Math.min(Math.max(this.#ahead, last - number + 1), mostAhead, Math.ceil(this.sizeBytes / pieceBytes) - number);
    let count = 1;
    while (count < most && !this.#pieces.has(number + count)) count++;
    this.#next = number + count;
    const bytes = this.#fetch(number * pieceBytes, Math.min((number + count) * pieceBytes, this.sizeBytes));
    if (bytes === undefined) return undefined;
    for (let index = 0; index < count; index++) this.#keep(number + index, bytes.slice(index * pieceBytes, (index + 1) * pieceBytes));
    return this.#pieces.get(number);
  }

  #keep(number: number, bytes: Uint8Array): void {
    this.#pieces.set(number, bytes);
    const [oldest] = this.#pieces.keys();
    if (this.#pieces.size > mostPieces && oldest !== undefined) this.#pieces.delete(oldest);
  }

  #fetch(begin: number, end: number): Uint8Array | undefined {
    let why = '';
    for (let attempt = 0; attempt < attempts; attempt++) {
      try {
        const answer = this.#file.ask(begin, end - 1);
        const other = this.#otherIn(answer, begin, end);
        if (other !== undefined) {
          this.#isLost = true;
          this.#fail(other);
          return undefined;
        }
        if (answer.status === 206 && answer.bytes.length === end - begin) {
          this.#isFailing = false;
          return answer.bytes;
        }
        why = answer.status === 206 ? 'its server’s answer was cut short' : `its server answers ${answer.status}`;
      } catch (error) {
        why = error instanceof Error ? error.message : String(error);
      }
    }
    this.#fail(`bytes ${begin} to ${end - 1} can't be had: ${why}`);
    return undefined;
  }

  /** How it is another file than at the beginning, or another server's. */
  #otherIn({ status, range, tag }: Answer, begin: number, end: number): string | undefined {
    if (status === 200) return 'its server answers with all of it where a piece is asked for';
    if (status === 404 || status === 410) return `it isn't there any more: its server answers ${status}`;
    if (status === 416) return 'it is shorter than it was';
    if (status !== 206) return undefined;
    const [first, last, sizeBytes] = rangeIn(range) ?? [];
    if (tag !== this.tag || sizeBytes !== this.sizeBytes) return 'it was changed on its server while it was read';
    return first === begin && last === end - 1 ? undefined : 'its server answers with another piece than is asked for';
  }

  #fail(why: string): void {
    if (!this.#isFailing) this.#file.failed(`${this.#file.name}: ${why}`);
    this.#isFailing = true;
  }
}
