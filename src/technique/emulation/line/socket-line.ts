/** A serial port that leads to a socket: to who listens there, or to whoever comes, one at a time. */
import { lstatSync, rmSync } from 'node:fs';
import { connect, createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import { type Abort, type LineEnd, Refusal } from '../../../environment/index.ts';
import { inWords, isMissing } from '../../../host/index.ts';
import type { OpenLine, Port } from './open-line.ts';

type SocketEnd = Extract<LineEnd, { kind: 'unix' | 'tcp' }>;

/** Bytes from which on who sends is to wait, each way; and what waits at the most of a guest that doesn't look. */
const [enough, most] = [64 * 1024, 1024 * 1024];

export interface SocketLineWires {
  readonly end: SocketEnd;
  /** Something has come in, or can go out. */
  readonly wake: () => void;
}

export class SocketLine implements OpenLine {
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

/** Throws a Refusal where nobody listens, or where something else is. */
export const connectedLine = async ({ end, wake }: SocketLineWires): Promise<OpenLine> => {
  const line = new SocketLine(wake);
  const socket = connect(addressOf(end));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('connect', resolve).once('error', reject);
  try {
    await promise;
  } catch (error) {
    throw new Refusal('line-closed', [nameOf(end), `it can't be connected to: ${inWords(error)}`], { cause: error });
  }
  socket.off('error', reject);
  line.take(socket);
  return line;
};

export interface Waiting {
  readonly signal: Abort;
  readonly say: (sentence: string) => void;
}

/** Listens, and waits for the first who comes where that is asked for. Throws a Refusal where it can't listen. */
export const servedLine = async ({ end, wake }: SocketLineWires, { signal, say }: Waiting): Promise<OpenLine> => {
  const line = new SocketLine(wake);
  const first = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    if (line.isTaken) return void socket.destroy();
    line.take(socket);
    first.resolve();
  });
  await listening(server, end);
  const close = (): void => {
    server.close();
    line.close();
  };
  const address = server.address();
  const isAnyPort = end.kind === 'tcp' && end.port === 0 && typeof address === 'object';
  const name = isAnyPort ? nameOf({ ...end, port: address?.port ?? 0 }) : nameOf(end);
  if (!end.isAwaited) say(`a serial line is at ${name}`);
  else {
    say(`waiting for somebody at ${name}`);
    const leave = (): void => first.reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    try {
      signal.throwIfAborted();
      await first.promise;
    } catch (error) {
      close();
      throw error;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }
  return { line: line.line, feed: (port) => line.feed(port), send: () => line.send(), close };
};

/** A socket that nobody listens at any more is in nobody's way: unix(7). Throws a Refusal where it can't be listened at. */
export const listening = async (server: Server, end: SocketEnd): Promise<void> => {
  if (end.kind === 'unix' && isSocket(end.path)) {
    if (await isServed(end.path)) throw new Refusal('line-closed', [nameOf(end), 'somebody else listens there']);
    rmSync(end.path, { force: true });
  }
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(addressOf(end), resolve);
  try {
    await promise;
  } catch (error) {
    throw new Refusal('line-closed', [nameOf(end), `it can't be listened at: ${inWords(error)}`], { cause: error });
  }
};

const isSocket = (path: string): boolean => {
  try {
    return lstatSync(path).isSocket();
  } catch (error) {
    if (isMissing(error)) return false;
    throw new Refusal('path-closed', [path, 'written', inWords(error)], { cause: error });
  }
};

const isServed = (path: string): Promise<boolean> => {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const probe = connect({ path });
  probe.once('connect', () => {
    probe.destroy();
    resolve(true);
  });
  probe.once('error', () => resolve(false));
  return promise;
};

/** Where no host is said it is this one's loopback: nobody else has business there. */
const addressOf = (end: SocketEnd): ListenOptions & { readonly port: number } & { readonly path: string } =>
  (end.kind === 'unix' ? { path: end.path } : { host: end.host || '127.0.0.1', port: end.port }) as never; // One of the two is what both take.

const nameOf = (end: SocketEnd): string => (end.kind === 'unix' ? `unix:${end.path}` : `tcp:${end.host || '127.0.0.1'}:${end.port}`);
