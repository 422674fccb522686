/** A network card whose frames go over a socket, each after its length, a big-endian u32: passt(1), and what QEMU calls a stream. */
import { connect, type Socket } from 'node:net';
import type { Cable } from '../../../machine/index.ts';

const lengthBytes = 4;
/** Larger ones there are none: passt, tap.c. */
const mostFrameBytes = 65_535 + 18;
/** Bytes from which on whoever sends is to wait; and from which on what the guest sends is lost, as on any cable that is full. */
const [enough, most] = [1024 * 1024, 4 * 1024 * 1024];

/** A card, as far as what comes in is concerned. */
export interface Receiving {
  /** False: it has no room now. */
  receive(frame: Uint8Array): boolean;
}

export class Packets {
  readonly #socket: Socket;
  #came: Buffer = Buffer.alloc(0);
  #waits: Buffer[] = [];

  /** `wake`: something has come in. */
  constructor(socket: Socket, wake: () => void) {
    this.#socket = socket;
    socket.on('data', (bytes: Buffer) => {
      this.#waits.push(bytes);
      if (this.#waiting >= enough) socket.pause();
      wake();
    });
    // Who is at the other end is gone: nothing more comes.
    socket.on('error', () => {});
  }

  readonly cable: Cable = {
    transmit: (frame) => {
      if (this.#socket.writableLength >= most || this.#socket.destroyed) return;
      const packet = Buffer.allocUnsafe(lengthBytes + frame.length);
      packet.writeUInt32BE(frame.length);
      packet.set(frame, lengthBytes);
      this.#socket.write(packet);
    },
  };

  /** Gives the card what has come, as far as it has room. Returns whether that was anything. */
  feed(card: Receiving): boolean {
    if (this.#waits.length > 0) {
      this.#came = Buffer.concat([this.#came, ...this.#waits]);
      this.#waits = [];
    }
    let at = 0;
    while (this.#came.length - at >= lengthBytes) {
      const length = this.#came.readUInt32BE(at);
      if (length > mostFrameBytes) {
        this.#socket.destroy();
        break;
      }
      const from = at + lengthBytes;
      if (this.#came.length - from < length || !card.receive(this.#came.subarray(from, from + length))) break;
      at = from + length;
    }
    this.#came = this.#came.subarray(at);
    if (this.#waiting < enough) this.#socket.resume();
    return at > 0;
  }

  close(): void {
    this.#socket.destroy();
  }

  get #waiting(): number {
    return this.#came.length + this.#waits.reduce((sum, { length }) => sum + length, 0);
  }
}

/** Throws where nobody listens. */
export const connected = async (path: string, wake: () => void): Promise<Packets> => {
  const socket = connect({ path });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('connect', resolve).once('error', reject);
  await promise;
  socket.off('error', reject);
  return new Packets(socket, wake);
};
