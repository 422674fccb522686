/** Lines of bytes between the machine and its guest, as many as there are ports: VIRTIO 1.3, 5.3. */
import { flag, list, part, type StateOf, some, u16, type Width } from '../../../machine/index.ts';
import type { Chain } from '../chain.ts';
import { VirtioFunction, type VirtioPlace } from '../function.ts';
import type { Virtqueue } from '../queue.ts';
import { Config, configBytes, Event, Feature, messageBytes, mostPorts, Queue } from './registers.ts';

/** Where what the guest sends goes. */
export interface PortLine {
  /** The bytes are the card's again when this returns. */
  transmit(bytes: Uint8Array): void;
  /** It takes no more for a while: what the guest sends waits until `release`. */
  readonly isBusy?: boolean;
}

export interface ConsolePort {
  /** By which a guest finds it: Linux has it in /dev/virtio-ports. */
  readonly name?: string;
  /** Whether it is to be a terminal in the guest. */
  readonly isConsole?: boolean;
  readonly line: PortLine;
}

export interface VirtioConsoleWires extends VirtioPlace {
  /** Up to eight. */
  readonly ports: readonly ConsolePort[];
}

const messages = { port: u16, event: u16, value: u16 };
type Message = StateOf<typeof messages>;

const own = {
  /** Whether the guest knows the port, whether it has it open, and whether somebody is at its other end. */
  ports: list(mostPorts, part({ isReady: flag, isOpen: flag, isTaken: flag })),
  /** What the driver wasn't told yet. Each message is there once, so there are no more. */
  waiting: some(mostPorts * 5, part(messages)),
};
type Own = StateOf<typeof own>;

/** The longest buffer that all is sent of, and what is sent of it at a time. */
const [mostBytes, pieceBytes] = [1024 * 1024, 4096];

export class VirtioConsole extends VirtioFunction<typeof own> {
  readonly #ports: readonly ConsolePort[];
  readonly #piece = new Uint8Array(pieceBytes);

  constructor({ ports, ...place }: VirtioConsoleWires) {
    if (ports.length === 0 || ports.length > mostPorts)
      throw new RangeError(`a console card has 1 to ${mostPorts} ports, not ${ports.length}`);
    const features = [Feature.multiport, Feature.emergencyWrite];
    super(place, { ...{ id: 3, classCode: 0x07_8000, queues: 2 * ports.length + 2, queueSize: 64, configBytes, own }, features });
    this.#ports = ports;
  }

  /** How many bytes the guest's next buffer takes; none while it doesn't listen. */
  room(port: number): number {
    const queue = this.#listening(port);
    if (queue === undefined) return 0;
    const { mark } = queue;
    const room = queue.take()?.writable ?? 0;
    queue.untake(mark);
    return room;
  }

  /** Bytes for the guest. Returns how many it had room for; none while it doesn't listen. */
  receive(port: number, bytes: Uint8Array): number {
    const queue = this.#listening(port);
    if (queue === undefined) return 0;
    let moved = 0;
    // A driver may give buffers that have no room.
    for (let count = 0; moved < bytes.length && count <= queue.state.last; count++) {
      const chain = queue.take();
      if (chain === undefined) break;
      const written = chain.write(0, bytes.subarray(moved));
      queue.give(written);
      moved += written;
    }
    queue.settle();
    return moved;
  }

  /** Its line may take more again. */
  release(port: number): void {
    if (this.isLive) this.#send(port);
  }

  /** Whether somebody is at its other end, which the guest is told. */
  plug(port: number, isTaken: boolean): void {
    const state = this.state.own.ports[port];
    if (state === undefined || state.isTaken === isTaken) return;
    state.isTaken = isTaken;
    if (!state.isReady) return;
    this.#tell({ port, event: Event.portOpen, value: isTaken ? 1 : 0 });
    this.#deliver();
  }

  /** Whether the guest has it open. */
  isOpen(port: number): boolean {
    return this.state.own.ports[port]?.isOpen === true;
  }

  /** Somebody is at each other end until told otherwise. */
  protected freshOwn(before?: Own): Own {
    const port = (index: number) => ({ isReady: false, isOpen: false, isTaken: before?.ports[index]?.isTaken ?? true });
    return { ports: Array.from({ length: mostPorts }, (_, index) => port(index)), waiting: [] };
  }

