/** A card with a file system of others that leads to a socket, where guest/share serves it: stream.h there says how both speak. */
import type { Socket } from 'node:net';
import type { VirtioFs } from '../../devices/index.ts';
import type { FileServer } from '../../machine/index.ts';
import type { Taker } from './socket.ts';

export type FilesCard = Pick<VirtioFs, 'answer'>;

const wordBytes = 4;
/** Length, number, room; length, number. */
const [askBytes, answerBytes] = [3 * wordBytes, 2 * wordBytes];
/** Bytes that wait for the server from which on what needs no answer is left out: what it doesn't forget it goes on knowing. */
const most = 16 * 1024 * 1024;
/** linux/fuse.h, fuse_out_header: its length, an error, and the number of the request, which is at 8 there. */
const [headBytes, uniqueAt, ioError] = [16, 8, -5];

export class FilesLine implements Taker {
  readonly #wake: () => void;
  #socket: Socket | undefined;
  #came: Buffer[] = [];
  #cameBytes = 0;
  /** So many bytes have to be there for the next answer to be whole, as far as is known. */
  #wanted = answerBytes;
  #refused: (readonly [number: number, reply: Uint8Array])[] = [];

  /** `wake`: an answer has come. */
  constructor(wake: () => void) {
    this.#wake = wake;
  }

  readonly server: FileServer = { ask: (request, room, number) => this.#ask(request, room, number) };

  get isTaken(): boolean {
    return this.#socket !== undefined;
  }

  take(socket: Socket): void {
    this.#socket = socket;
    socket.on('data', (bytes: Buffer) => {
      this.#came.push(bytes);
      this.#cameBytes += bytes.length;
      if (this.#cameBytes >= this.#wanted) this.#wake();
    });
    // A connection that breaks off closes next; then the relay ends the machine.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#socket = undefined;
    });
  }

  /** Gives the card what has been answered. Returns whether that was anything. */
  feed(card: FilesCard): boolean {
    const refused = this.#refused.splice(0);
    for (const [number, reply] of refused) card.answer(number, reply);
    return this.#answer(card) || refused.length > 0;
  }

  close(): void {
    this.#socket?.destroy();
  }

  #answer(card: FilesCard): boolean {
    if (this.#cameBytes < this.#wanted) return false;
    const came = Buffer.concat(this.#came);
    let at = 0;
    this.#wanted = answerBytes;
    while (came.length >= at + this.#wanted) {
      const end = at + wordBytes + came.readUInt32BE(at);
      this.#wanted = end - at;
      if (came.length < end) break;
      card.answer(came.readUInt32BE(at + wordBytes), came.subarray(at + answerBytes, end));
      at = end;
      this.#wanted = answerBytes;
    }
    this.#cameBytes = came.length - at;
    this.#came = at === came.length ? [] : [came.subarray(at)];
    return at > 0;
  }

  #ask(request: Uint8Array, room: number, number: number): void {
    const socket = this.#socket;
    if (socket === undefined) {
      if (room >= headBytes) this.#refused.push([number, errorTo(request)]);
      return;
    }
    if (room === 0 && socket.writableLength >= most) return;
    const asked = Buffer.allocUnsafe(askBytes + request.length);
    asked.writeUInt32BE(askBytes - wordBytes + request.length, 0);
    asked.writeUInt32BE(number, wordBytes);
    asked.writeUInt32BE(room, 2 * wordBytes);
    asked.set(request, askBytes);
    socket.write(asked);
  }
}

/** Nobody has the files. */
const errorTo = (request: Uint8Array): Uint8Array => {
  const reply = Buffer.alloc(headBytes);
  reply.writeUInt32LE(headBytes, 0);
  reply.writeInt32LE(ioError, wordBytes);
  reply.set(request.subarray(uniqueAt, headBytes), uniqueAt);
  return reply;
};
