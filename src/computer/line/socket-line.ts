/** A serial port that leads to a socket: to who listens there, or to whoever comes, one at a time. */
import type { Socket } from 'node:net';
import type { OpenLine, Port } from './open-line.ts';
import { connected, type SocketEnd, served, type Taker, type Waiting } from './socket.ts';

/** Bytes from which on who sends is to wait, each way; and what waits at the most of a guest that doesn't look. */
const [enough, most] = [64 * 1024, 1024 * 1024];

export interface SocketLineWires {
  readonly end: SocketEnd;
  /** Something has come in, or can go out. */
  readonly wake: () => void;
}

export class SocketLine implements OpenLine, Taker {
  readonly #wake: () => void;
  #socket: Socket | undefined;
  #sent: number[] = [];
  #came: Buffer = Buffer.alloc(0);

  readonly line: OpenLine['line'];

  constructor(wake: () => void) {
    this.#wake = wake;
    const isBusy = (): boolean => this.#socket !== undefined && this.#sent.length + this.#socket.writableLength >= enough;
    this.line = {
      // To nobody it is lost, as on a line that isn't plugged in.
      transmit: (byte) => void (this.#socket !== undefined && this.#sent.length < most && this.#sent.push(byte)),
      get isBusy() {
        return isBusy();
      },
    };
  }

  get isTaken(): boolean {
    return this.#socket !== undefined;
  }

  take(socket: Socket): void {
    this.#socket = socket;
    socket.setNoDelay();
    socket.on('data', (bytes: Buffer) => {
      this.#came = Buffer.concat([this.#came, bytes]);
      if (this.#came.length >= enough) socket.pause();
      this.#wake();
    });
    socket.on('drain', this.#wake);
    // A connection that breaks off closes next.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#socket = undefined;
      this.#sent = [];
      this.#wake();
    });
  }

  feed(port: Port): boolean {
    port.release?.();
    const count = Math.min(port.room, this.#came.length);
    for (const byte of this.#came.subarray(0, count)) port.receive(byte);
    this.#came = this.#came.subarray(count);
    if (this.#came.length < enough) this.#socket?.resume();
    return count > 0;
  }

  send(): void {
    if (this.#sent.length === 0) return;
    this.#socket?.write(Uint8Array.from(this.#sent));
    this.#sent = [];
  }

  close(): void {
    this.send();
    this.#socket?.destroySoon();
  }
}

/** Throws a Refusal where nobody listens. */
export const connectedLine = async ({ end, wake }: SocketLineWires): Promise<OpenLine> => {
  const line = new SocketLine(wake);
  await connected(end, line);
  return line;
};

/** Throws a Refusal where it can't listen. */
export const servedLine = async ({ end, wake }: SocketLineWires, waiting: Waiting): Promise<OpenLine> => {
  const line = new SocketLine(wake);
  const server = await served(end, 'serial line', line, waiting);
  const close = (): void => {
    server[Symbol.dispose]();
    line.close();
  };
  return { line: line.line, feed: (port) => line.feed(port), send: () => line.send(), close };
};
