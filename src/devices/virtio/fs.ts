/** A directory of somebody's as a file system: VIRTIO 1.3, 5.11. Requests go to who has the files, and are given back when the answers come. */
import { type FileServer, part, type StateOf, some, u8, u32 } from '../../machine/index.ts';
import { type Chain, kept } from './chain.ts';
import { packedFeature, VirtioFunction, type VirtioPlace } from './function.ts';

export interface VirtioFsWires extends VirtioPlace {
  /** By which a guest mounts it, of up to 36 letters: `mount -t virtiofs TAG`. */
  readonly tag: string;
  readonly server: FileServer;
}

/** 5.11.4. */
const Config = { queues: 36, bytes: 40 } as const;
/** What is urgent, and all else: 5.11.2. */
const queues = 2;
const queueSize = 128;
/** The shortest request is a head alone; the longest writes as much as FUSE has in one: 256 pages (linux/fs/fuse/fuse_i.h, FUSE_MAX_MAX_PAGES). */
const [headBytes, mostBytes] = [40, 256 * 4096 + 4096];

const own = {
  /** The number of the next request. */
  next: u32,
  /** Requests that wait for their answers. */
  asked: some(queues * queueSize, part({ number: u32, queue: u8, buffer: kept })),
};

const kind = { id: 26, classCode: 0x01_8000, queues, queueSize, features: [packedFeature], configBytes: Config.bytes, own } as const;

export class VirtioFs extends VirtioFunction<typeof own> {
  readonly #tag: string;
  readonly #server: FileServer;
  readonly #request = new Uint8Array(mostBytes);

  constructor({ tag, server, ...place }: VirtioFsWires) {
    super(place, kind);
    this.#tag = tag;
    this.#server = server;
  }

  /** The answer to a request, of which there is at most one. One that nobody waits for any more is lost. */
  answer(number: number, reply: Uint8Array): void {
    const { own } = this.state;
    const asked = own.asked.find((one) => one.number === number);
    const queue = this.queues[asked?.queue ?? queues];
    if (asked === undefined || queue === undefined || !this.isLive) return;
    own.asked = own.asked.filter((one) => one !== asked);
    queue.giveKept(asked.buffer, reply);
    queue.settle();
  }

  /** An answer that is still under way is none to a request of the next driver's. */
  protected freshOwn(before?: StateOf<typeof own>): StateOf<typeof own> {
    return { next: before?.next ?? 0, asked: [] };
  }

  protected get deviceConfig(): Uint8Array {
    const config = new Uint8Array(Config.bytes);
    for (let index = 0; index < Config.queues; index++) config[index] = this.#tag.charCodeAt(index);
    config[Config.queues] = queues - 1;
    return config;
  }

  protected override queueReset(index: number): void {
    this.state.own.asked = this.state.own.asked.filter(({ queue }) => queue !== index);
  }

  /** As many as are there; no more wait for answers than a queue has places. */
  protected notified(index: number): void {
    const queue = this.queues[index];
    if (queue === undefined) return;
    for (let count = 0; count < queueSize && this.state.own.asked.length < queues * queueSize; count++) {
      const chain = queue.take();
      if (chain === undefined) break;
      if (chain.readable < headBytes || chain.readable > mostBytes) queue.give(0);
      else if (chain.writable === 0) {
        this.#ask(chain, this.#number());
        queue.give(0);
      } else {
        const number = this.#number();
        this.state.own.asked.push({ number, queue: index, buffer: chain.keep() });
        this.#ask(chain, number);
      }
    }
    queue.settle();
  }

  #number(): number {
    const { own } = this.state;
    own.next = (own.next + 1) >>> 0;
    return own.next;
  }

  #ask(chain: Chain, number: number): void {
    const request = this.#request.subarray(0, chain.readable);
    chain.read(0, request);
    this.#server.ask(request, chain.writable, number);
  }
}
