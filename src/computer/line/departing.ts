/** Frames that go out by a stream, each behind its length, put together in pieces of memory that are had again once they are gone. */
import type { Socket } from 'node:net';
import { lengthBytes } from './arrived.ts';

/** Of a piece: more than the longest frame. */
const pieceBytes = 128 * 1024;
/** Kept for later. */
const mostIdle = 16;

export class Departing {
  #idle: Buffer[] = [];
  #full: Buffer[] = [];
  #last: Buffer | undefined;
  #filled = 0;
  /** What wasn't sent yet. */
  bytes = 0;

  /** Copies it. */
  push(frame: Uint8Array): void {
    const count = lengthBytes + frame.length;
    if (this.#last !== undefined && this.#filled + count > pieceBytes) this.#close(this.#last);
    this.#last ??= this.#idle.pop() ?? Buffer.allocUnsafeSlow(pieceBytes);
    this.#last.writeUInt32BE(frame.length, this.#filled);
    this.#last.set(frame, this.#filled + lengthBytes);
    this.#filled += count;
    this.bytes += count;
  }

  send(to: Socket | undefined): void {
    if (this.bytes === 0) return;
    if (this.#last !== undefined) this.#close(this.#last);
    for (const piece of this.#full) to?.write(piece, () => void (this.#idle.length < mostIdle && this.#idle.push(whole(piece))));
    this.clear();
  }

  clear(): void {
    [this.#full, this.#last, this.#filled, this.bytes] = [[], undefined, 0, 0];
  }

  #close(last: Buffer): void {
    this.#full.push(last.subarray(0, this.#filled));
    [this.#last, this.#filled] = [undefined, 0];
  }
}

const whole = ({ buffer }: Buffer): Buffer => Buffer.from(buffer);
