/** A network card's cable that leads to a socket: each frame behind its length, four bytes, the highest first, as QEMU (-netdev stream) and passt have it. */
import type { Socket } from 'node:net';
import type { VirtioNet } from '../../devices/index.ts';
import type { Cable } from '../../machine/index.ts';
import { Arrived } from './arrived.ts';
import { Departing } from './departing.ts';
import type { Taker } from './socket.ts';

export type Card = Pick<VirtioNet, 'receive' | 'link'>;

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
  readonly #arrived = new Arrived();
  readonly #departing = new Departing();
  #socket: Socket | undefined;

  constructor(wires: CableLineWires) {
    this.#wires = wires;
  }

  /** What is sent goes at once: whoever waits for it begins while the guest is still at work. */
  readonly cable: Cable = { transmit: (frame) => this.#transmit(frame), settle: () => this.send() };

  get isTaken(): boolean {
    return this.#socket !== undefined;
  }

  take(socket: Socket): void {
    this.#socket = socket;
    if ('setNoDelay' in socket) socket.setNoDelay();
    socket.on('data', (bytes: Buffer) => this.came(bytes));
    // A connection that breaks off closes next.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#socket = undefined;
      this.#arrived.clear();
      this.#departing.clear();
      this.#wires.wake();
    });
    this.#wires.wake();
  }

  /** They are whose they were when this returns. */
  came(bytes: Uint8Array): void {
    this.#arrived.push(bytes);
    if (this.#arrived.waitingBytes >= enough) this.#socket?.pause();
    this.#wires.wake();
  }

  /** Gives the card what it has room for. Returns whether that was anything. */
  feed(card: Card): boolean {
    card.link(this.isTaken);
    let isFed = false;
    for (let count = card.receive(this.#arrived); count > 0; count = card.receive(this.#arrived)) {
      this.#arrived.drop(count);
      isFed = true;
    }
    const { wrongLength } = this.#arrived;
    if (wrongLength !== undefined) this.#breakOff(wrongLength);
    if (this.#arrived.waitingBytes < enough) this.#socket?.resume();
    return isFed;
  }

  /** What was sent goes on its way. */
  send(): void {
    this.#departing.send(this.#socket);
  }

  close(): void {
    this.send();
    this.#socket?.destroySoon();
  }

  #transmit(frame: Uint8Array): void {
    const socket = this.#socket;
    if (socket !== undefined && this.#departing.bytes + socket.writableLength < most) this.#departing.push(frame);
  }

  #breakOff(length: number): void {
    this.#wires.say(`what a network cable leads to sends something else than frames: ${length} is no frame's length`);
    this.#socket?.destroy();
    this.#arrived.clear();
  }
}
