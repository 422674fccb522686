/** Sockets between a guest and its host: VIRTIO 1.3, 5.10. What connections there are is known to whoever stands at the other end, and ends with him. */
import { flag, type SocketPacket, type SocketPeer, type StateOf } from '../../machine/index.ts';
import type { Chain } from './chain.ts';
import { VirtioFunction, type VirtioPlace } from './function.ts';

export interface VirtioVsockWires extends VirtioPlace {
  /** The guest's address; its host's is 2. */
  readonly cid: number;
  readonly peer: SocketPeer;
}

const Queue = { receive: 0, transmit: 1, events: 2 } as const;
const hostCid = 2;
const stream = 1;
/** 5.10.6: addresses, ports, length, type, operation, flags, room and what was taken out of it. */
const Header = {
  source: 0,
  destination: 8,
  from: 16,
  to: 20,
  length: 24,
  type: 28,
  op: 30,
  flags: 32,
  room: 36,
  taken: 40,
  bytes: 44,
} as const;
/** Of data in a packet: Linux sends no more. */
const mostBytes = 65_536;
/** VIRTIO_VSOCK_EVENT_TRANSPORT_RESET, of four bytes. */
const transportReset = new Uint8Array(4);

/** `isCut`: connections are gone that the guest was not told of yet. */
const own = { isCut: flag };
const kind = { id: 19, classCode: 0xff_0000, queues: 3, queueSize: 128, features: [], configBytes: 8, own } as const;

export class VirtioVsock extends VirtioFunction<typeof own> {
  readonly #cid: number;
  readonly #peer: SocketPeer;
  readonly #header = new DataView(new ArrayBuffer(Header.bytes));
  readonly #headerBytes = new Uint8Array(this.#header.buffer);
  readonly #data = new Uint8Array(mostBytes);

  constructor({ cid, peer, ...place }: VirtioVsockWires) {
    super(place, kind);
    this.#cid = cid;
    this.#peer = peer;
  }

  protected freshOwn(): StateOf<typeof own> {
    return { isCut: false };
  }

  protected get deviceConfig(): Uint8Array {
    const config = new DataView(new ArrayBuffer(kind.configBytes));
    config.setUint32(0, this.#cid, true);
    return new Uint8Array(config.buffer);
  }

  protected notified(index: number): void {
    if (index === Queue.transmit) this.queues[index]?.serve((chain) => this.#transmit(chain));
    else if (index === Queue.events) this.#tellCut();
    else this.#peer.onRoom();
  }

  /** A packet for the guest, whose data may be cut short where its buffer is. Returns how many bytes of data it has now; undefined: there is no buffer, or no driver yet, and nothing was taken. */
  receive({ from, to, op, flags, room, taken, bytes }: SocketPacket): number | undefined {
    const queue = this.queues[Queue.receive];
    const chain = this.isLive ? queue?.take() : undefined;
    if (queue === undefined || chain === undefined) return undefined;
    const length = Math.min(bytes.length, Math.max(chain.writable - Header.bytes, 0));
    const header = this.#header;
    header.setBigUint64(Header.source, BigInt(hostCid), true);
    header.setBigUint64(Header.destination, BigInt(this.#cid), true);
    header.setUint32(Header.from, from, true);
    header.setUint32(Header.to, to, true);
    header.setUint32(Header.length, length, true);
    header.setUint16(Header.type, stream, true);
    header.setUint16(Header.op, op, true);
    header.setUint32(Header.flags, flags, true);
    header.setUint32(Header.room, room, true);
    header.setUint32(Header.taken, taken, true);
    chain.write(0, this.#headerBytes);
    chain.write(Header.bytes, bytes.subarray(0, length));
    queue.give(Math.min(Header.bytes + length, chain.writable));
    queue.settle();
    return length;
  }

  /** There is nobody any more whom its connections led to: the guest ends them all. */
  cut(): void {
    this.state.own.isCut = true;
    this.#tellCut();
  }

  #tellCut(): void {
    const queue = this.queues[Queue.events];
    const chain = this.state.own.isCut && this.isLive ? queue?.take() : undefined;
    if (queue === undefined || chain === undefined) return;
    queue.give(chain.write(0, transportReset));
    queue.settle();
    this.state.own.isCut = false;
  }

  /** What is no packet of a stream from this guest to its host leads nowhere: 5.10.6.3.2. */
  #transmit(chain: Chain): number {
    const header = this.#header;
    if (chain.read(0, this.#headerBytes) < Header.bytes) return 0;
    const length = header.getUint32(Header.length, true);
    const isOurs =
      header.getBigUint64(Header.source, true) === BigInt(this.#cid) &&
      header.getBigUint64(Header.destination, true) === BigInt(hostCid) &&
      header.getUint16(Header.type, true) === stream;
    if (!isOurs || length > Math.min(mostBytes, chain.readable - Header.bytes)) return 0;
    const bytes = this.#data.subarray(0, length);
    chain.read(Header.bytes, bytes);
    this.#peer.sent({
      ...{ from: header.getUint32(Header.from, true), to: header.getUint32(Header.to, true) },
      ...{ op: header.getUint16(Header.op, true), flags: header.getUint32(Header.flags, true) },
      ...{ room: header.getUint32(Header.room, true), taken: header.getUint32(Header.taken, true), bytes },
    });
    return 0;
  }
}
