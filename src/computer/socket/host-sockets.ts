/**
 * The host's end of a guest's sockets: a Unix socket. Whoever connects there writes `CONNECT PORT` and a line end, is answered `OK` and a number once somebody in the guest listens at that port, and talks with him from then on.
 * Where nobody does the connection ends. Guests begin no connection: there is nobody for them.
 */
import { createServer, type Socket } from 'node:net';
import type { VirtioVsock } from '../../devices/index.ts';
import { SocketOp, type SocketPacket, type SocketPeer } from '../../machine/index.ts';
import { listening } from '../line/index.ts';
import { Connection } from './connection.ts';

export type SocketCard = Pick<VirtioVsock, 'receive'>;

/** At a time. */
const mostConnections = 256;
/** Answers that wait for room in the guest; one that makes none gets no more. */
const mostWaiting = 1024;
const longestLine = 32;
/** Ports of the host's, above those that anybody knows. */
const firstPort = 2 ** 30;

export class HostSockets implements SocketPeer {
  readonly #wake: () => void;
  readonly #connections = new Map<number, Connection>();
  readonly #clients = new Set<Socket>();
  readonly #waiting: SocketPacket[] = [];
  #nextPort = firstPort;

  /** `wake`: there is something for the guest. */
  constructor(wake: () => void) {
    this.#wake = wake;
  }

  readonly onRoom = (): void => this.#wake();

  readonly sent = (packet: SocketPacket): void => {
    const connection = this.#connections.get(packet.to);
    if (connection?.ports.guest === packet.from) connection.take(packet);
    else if (packet.op !== SocketOp.reset)
      this.#send({ ...packet, from: packet.to, to: packet.from, op: SocketOp.reset, bytes: new Uint8Array() });
  };

  /** Listens there. Throws `line-closed` where that can't be. */
  async listen(path: string): Promise<Disposable> {
    const server = createServer({ allowHalfOpen: true }, (socket) => this.#greet(socket));
    server.maxConnections = mostConnections;
    await listening(server, { kind: 'unix', path, isServer: true, isAwaited: false });
    return {
      [Symbol.dispose]: () => {
        server.close();
        for (const connection of this.#connections.values()) connection.drop();
        for (const socket of this.#clients) socket.destroy();
      },
    };
  }

  /** Gives the guest what it has room for. Returns whether that was anything. */
  feed(card: SocketCard): boolean {
    let isFed = false;
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      if (card.receive(first) === undefined) return isFed;
      this.#waiting.shift();
      isFed = true;
    }
    for (const connection of this.#connections.values()) {
      for (let packet = connection.next(); packet !== undefined; packet = connection.next()) {
        const count = card.receive(packet);
        connection.given(packet, count);
        if (count === undefined) return isFed;
        isFed = true;
      }
    }
    return isFed;
  }

  /** Until it has said where it wants to go. */
  #greet(socket: Socket): void {
    this.#clients.add(socket);
    socket.on('error', () => {}).on('close', () => this.#clients.delete(socket));
    let line = '';
    const leave = (): void => void socket.destroy();
    const read = (): void => {
      for (let byte: Buffer | null = socket.read(1); byte !== null; byte = socket.read(1)) {
        const isWhole = byte[0] === 0x0a || line.length === longestLine;
        if (!isWhole) line += byte.toString('latin1');
        else {
          socket.off('readable', read).off('end', leave);
          this.#connect(socket, line);
          break;
        }
      }
    };
    socket.on('readable', read).on('end', leave);
  }

  #connect(socket: Socket, line: string): void {
    const guest = Number(/^CONNECT (\d{1,10})\r?$/.exec(line)?.[1] ?? Number.NaN);
    if (!(guest < 2 ** 32)) {
      socket.destroy();
      return;
    }
    const host = this.#freePort();
    const connection = new Connection(
      socket,
      { host, guest },
      {
        send: (packet) => this.#send(packet),
        wake: this.#wake,
        over: () => this.#connections.delete(host),
      },
    );
    this.#connections.set(host, connection);
  }

  #freePort(): number {
    while (this.#connections.has(this.#nextPort)) this.#nextPort = this.#nextPort === 2 ** 31 ? firstPort : this.#nextPort + 1;
    return this.#nextPort++;
  }

  #send(packet: SocketPacket): void {
    if (this.#waiting.length < mostWaiting) this.#waiting.push(packet);
    this.#wake();
  }
}
