/** A balloon, by which a guest lends memory to its host, and tells it what it doesn't use for the moment: VIRTIO 1.3, 5.5. */
import { type Gpa, gpa, type StateOf, u32, type Width } from '../../machine/index.ts';
import type { Chain } from './chain.ts';
import { VirtioFunction, type VirtioPlace } from './function.ts';

export interface VirtioBalloonWires extends VirtioPlace {
  /** Whole pages that hold nothing the guest needs: whatever it finds there later will do. */
  readonly released: (at: Gpa, bytes: number) => void;
  /** The guest has said how many pages it has lent. */
  readonly lent?: () => void;
}

/**
 * Where only some of the queues are offered, drivers and the specification number them differently, so all are: what a guest tells of its memory is its agent's to tell, and nobody asks for hints.
 */
const Feature = { statistics: 1, hints: 3, reporting: 5 } as const;
const Queue = { inflate: 0, deflate: 1, statistics: 2, hints: 3, reporting: 4 } as const;

/** `target`: pages that the host wants; `lent`: that the driver says it has. */
const own = { target: u32, lent: u32 };
const kind = { id: 5, classCode: 0xff_0000, queues: 5, queueSize: 128, features: Object.values(Feature), configBytes: 16, own } as const;

const Config = { lent: 4, bytes: 16 } as const;
export const balloonPageBytes = 4096;
/** Numbers of pages in a buffer: Linux has 256. */
const mostNumbers = 1024;
/** Of a buffer with what isn't used: Linux has 32 blocks of 4 MiB. */
const mostReported = 256 * 1024 ** 2;

export class VirtioBalloon extends VirtioFunction<typeof own> {
  readonly #wires: VirtioBalloonWires;
  readonly #numbers = new Uint8Array(4 * mostNumbers);
  readonly #view = new DataView(this.#numbers.buffer);
  readonly #config = new DataView(new ArrayBuffer(Config.bytes));

  constructor(wires: VirtioBalloonWires) {
    super(wires, kind);
    this.#wires = wires;
  }

  /** Pages that the guest shall lend. */
  get target(): number {
    return this.state.own.target;
  }

  set target(pages: number) {
    if (pages === this.state.own.target) return;
    this.state.own.target = pages;
    this.changed();
  }

  /** Pages that it says it has lent. */
  get lent(): number {
    return this.state.own.lent;
  }

  /** What the host wants outlasts a driver. */
  protected freshOwn(before?: StateOf<typeof own>): StateOf<typeof own> {
    return { target: before?.target ?? 0, lent: 0 };
  }

  protected get deviceConfig(): Uint8Array {
    this.#config.setUint32(0, this.state.own.target, true);
    this.#config.setUint32(Config.lent, this.state.own.lent, true);
    return new Uint8Array(this.#config.buffer);
  }

  /** Linux writes the four bytes at once. */
  protected override writeDeviceConfig(offset: number, value: number, bytes: Width): void {
    if (offset !== Config.lent || bytes !== 4) return;
    this.state.own.lent = value;
    this.#wires.lent?.();
  }

  protected notified(index: number): void {
    if (index === Queue.statistics) return;
    this.queues[index]?.serve((chain) => {
      if (index === Queue.inflate) this.#inflate(chain);
      if (index === Queue.reporting) this.#report(chain);
      return 0;
    });
  }

  /** Numbers of pages, of which those that follow each other, upwards or downwards, are released at once. */
  #inflate(chain: Chain): void {
    const count = chain.read(0, this.#numbers) >> 2;
    let [first, last] = [0, -1];
    const release = (): void => {
      if (last >= first) this.#wires.released(gpa(first * balloonPageBytes), (last + 1 - first) * balloonPageBytes);
    };
    for (let index = 0; index < count; index++) {
      const page = this.#view.getUint32(4 * index, true);
      if (last >= first && page === last + 1) last = page;
      else if (last >= first && page === first - 1) first = page;
      else {
        release();
        first = last = page;
      }
    }
    release();
  }

  /** The buffer is the memory itself. */
  #report(chain: Chain): void {
    let left = mostReported;
    for (const { low, high, bytes } of chain.keep().pieces) {
      const at = high * 2 ** 32 + low;
      const begin = Math.ceil(at / balloonPageBytes) * balloonPageBytes;
      const count = Math.min(Math.floor((at + bytes) / balloonPageBytes) * balloonPageBytes - begin, left);
      if (count <= 0) continue;
      left -= count;
      this.#wires.released(gpa(begin), count);
    }
  }
}
