/** A network card's cable that leads to a socket: each frame behind its length, four bytes, the highest first, as QEMU (-netdev stream) and passt have it. */
import type { Socket } from 'node:net';
import type { VirtioNet } from '../../../devices/index.ts';
import type { Cable } from '../../../machine/index.ts';
import type { Taker } from './socket.ts';

export type Card = Pick<VirtioNet, 'receive' | 'link'>;

const lengthBytes = 4;
/** What is no frame's length: whoever sends it speaks of something else. */
const tooLong = 0x2_0000;
/** Bytes from which on who sends is to wait; and of what the guest has sent, from which on more is lost. */
const [enough, most] = [1024 * 1024, 4 * 1024 * 1024];

export interface CableLineWires {
  /** Something has come in, or the other end has come or gone. */
  readonly wake: () => void;
  /** What is said of the other end. */
  readonly say: (sentence: string) => void;
}

export class CableLine implements Taker {
  readonly #wires: CableLineWires;
  #socket: Socket | undefined;
  #came: Buffer[] = [];
  #cameBytes = 0;
  #sent: Uint8Array[] = [];
  #sentBytes = 0;

  constructor(wires: CableLineWires) {
    this.#wires = wires;
  }

  readonly cable: Cable = { transmit: (frame) => this.#transmit(frame) };

  get isTaken(): boolean {
    return this.#socket !== undefined;
  }

  take(socket: Socket): void {
    this.#socket = socket;
    if ('setNoDelay' in socket) socket.setNoDelay();
    socket.on('data', (bytes: Buffer) => {
      this.#came.push(bytes);
      this.#cameBytes += bytes.length;
      if (this.#cameBytes >= enough) socket.pause();
      this.#wires.wake();
    });
    // A connection that breaks off closes next.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#socket = undefined;
      [this.#came, this.#cameBytes, this.#sent, this.#sentBytes] = [[], 0, [], 0];
      this.#wires.wake();
    });
    this.#wires.wake();
  }

  /** Gives the card what it has room for. Returns whether that was anything. */
  feed(card: Card): boolean {
    card.link(this.isTaken);
    let isFed = false;
    for (let frame = this.#next(); frame !== undefined && card.receive(frame); frame = this.#next()) {
      this.#drop(lengthBytes + frame.length);
      isFed = true;
    }
    if (this.#cameBytes < enough) this.#socket?.resume();
    return isFed;
  }

  /** What was sent goes on its way. */
  send(): void {
    if (this.#sent.length === 0) return;
    this.#socket?.write(Buffer.concat(this.#sent));
    [this.#sent, this.#sentBytes] = [[], 0];
  }

  close(): void {
    this.send();
    this.#socket?.destroySoon();
  }

  #transmit(frame: Uint8Array): void {
    const socket = this.#socket;
    if (socket === undefined || this.#sentBytes + socket.writableLength >= most) return;
    const length = Buffer.alloc(lengthBytes);
    length.writeUInt32BE(frame.length);
    this.#sent.push(length, frame.slice());
    this.#sentBytes += lengthBytes + frame.length;
  }

  /** The first frame, if all of it has come. */
  #next(): Uint8Array | undefined {
    if (this.#cameBytes < lengthBytes) return undefined;
    const length = this.#gathered(lengthBytes).readUInt32BE();
    if (length < tooLong)
      return this.#cameBytes < lengthBytes + length
        ? undefined
        : this.#gathered(lengthBytes + length).subarray(lengthBytes, lengthBytes + length);
    this.#wires.say(`what a network cable leads to sends something else than frames: ${length} is no frame's length`);
    this.#socket?.destroy();
    [this.#came, this.#cameBytes] = [[], 0];
    return undefined;
  }

  /** So many bytes that have come, in one piece. */
  #gathered(bytes: number): Buffer {
    const [first = Buffer.alloc(0)] = this.#came;
    if (first.length >= bytes) return first;
    const all = Buffer.concat(this.#came);
    this.#came = [all];
    return all;
  }

  #drop(bytes: number): void {
    const [first, ...rest] = this.#came;
    if (first === undefined) return;
    this.#cameBytes -= bytes;
    this.#came = first.length === bytes ? rest : [first.subarray(bytes), ...rest];
  }
}
