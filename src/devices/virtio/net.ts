/** A network card: VIRTIO 1.3, 5.1. Frames go out as they are made available; what comes in is put where the driver has room for it, and waits at its sender's otherwise. */
import { type Cable, flag, type StateOf } from '../../machine/index.ts';
import type { Chain } from './chain.ts';
import { packedFeature, VirtioFunction, type VirtioPlace } from './function.ts';
import type { Virtqueue } from './queue.ts';

export interface VirtioNetWires extends VirtioPlace {
  readonly cable: Cable;
  /** Six bytes. */
  readonly mac: Uint8Array;
}

/** 5.1.3. */
const Feature = { mac: 5, mergeableBuffers: 15, status: 16 } as const;
const Status = { linkUp: 0x1 } as const;
const Queue = { receive: 0, transmit: 1 } as const;
/** 5.1.6: stands before each frame; its last two bytes say in how many buffers the frame is. */
const headerBytes = 12;
const buffersAt = 10;
/** The largest packet of IP, behind Ethernet's header with a VLAN's tag. */
export const mostFrameBytes = 65_535 + 18;

const own = { isLinkUp: flag };

const kind = {
  ...{ id: 1, classCode: 0x02_0000, queues: 2, queueSize: 256, configBytes: 12, own },
  features: [Feature.mac, Feature.mergeableBuffers, Feature.status, packedFeature],
} as const;

export class VirtioNet extends VirtioFunction<typeof own> {
  readonly #cable: Cable;
  readonly #mac: Uint8Array;
  /** A frame behind its header, on either way. */
  readonly #packet = new Uint8Array(headerBytes + mostFrameBytes);

  constructor({ cable, mac, ...place }: VirtioNetWires) {
    super(place, kind);
    this.#cable = cable;
    this.#mac = mac;
  }

  protected freshOwn(before?: StateOf<typeof own>): StateOf<typeof own> {
    return { isLinkUp: before?.isLinkUp ?? true };
  }

  protected get deviceConfig(): Uint8Array {
    const config = new Uint8Array(kind.configBytes);
    config.set(this.#mac);
    config[6] = this.state.own.isLinkUp ? Status.linkUp : 0;
    return config;
  }

  protected notified(index: number): void {
    if (index === Queue.transmit) this.queues[Queue.transmit]?.serve((chain) => this.#transmit(chain));
  }

  /**
   * A frame from the cable, Ethernet's header first, no checksum behind it; its bytes are the sender's again when this returns. False: there is no
   * room for it now, or no driver yet, and nothing was taken. One that has no room in any of the driver's buffers is lost.
   */
  receive(frame: Uint8Array): boolean {
    const queue = this.queues[Queue.receive];
    if (queue === undefined || !this.isLive) return false;
    if (frame.length > mostFrameBytes) return true;
    const packet = this.#packet.subarray(0, headerBytes + frame.length);
    packet.fill(0, 0, headerBytes);
    packet.set(frame, headerBytes);
    const { mark } = queue;
    const buffers = this.#buffersFor(queue, packet.length);
    queue.untake(mark);
    if (typeof buffers === 'string') return buffers === 'never';
    packet[buffersAt] = buffers & 0xff;
    packet[buffersAt + 1] = buffers >> 8;
    for (let moved = 0, count = 0; count < buffers; count++) {
      const written = queue.take()?.write(0, packet.subarray(moved)) ?? 0;
      queue.give(written);
      moved += written;
    }
    queue.settle();
    return true;
  }

  /** Whether something is at the other end of the cable. */
  link(isUp: boolean): void {
    if (this.state.own.isLinkUp === isUp) return;
    this.state.own.isLinkUp = isUp;
    this.changed();
  }

  /** How many buffers that many bytes take. `none`: they are not there yet; `never`: not even all of them would do, or more than one, and that was not agreed. */
  #buffersFor(queue: Virtqueue, bytes: number): number | 'none' | 'never' {
    let left = bytes;
    for (let count = 1; count <= queue.state.last + 1; count++) {
      const chain = queue.take();
      if (chain === undefined) return 'none';
      left -= chain.writable;
      if (left <= 0) return count;
      if (!this.has(Feature.mergeableBuffers)) return 'never';
    }
    return 'never';
  }

  /** One that is too long, or no frame, is lost. */
  #transmit(chain: Chain): number {
    const bytes = chain.readable - headerBytes;
    if (bytes > 0 && bytes <= mostFrameBytes) {
      chain.read(headerBytes, this.#packet.subarray(0, bytes));
      this.#cable.transmit(this.#packet.subarray(0, bytes));
    }
    return 0;
  }
}
