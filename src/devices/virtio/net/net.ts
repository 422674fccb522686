/**
 * A network card: VIRTIO 1.3, 5.1. Frames go out as they are made available; what comes in is put where the driver has room for it, and waits at its sender's
 * otherwise. Sums, and cutting TCP into segments, it does for the driver; on the cable each frame is as on any.
 */
import { type Cable, flag, type StateOf } from '../../../machine/index.ts';
import type { Chain } from '../chain.ts';
import { packedFeature, VirtioFunction, type VirtioPlace } from '../function.ts';
import type { Virtqueue } from '../queue.ts';
import { At, headerBytes, mostFrameBytes } from './header.ts';
import { type Frames, type May, Merging } from './merging.ts';
import { Segments } from './segments.ts';

export interface VirtioNetWires extends VirtioPlace {
  readonly cable: Cable;
  /** Six bytes. */
  readonly mac: Uint8Array;
}

/** 5.1.3. What the driver may leave to the card, and what the card to the driver (guest). */
const Feature = {
  ...{ sum: 0, guestSum: 1, mac: 5, guestTcp4: 7, guestTcp6: 8, tcp4: 11, tcp6: 12 },
  ...{ mergeableBuffers: 15, status: 16 },
} as const;
const Status = { linkUp: 0x1 } as const;
const Queue = { receive: 0, transmit: 1 } as const;
const nothing: May = { sums: false, four: false, six: false };

const own = { isLinkUp: flag };

const kind = {
  ...{ id: 1, classCode: 0x02_0000, queues: 2, queueSize: 256, configBytes: 12, own },
  features: [...Object.values(Feature), packedFeature],
} as const;

export class VirtioNet extends VirtioFunction<typeof own> {
  readonly #cable: Cable;
  readonly #mac: Uint8Array;
  readonly #segments: Segments;
  readonly #merging = new Merging();

  constructor({ cable, mac, ...place }: VirtioNetWires) {
    super(place, kind);
    this.#cable = cable;
    this.#mac = mac;
    this.#segments = new Segments((frame) => cable.transmit(frame));
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
    if (index !== Queue.transmit) return;
    this.queues[Queue.transmit]?.serve((chain) => this.#transmit(chain));
    this.#cable.settle?.();
  }

  /**
   * Frames from the cable, each Ethernet's header first, no checksum behind it; their bytes are the sender's again when this returns. Takes the first one, and those behind
   * it that can go along. Returns how many: 0 where there is no room now, or no driver yet. One that has no room in any of the driver's buffers is lost.
   */
  receive(frames: Frames): number {
    const queue = this.queues[Queue.receive];
    const first = frames.at(0);
    if (queue === undefined || first === undefined || !this.isLive || !hasNext(queue)) return 0;
    if (first.length > mostFrameBytes) return 1;
    const together = this.#merging.merge(frames, this.#may);
    const buffers = this.#put(queue);
    if (buffers !== 'never' || together === 1) return buffers === 'none' ? 0 : together;
    this.#merging.merge(frames, nothing);
    return this.#put(queue) === 'none' ? 0 : 1;
  }

  /** Whether something is at the other end of the cable. */
  link(isUp: boolean): void {
    if (this.state.own.isLinkUp === isUp) return;
    this.state.own.isLinkUp = isUp;
    this.changed();
  }

  /** 5.1.3.1: of segments only whoever takes frames without a sum. */
  get #may(): May {
    if (!this.has(Feature.guestSum)) return nothing;
    return { sums: true, four: this.has(Feature.guestTcp4), six: this.has(Feature.guestTcp6) };
  }

  /** The packet, into the driver's buffers. */
  #put(queue: Virtqueue): number | 'none' | 'never' {
    const { packet } = this.#merging;
    const { mark } = queue;
    const buffers = this.#buffersFor(queue, packet.length);
    queue.untake(mark);
    if (typeof buffers === 'string') return buffers;
    packet[At.buffers] = buffers & 0xff;
    packet[At.buffers + 1] = buffers >> 8;
    for (let moved = 0, count = 0; count < buffers; count++) {
      const written = queue.take()?.write(0, packet.subarray(moved)) ?? 0;
      queue.give(written);
      moved += written;
    }
    queue.settle();
    return buffers;
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

  /** One that is too long, or no frame, is lost. What its header says counts only where that was agreed. */
  #transmit(chain: Chain): number {
    const bytes = chain.readable - headerBytes;
    if (bytes > 0 && bytes <= mostFrameBytes) {
      const { packet } = this.#segments;
      chain.read(0, packet.subarray(0, chain.readable));
      if (!this.has(Feature.sum)) packet.fill(0, 0, headerBytes);
      this.#segments.send(bytes);
    }
    return 0;
  }
}

const hasNext = (queue: Virtqueue): boolean => {
  const { mark } = queue;
  const isThere = queue.take() !== undefined;
  queue.untake(mark);
  return isThere;
};
