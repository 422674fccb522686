/** Sockets that a computer's lines and cables lead to: of who listens there, or of whoever comes, one at a time. */
import { lstatSync, rmSync } from 'node:fs';
import { connect, createServer, type ListenOptions, type NetConnectOpts, type Server, type Socket } from 'node:net';
import { type Abort, type LineEnd, Refusal } from '../../environment/index.ts';
import { inWords, isMissing } from '../../host/index.ts';

export type SocketEnd = Extract<LineEnd, { kind: 'unix' | 'tcp' }>;

/** What has one socket at a time. */
export interface Taker {
  readonly isTaken: boolean;
  take(socket: Socket): void;
  /** What comes by a socket that isn't read by its events: of those who have much of it. */
  came?(bytes: Uint8Array): void;
}

export interface Waiting {
  readonly signal: Abort;
  readonly say: (sentence: string) => void;
}

/** Throws a Refusal where nobody listens. */
export const connected = async (end: SocketEnd, taker: Taker): Promise<void> => {
  const socket = connect({ ...addressOf(end), ...readingInto(taker) });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('connect', resolve).once('error', reject);
  try {
    await promise;
  } catch (error) {
    throw new Refusal('line-closed', [nameOf(end), `it can't be connected to: ${inWords(error)}`], { cause: error });
  }
  socket.off('error', reject);
  taker.take(socket);
};

const roomBytes = 256 * 1024;

/** Always the same memory: a new piece for each read has garbage collected all the time. */
const readingInto = (taker: Taker): Pick<NetConnectOpts, 'onread'> | Record<never, never> => {
  if (taker.came === undefined) return {};
  const callback = (count: number, buffer: Uint8Array): boolean => {
    taker.came?.(buffer.subarray(0, count));
    return true;
  };
  return { onread: { buffer: new Uint8Array(roomBytes), callback } };
};

/** Listens, and waits for the first who comes where that is asked for. Whoever comes while one is there is sent away. Throws a Refusal where it can't listen. */
export const served = async (end: SocketEnd, what: string, taker: Taker, { signal, say }: Waiting): Promise<Disposable> => {
  const first = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    if (taker.isTaken) return void socket.destroy();
    taker.take(socket);
    first.resolve();
  });
  await listening(server, end);
  const address = server.address();
  const isAnyPort = end.kind === 'tcp' && end.port === 0 && typeof address === 'object';
  const name = isAnyPort ? nameOf({ ...end, port: address?.port ?? 0 }) : nameOf(end);
  if (!end.isAwaited) say(`a ${what} is at ${name}`);
  else {
    say(`waiting for somebody at ${name}`);
    const leave = (): void => first.reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    try {
      signal.throwIfAborted();
      await first.promise;
    } catch (error) {
      server.close();
      throw error;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }
  return { [Symbol.dispose]: () => void server.close() };
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

export const nameOf = (end: SocketEnd): string => (end.kind === 'unix' ? `unix:${end.path}` : `tcp:${end.host || '127.0.0.1'}:${end.port}`);
