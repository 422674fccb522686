/** One connection between a port of the guest's and somebody at the host's socket: what is under way, and how much each has room for (VIRTIO 1.3, 5.10.6.3). */
import type { Socket } from 'node:net';
import { SocketEnd, SocketOp, type SocketPacket } from '../../machine/index.ts';

/** Bytes that wait for who is at the socket at the most: so much the guest may send ahead. */
export const roomBytes = 256 * 1024;
/** Once so many were taken the guest is told. */
const toldBytes = roomBytes / 4;
/** In a packet, as Linux's buffers have it. */
const mostBytes = 4096;

export type Ports = Readonly<Record<'host' | 'guest', number>>;

/** What a connection has others do. */
export interface ConnectionWires {
  /** Has a packet sent, in order. */
  send(packet: SocketPacket): void;
  /** There is something to be given to the guest. */
  wake(): void;
  /** It is over. */
  over(): void;
}

const nothing = new Uint8Array();

export class Connection {
  readonly ports: Ports;
  readonly #socket: Socket;
  readonly #wires: ConnectionWires;
  #isOpen = false;
  #isOver = false;
  /** Whether the guest may still be sent something, and was told that nothing comes any more. */
  #isHeard = true;
  #hasEnded = false;
  /** What it said: its room, and what it took out of that. What it was sent. Each modulo 2³². */
  #itsRoom = 0;
  #itsTaken = 0;
  #sent = 0;
  /** What it has sent, and what of that has left, and that it was told of. */
  #came = 0;
  #taken = 0;
  #told = 0;

  constructor(socket: Socket, ports: Ports, wires: ConnectionWires) {
    this.#socket = socket;
    this.ports = ports;
    this.#wires = wires;
    socket.on('readable', () => wires.wake());
    socket.on('end', () => wires.wake());
    socket.on('error', () => {});
    socket.on('close', () => {
      if (!this.#isOver) this.#end(SocketOp.reset);
    });
    this.#tell(SocketOp.request);
  }

  /** A packet of the guest's at these ports. */
  take({ op, flags, room, taken, bytes }: SocketPacket): void {
    this.#itsRoom = room;
    this.#itsTaken = taken;
    if (op === SocketOp.response && !this.#isOpen) this.#open();
    else if (op === SocketOp.data) this.#pass(bytes);
    else if (op === SocketOp.shutdown) this.#shut(flags);
    else if (op === SocketOp.askCredit) this.#tell(SocketOp.credit);
    else if (op === SocketOp.reset) this.#end(undefined);
    else if (op !== SocketOp.credit) this.#end(SocketOp.reset);
    this.#wires.wake();
  }

  /** What may be given to the guest now; undefined: nothing. It is given by `give`. */
  next(): SocketPacket | undefined {
    if (!this.#isOpen || this.#isOver) return undefined;
    const room = Math.min(this.#itsRoom - ((this.#sent - this.#itsTaken) >>> 0), mostBytes);
    const { readableLength } = this.#socket;
    if (readableLength > 0) {
      if (room <= 0 || !this.#isHeard) return undefined;
      const bytes: Buffer | null = this.#socket.read(Math.min(room, readableLength));
      return bytes === null ? undefined : this.#packet(SocketOp.data, bytes);
    }
    if (!this.#socket.readableEnded) {
      // Its end is noticed by reading.
      this.#socket.read(0);
      return undefined;
    }
    return this.#hasEnded ? undefined : this.#packet(SocketOp.shutdown, nothing, SocketEnd.sending);
  }

  /** The guest has so much of what came from `next`; the rest comes again, and all where it has nothing. */
  given({ op, bytes }: SocketPacket, count: number | undefined): void {
    if (op === SocketOp.shutdown) this.#hasEnded = count !== undefined;
    else {
      this.#sent = (this.#sent + (count ?? 0)) >>> 0;
      const left = bytes.subarray(count ?? 0);
      if (left.length > 0) this.#socket.unshift(Buffer.from(left));
    }
  }

  /** Nobody tells the guest: it can't be told. */
  drop(): void {
    this.#isOver = true;
    this.#socket.destroy();
  }

  #open(): void {
    this.#isOpen = true;
    this.#socket.write(`OK ${this.ports.host}\n`);
  }

  /** More than there is room for is sent by who doesn't keep to the rules. */
  #pass(bytes: Uint8Array): void {
    this.#came += bytes.length;
    if (!this.#isOpen || this.#came - this.#taken > roomBytes) this.#end(SocketOp.reset);
    else
      this.#socket.write(bytes.slice(), () => {
        this.#taken += bytes.length;
        if (this.#taken - this.#told >= toldBytes && !this.#isOver) this.#tell(SocketOp.credit);
      });
  }

  #shut(flags: number): void {
    if ((flags & SocketEnd.receiving) !== 0) this.#isHeard = false;
    if ((flags & SocketEnd.both) === SocketEnd.both) this.#end(SocketOp.reset);
    else if ((flags & SocketEnd.sending) !== 0) this.#socket.end();
  }

  /** What the guest has sent still leaves. */
  #end(op: number | undefined): void {
    if (this.#isOver) return;
    if (op !== undefined) this.#tell(op);
    this.#isOver = true;
    this.#socket.destroySoon();
    this.#wires.over();
  }

  #tell(op: number): void {
    this.#wires.send(this.#packet(op, nothing));
    this.#wires.wake();
  }

  #packet(op: number, bytes: Uint8Array, flags = 0): SocketPacket {
    this.#told = this.#taken;
    const { host: from, guest: to } = this.ports;
    return { from, to, op, flags, room: roomBytes, taken: this.#taken >>> 0, bytes };
  }
}