  protected get deviceConfig(): Uint8Array {
    const config = new Uint8Array(configBytes);
    config[Config.ports] = this.#ports.length;
    return config;
  }

  /** What can be told before anything else works: 5.3.5.1. */
  protected override writeDeviceConfig(offset: number, value: number, _bytes: Width): void {
    if (offset === Config.emergency) this.#ports[0]?.line.transmit(Uint8Array.of(value));
  }

  protected notified(index: number): void {
    if (index === Queue.controlReceive) this.#deliver();
    else if (index === Queue.controlTransmit) {
      this.queues[index]?.serve((chain) => this.#heed(chain));
      this.#deliver();
    } else if (index % 2 === 1) this.#send(index === Queue.transmit ? 0 : (index - 3) / 2);
  }

  /** Where bytes for it go: undefined while it has the port closed, or knows of none. */
  #listening(port: number): Virtqueue | undefined {
    const isOpen = !this.has(Feature.multiport) || this.state.own.ports[port]?.isOpen === true;
    return this.isLive && isOpen ? this.queues[receiveQueue(port)] : undefined;
  }

  /** What the guest has made available, as long as its line takes it. */
  #send(port: number): void {
    const [queue, line] = [this.queues[transmitQueue(port)], this.#ports[port]?.line];
    if (queue === undefined || line === undefined) return;
    for (let count = 0; count <= queue.state.last && line.isBusy !== true; count++) {
      const chain = queue.take();
      if (chain === undefined) break;
      for (let at = 0; at < Math.min(chain.readable, mostBytes); at += pieceBytes)
        line.transmit(this.#piece.subarray(0, chain.read(at, this.#piece)));
      queue.give(0);
    }
    queue.settle();
  }

  /** A control message of the driver's. */
  #heed(chain: Chain): number {
    const message = new DataView(new ArrayBuffer(messageBytes));
    if (chain.read(0, new Uint8Array(message.buffer)) < messageBytes) return 0;
    const [port, event, value] = [message.getUint32(0, true), message.getUint16(4, true), message.getUint16(6, true)];
    if (event === Event.deviceReady && value === 1)
      for (const index of this.#ports.keys()) this.#tell({ port: index, event: Event.portAdd, value: 0 });
    const [state, its] = [this.state.own.ports[port], this.#ports[port]];
    if (state === undefined || its === undefined) return 0;
    if (event === Event.portReady && value === 1) {
      state.isReady = true;
      if (its.isConsole === true) this.#tell({ port, event: Event.consolePort, value: 1 });
      if (its.name !== undefined) this.#tell({ port, event: Event.portName, value: 1 });
      if (state.isTaken) this.#tell({ port, event: Event.portOpen, value: 1 });
    }
    if (event === Event.portOpen) state.isOpen = value === 1;
    return 0;
  }

  /** Instead of the same, if that waits: what is told last counts. */
  #tell(message: Message): void {
    const { waiting } = this.state.own;
    this.state.own.waiting = [...waiting.filter(({ port, event }) => port !== message.port || event !== message.event), message];
  }

  /** As many messages as there is room for. */
  #deliver(): void {
    const queue = this.queues[Queue.controlReceive];
    const { own } = this.state;
    if (queue === undefined || own.waiting.length === 0) return;
    for (const message of own.waiting) {
      const chain = queue.take();
      if (chain === undefined) break;
      own.waiting = own.waiting.slice(1);
      queue.give(chain.write(0, this.#encoded(message)));
    }
    queue.settle();
  }

  #encoded({ port, event, value }: Message): Uint8Array {
    const name = event === Event.portName ? (this.#ports[port]?.name ?? '') : '';
    const message = new DataView(new ArrayBuffer(messageBytes + name.length));
    message.setUint32(0, port, true);
    message.setUint16(4, event, true);
    message.setUint16(6, value, true);
    for (let index = 0; index < name.length; index++) message.setUint8(messageBytes + index, name.charCodeAt(index));
    return new Uint8Array(message.buffer);
  }
}

const receiveQueue = (port: number): number => (port === 0 ? Queue.receive : 2 * port + 2);
const transmitQueue = (port: number): number => receiveQueue(port) + 1;
